using System.Collections.Frozen;

namespace SparkObs.Spark.Events;

/// <summary>The attributes that a call may have.</summary>
internal enum CallAttribute : byte
{
    Kind,
    Timing,
    Attempts,
    BytesRead,
    BytesWritten,
    RpcSystem,
    RpcService,
    RpcMethod,
    Bucket,
    Key,
    Prefix,
    UploadId,
    PartNumber,
    RequestId,
    StatusCode,
    RequestSize,
    ResponseSize,
    ResendCount,
    DbSystem,
    DbNamespace,
    DbCollection,
    DbOperation,
    DbBatchSize,
    DbSummary,
    DbText,
    DbRows,
    DbStatusCode,
    ServerAddress,
    ServerPort,
    FileScheme,
    FilePath,
    FileTarget,
}

/// <summary>The type of a call's attribute, and for a text how many different ones there are.</summary>
internal enum CallAttributeType : byte
{
    Number,

    /// <summary>One of few: an operation, a bucket.</summary>
    Name,

    /// <summary>One of many: a key, a path.</summary>
    Text,

    /// <summary>A statement.</summary>
    Statement,
}

/// <summary>
/// The fixed table of a call's attributes: an executor can tell no other, so that it can neither fill a backend with keys nor pass off
/// one of Spark's.
/// </summary>
internal static class CallAttributes
{
    /// <summary>Name and type of each, in the order of <see cref="CallAttribute"/>.</summary>
    public static readonly (string Name, CallAttributeType Type)[] All =
    [
        ("sparkobs.call.kind", CallAttributeType.Name),
        ("sparkobs.timing", CallAttributeType.Name),
        ("sparkobs.call.attempts", CallAttributeType.Number),
        ("sparkobs.call.bytes_read", CallAttributeType.Number),
        ("sparkobs.call.bytes_written", CallAttributeType.Number),
        ("rpc.system.name", CallAttributeType.Name),
        ("rpc.service", CallAttributeType.Name),
        ("rpc.method", CallAttributeType.Name),
        ("aws.s3.bucket", CallAttributeType.Name),
        ("aws.s3.key", CallAttributeType.Text),
        ("aws.s3.prefix", CallAttributeType.Text),
        ("aws.s3.upload_id", CallAttributeType.Text),
        ("aws.s3.part_number", CallAttributeType.Number),
        ("aws.request_id", CallAttributeType.Text),
        ("http.response.status_code", CallAttributeType.Number),
        ("http.request.body.size", CallAttributeType.Number),
        ("http.response.body.size", CallAttributeType.Number),
        ("http.request.resend_count", CallAttributeType.Number),
        ("db.system.name", CallAttributeType.Name),
        ("db.namespace", CallAttributeType.Name),
        ("db.collection.name", CallAttributeType.Name),
        ("db.operation.name", CallAttributeType.Name),
        ("db.operation.batch.size", CallAttributeType.Number),
        ("db.query.summary", CallAttributeType.Name),
        ("db.query.text", CallAttributeType.Statement),
        ("db.response.returned_rows", CallAttributeType.Number),
        ("db.response.status_code", CallAttributeType.Name),
        ("server.address", CallAttributeType.Name),
        ("server.port", CallAttributeType.Number),
        ("sparkobs.fs.scheme", CallAttributeType.Name),
        ("sparkobs.fs.path", CallAttributeType.Text),
        ("sparkobs.fs.path.target", CallAttributeType.Text),
    ];

    private static readonly FrozenDictionary<string, CallAttribute> ByName =
        All.Select((attribute, place) => KeyValuePair.Create(attribute.Name, (CallAttribute)place)).ToFrozenDictionary(StringComparer.Ordinal);

    public static CallAttribute? Find(string name) => ByName.TryGetValue(name, out var found) ? found : null;

    public static CallAttributeType TypeOf(CallAttribute attribute) => All[(int)attribute].Type;
}
