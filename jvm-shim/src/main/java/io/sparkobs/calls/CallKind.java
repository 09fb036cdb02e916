package io.sparkobs.calls;

/** What is called. */
public enum CallKind {
    /** Requests of the AWS SDK to S3. */
    S3("s3"),

    /** Requests of the AWS SDK to any other service; on and off with {@link #S3}. */
    AWS("aws"),

    JDBC("jdbc"),

    /** File systems of Hadoop, named by scheme. */
    FS("fs");

    /** The value of {@code sparkobs.call.kind}. */
    final String value;

    CallKind(String value) {
        this.value = value;
    }
}
