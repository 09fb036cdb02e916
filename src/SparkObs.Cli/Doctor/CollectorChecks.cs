using System.Globalization;
using System.Security.Cryptography;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Cli.Doctor;

/// <summary>Whether the collector takes a span, and whether its clock and ours agree.</summary>
internal static class CollectorChecks
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>A trace's spans come from several clocks; from here on they visibly do not fit together.</summary>
    private static readonly TimeSpan MaxSkew = TimeSpan.FromSeconds(2);

    /// <summary>Sends one span, <c>sparkobs doctor</c>.</summary>
    public static async Task<Finding> DeliveryAsync(OtlpOptions options)
    {
        const string Subject = "collector";
        var sink = new OtlpSink(options with { GiveUpAfter = AnswerWithin, Timeout = AnswerWithin, QueueDirectory = null });
        await using var closed = sink.ConfigureAwait(false);
        using var late = new CancellationTokenSource(AnswerWithin * 2);
        try
        {
            await sink.WriteAsync(Probe(), late.Token).ConfigureAwait(false);
            await sink.FlushAsync(late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CollectorUnreachableException or OperationCanceledException)
        {
            var why = e is CollectorUnreachableException ? e.Message : $"no answer within {AnswerWithin.TotalSeconds} s";
            return new Finding(Mark.Bad, Subject, $"{options.DisplayEndpoint} cannot be reached",
                $"{why} Start a collector there, or name it by --endpoint or OTEL_EXPORTER_OTLP_ENDPOINT (gRPC: port 4317; OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf: 4318)");
        }
        return sink.Counts is { Refused: > 0 } counts
            ? new Finding(Mark.Bad, Subject, $"{options.DisplayEndpoint} refused a span", counts.LastRefusal)
            : Finding.Good(Subject, $"{options.DisplayEndpoint} took a span ({(options.Protocol == OtlpProtocol.Grpc ? "gRPC" : "HTTP")})");
    }

    /// <summary>Compares with the collector's clock, where its answer over HTTP tells the time; else only tells ours.</summary>
    public static async Task<Finding> ClockAsync(OtlpOptions? options)
    {
        const string Subject = "clock";
        var now = DateTimeOffset.UtcNow;
        if (options is not { Protocol: OtlpProtocol.HttpProtobuf } || await TimeAtAsync(options.Endpoint).ConfigureAwait(false) is not { } there)
            return Finding.Good(Subject, now.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        // It tells whole seconds, and was asked some time ago.
        var skew = (DateTimeOffset.UtcNow - there).Duration() - TimeSpan.FromSeconds(1);
        return skew > MaxSkew
            ? new Finding(Mark.Warning, Subject, $"differs from the collector's by {skew.TotalSeconds:0} s", "synchronise the clocks (NTP): spans of several machines would not fit together")
            : Finding.Good(Subject, "agrees with the collector's");
    }

    private static async Task<DateTimeOffset?> TimeAtAsync(Uri endpoint)
    {
        using var client = new HttpClient { Timeout = AnswerWithin };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, endpoint);
            using var answer = await client.SendAsync(request).ConfigureAwait(false);
            return answer.Headers.Date;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    private static SpanBatch Probe()
    {
        var batch = new SpanBatch { Resource = new SpanResource([new SpanAttribute(SparkAttributes.ServiceName, "sparkobs-doctor")]) };
        Span<byte> id = stackalloc byte[24];
        RandomNumberGenerator.Fill(id);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        batch.Begin("sparkobs doctor", TraceId.FromBytes(id), new SpanId(BitConverter.ToUInt64(id[16..])), parent: default, now, now);
        batch.End();
        return batch;
    }
}
