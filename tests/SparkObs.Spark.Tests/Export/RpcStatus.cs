using Google.Protobuf;

namespace SparkObs.Spark.Tests.Export;

/// <summary>Writes google.rpc.Status with Google's own writer.</summary>
internal static class RpcStatus
{
    public static byte[] WithMessage(string message) => Write(output =>
    {
        output.WriteTag(1, WireFormat.WireType.Varint);
        output.WriteInt32(3);
        output.WriteTag(2, WireFormat.WireType.LengthDelimited);
        output.WriteString(message);
    });

    public static byte[] WithRetryInfo(long seconds, int nanos = 0)
    {
        var duration = Write(output =>
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt64(seconds);
            output.WriteTag(2, WireFormat.WireType.Varint);
            output.WriteInt32(nanos);
        });
        var any = Write(output =>
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteString("type.googleapis.com/google.rpc.RetryInfo");
            output.WriteTag(2, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(Field(1, duration)));
        });
        return Field(3, any);
    }

    /// <summary>An ExportTraceServiceResponse with a partial success.</summary>
    public static byte[] PartialSuccess(long rejected, string message) => Field(1, Write(output =>
    {
        output.WriteTag(1, WireFormat.WireType.Varint);
        output.WriteInt64(rejected);
        output.WriteTag(2, WireFormat.WireType.LengthDelimited);
        output.WriteString(message);
    }));

    private static byte[] Field(int field, byte[] content) => Write(output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content));
    });

    private static byte[] Write(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream))
            write(output);
        return stream.ToArray();
    }
}
