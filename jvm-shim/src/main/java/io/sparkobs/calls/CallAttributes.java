package io.sparkobs.calls;

/** The keys that calls carry; the reader knows these and drops others. OpenTelemetry's, but for those of ours. */
public final class CallAttributes {
    public static final String KIND = "sparkobs.call.kind";

    public static final String RPC_SYSTEM = "rpc.system.name";
    public static final String RPC_METHOD = "rpc.method";
    public static final String RPC_SERVICE = "rpc.service";
    public static final String S3_BUCKET = "aws.s3.bucket";
    public static final String S3_KEY = "aws.s3.key";
    public static final String S3_PREFIX = "aws.s3.prefix";
    public static final String S3_UPLOAD_ID = "aws.s3.upload_id";
    public static final String S3_PART_NUMBER = "aws.s3.part_number";
    public static final String AWS_REQUEST_ID = "aws.request_id";
    public static final String STATUS = "http.response.status_code";
    public static final String REQUEST_BYTES = "http.request.body.size";
    public static final String RESPONSE_BYTES = "http.response.body.size";
    public static final String RESENDS = "http.request.resend_count";

    /** What the duration covers, where it is not all of the call: {@code headers}. */
    public static final String TIMING = "sparkobs.timing";

    public static final String ATTEMPTS = "sparkobs.call.attempts";

    public static final String DB_SYSTEM = "db.system.name";
    public static final String DB_NAMESPACE = "db.namespace";
    public static final String DB_COLLECTION = "db.collection.name";
    public static final String DB_OPERATION = "db.operation.name";
    public static final String BATCH_SIZE = "db.operation.batch.size";
    public static final String DB_SUMMARY = "db.query.summary";
    public static final String DB_TEXT = "db.query.text";
    public static final String RETURNED_ROWS = "db.response.returned_rows";
    public static final String DB_STATUS = "db.response.status_code";
    public static final String SERVER_ADDRESS = "server.address";
    public static final String SERVER_PORT = "server.port";

    public static final String FS_SCHEME = "sparkobs.fs.scheme";
    public static final String FS_PATH = "sparkobs.fs.path";
    public static final String FS_TARGET = "sparkobs.fs.path.target";
    public static final String BYTES_READ = "sparkobs.call.bytes_read";
    public static final String BYTES_WRITTEN = "sparkobs.call.bytes_written";

    private CallAttributes() {}
}
