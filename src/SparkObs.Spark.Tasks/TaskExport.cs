using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>
/// Sends spans over OTLP, by HTTP or gRPC, with nothing but the framework's HttpClient: gRPC's packages are none that a worker could be
/// sure to load. Tries three times within a few seconds; spans of a UDF are not worth more.
/// </summary>
internal sealed class TaskExport : IDisposable
{
    private const string GrpcPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private const int Tries = 3;

    private readonly OtlpOptions options;
    private readonly HttpClient client;
    private readonly bool grpc;
    private readonly Uri address;

    public TaskExport(OtlpOptions options)
    {
        this.options = options;
        client = new HttpClient(OtlpHttpHandler.Create(options)) { Timeout = options.Timeout };
        grpc = options.Protocol == OtlpProtocol.Grpc;
        address = grpc ? new Uri(options.Endpoint, GrpcPath) : options.Endpoint;
    }

    /// <summary>Sends the spans, and empties the batch.</summary>
    /// <returns>Why some of them are lost, or null.</returns>
    public async Task<string?> SendAsync(SpanBatch batch)
    {
        string? trouble = null;
        for (var next = 0; next < batch.Count;)
        {
            var request = OtlpTraces.Encode(batch, ref next, options.MaxRequestBytes);
            trouble = await TryAsync(Body(request.Memory)).ConfigureAwait(false) ?? trouble;
            request.Return();
        }
        batch.Return();
        return trouble;
    }

    public void Dispose() => client.Dispose();

    private async Task<string?> TryAsync(byte[] body)
    {
        for (var tries = 1; ; tries++)
        {
            var (trouble, again) = await SendOnceAsync(body).ConfigureAwait(false);
            if (trouble is null || !again || tries == Tries)
                return trouble is null ? null : $"{options.DisplayEndpoint}: {trouble}";
            await Task.Delay(TimeSpan.FromMilliseconds(250 << tries)).ConfigureAwait(false);
        }
    }

    private async Task<(string? Trouble, bool Again)> SendOnceAsync(byte[] body)
    {
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
            foreach (var (name, value) in options.Headers)
                message.Headers.TryAddWithoutValidation(name, value);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(grpc ? "application/grpc" : "application/x-protobuf");
            if (grpc)
            {
                message.Version = HttpVersion.Version20;
                message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
                message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
                if (options.Gzip)
                    message.Headers.Add("grpc-encoding", "gzip");
            }
            else if (options.Gzip)
            {
                message.Content.Headers.ContentEncoding.Add("gzip");
            }
            using var response = await client.SendAsync(message).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                return ($"HTTP {(int)response.StatusCode}", response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.BadGateway);
            return grpc ? GrpcStatus(response) : (null, false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return (e.InnerException?.Message ?? e.Message, true);
        }
    }

    /// <summary>In the trailers, or, of an answer without a body, in the headers.</summary>
    private static (string? Trouble, bool Again) GrpcStatus(HttpResponseMessage response)
    {
        var status = response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values)
            ? values.First()
            : "missing";
        // UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED, DEADLINE_EXCEEDED
        return status == "0" ? (null, false) : ($"gRPC status {status}", status is "14" or "8" or "10" or "4");
    }

    /// <summary>gRPC's frame is one byte, whether it is compressed, and four of length.</summary>
    private byte[] Body(ReadOnlyMemory<byte> request)
    {
        var body = new MemoryStream(request.Length + 5);
        if (grpc)
            body.SetLength(body.Position = 5);
        if (options.Gzip)
        {
            using var gzip = new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(request.Span);
        }
        else
        {
            body.Write(request.Span);
        }
        var bytes = body.ToArray();
        if (grpc)
        {
            bytes[0] = options.Gzip ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), bytes.Length - 5);
        }
        return bytes;
    }
}
