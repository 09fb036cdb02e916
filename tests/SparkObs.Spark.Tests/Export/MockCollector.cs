using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Tests.Export;

/// <summary>A request as it arrived.</summary>
internal sealed record Received(byte[] Body, IReadOnlyDictionary<string, string> Headers, bool Compressed)
{
    private IReadOnlyList<DecodedSpan>? spans;

    public IReadOnlyList<DecodedSpan> Spans => spans ??= ProtobufDecoder.Decode(Body).Spans;

    public IEnumerable<string> Ids => Spans.Select(s => s.SpanId);
}

/// <summary>What the collector does with a request.</summary>
internal sealed record Answer
{
    public static readonly Answer Ok = new();

    /// <summary>Nothing, until the client goes away.</summary>
    public static readonly Answer Hang = new();

    /// <summary>The connection breaks after the request was read.</summary>
    public static readonly Answer Break = new();

    public int Http { get; init; } = 200;
    public StatusCode Grpc { get; init; } = StatusCode.OK;
    public string Message { get; init; } = "";
    public byte[] Body { get; init; } = [];
    public byte[]? StatusDetails { get; init; }

    /// <summary>The trailer as it is, base64 or not.</summary>
    public string? RawStatusDetails { get; init; }

    public string? RetryAfter { get; init; }
}

/// <summary>An OTLP receiver in process, on Kestrel, for one protocol and signal; it answers as it is told.</summary>
internal sealed class MockCollector : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Received> received = new();
    private readonly OtlpProtocol protocol;
    private readonly OtlpSignal signal;
    private int requests;

    private MockCollector(OtlpProtocol protocol, int port, X509Certificate2? certificate, Func<X509Certificate2, bool>? acceptClient, OtlpSignal signal)
    {
        this.protocol = protocol;
        this.signal = signal;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = protocol == OtlpProtocol.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1;
                if (certificate is not null)
                {
                    listen.UseHttps(certificate, https =>
                    {
                        if (acceptClient is null)
                            return;
                        https.ClientCertificateMode = Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.RequireCertificate;
                        https.ClientCertificateValidation = (client, _, _) => acceptClient(client);
                    });
                }
            });
        });
        app = builder.Build();
        app.Run(HandleAsync);
    }

    /// <summary>Decides on each request; <see cref="Export.Answer.Ok"/> if not set. Requests are counted from 1.</summary>
    public Func<Received, int, Answer> Answer { get; set; } = static (_, _) => Export.Answer.Ok;

    /// <summary>All that arrived, whatever was answered.</summary>
    public IReadOnlyCollection<Received> Received => received;

    /// <summary>The ids of the spans in requests that were answered with OK.</summary>
    public ConcurrentQueue<string> Accepted { get; } = new();

    /// <summary>The requests that were answered with OK.</summary>
    public ConcurrentQueue<Received> Confirmed { get; } = new();

    public Uri Endpoint { get; private set; } = null!;

    public static async Task<MockCollector> StartAsync(
        OtlpProtocol protocol, int port = 0, X509Certificate2? certificate = null, Func<X509Certificate2, bool>? acceptClient = null, OtlpSignal? signal = null)
    {
        var collector = new MockCollector(protocol, port, certificate, acceptClient, signal ?? OtlpSignal.Traces);
        await collector.app.StartAsync();
        collector.Endpoint = new Uri(collector.app.Urls.Single() + (protocol == OtlpProtocol.Grpc ? "" : "/" + collector.signal.Path));
        return collector;
    }

    public async ValueTask DisposeAsync()
    {
        // What hangs is cut off, not waited for.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        Assert.Equal(
            protocol == OtlpProtocol.Grpc ? $"/{signal.Service}/Export" : $"/{signal.Path}",
            context.Request.Path.Value);
        var request = await ReadAsync(context.Request);
        received.Enqueue(request);
        var answer = Answer(request, Interlocked.Increment(ref requests));
        if (ReferenceEquals(answer, Export.Answer.Hang))
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        if (ReferenceEquals(answer, Export.Answer.Break))
        {
            context.Abort();
            return;
        }
        if (answer is { Http: 200, Grpc: StatusCode.OK })
        {
            Confirmed.Enqueue(request);
            if (signal == OtlpSignal.Traces)
            {
                foreach (var id in request.Ids)
                    Accepted.Enqueue(id);
            }
        }
        await (protocol == OtlpProtocol.Grpc ? AnswerGrpcAsync(context.Response, answer) : AnswerHttpAsync(context.Response, answer));
    }

    private async Task<Received> ReadAsync(HttpRequest request)
    {
        using var stream = new MemoryStream();
        await request.Body.CopyToAsync(stream);
        var body = stream.ToArray();
        var compressed = request.Headers.ContentEncoding == "gzip";
        if (protocol == OtlpProtocol.Grpc)
        {
            Assert.Equal("application/grpc", request.ContentType);
            Assert.Equal(body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)));
            compressed = body[0] == 1;
            Assert.True(!compressed || request.Headers["grpc-encoding"] == "gzip");
            body = body[5..];
        }
        else
        {
            Assert.Equal("application/x-protobuf", request.ContentType);
            Assert.Equal(body.Length, request.ContentLength);
        }
        var headers = request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString());
        return new Received(compressed ? Unzip(body) : body, headers, compressed);
    }

    private static byte[] Unzip(byte[] body)
    {
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static async Task AnswerHttpAsync(HttpResponse response, Answer answer)
    {
        response.StatusCode = answer.Http;
        if (answer.RetryAfter is not null)
            response.Headers.RetryAfter = answer.RetryAfter;
        response.ContentType = "application/x-protobuf";
        await response.Body.WriteAsync(answer.Http == 200 ? answer.Body : RpcStatus.WithMessage(answer.Message));
    }

    private static async Task AnswerGrpcAsync(HttpResponse response, Answer answer)
    {
        response.ContentType = "application/grpc";
        if (answer.Grpc == StatusCode.OK)
        {
            var frame = new byte[5 + answer.Body.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), answer.Body.Length);
            answer.Body.CopyTo(frame, 5);
            await response.Body.WriteAsync(frame);
        }
        response.AppendTrailer("grpc-status", ((int)answer.Grpc).ToString(CultureInfo.InvariantCulture));
        response.AppendTrailer("grpc-message", answer.Message);
        if (answer.RawStatusDetails is not null)
            response.AppendTrailer("grpc-status-details-bin", answer.RawStatusDetails);
        else if (answer.StatusDetails is not null)
            response.AppendTrailer("grpc-status-details-bin", Convert.ToBase64String(answer.StatusDetails));
    }
}
