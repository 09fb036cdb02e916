using Grpc.Core;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Tests.Export;

public class RetryPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Statuses_of_gRPC_are_decided_as_OTLP_says()
    {
        StatusCode[] retryable =
        [
            StatusCode.Cancelled, StatusCode.DeadlineExceeded, StatusCode.Aborted, StatusCode.OutOfRange, StatusCode.Unavailable,
            StatusCode.DataLoss,
        ];
        foreach (var status in Enum.GetValues<StatusCode>().Except([StatusCode.OK]))
        {
            var expected = retryable.Contains(status) ? ExportOutcome.Retry
                : status == StatusCode.ResourceExhausted ? ExportOutcome.TooLarge
                : ExportOutcome.Rejected;
            Assert.Equal(new ExportResult(expected, $"gRPC {status}", "m"), RetryPolicy.OfGrpc(status, "m", []));
        }
    }

    [Fact]
    public void Resource_exhausted_with_RetryInfo_is_tried_again_after_its_delay()
    {
        var details = RpcStatus.WithRetryInfo(seconds: 2, nanos: 500_000_000);

        Assert.Equal(
            new ExportResult(ExportOutcome.Retry, "gRPC ResourceExhausted", "m", Delay: TimeSpan.FromSeconds(2.5)),
            RetryPolicy.OfGrpc(StatusCode.ResourceExhausted, "m", details));
    }

    [Theory]
    [InlineData(400, 'R')]
    [InlineData(401, 'R')]
    [InlineData(404, 'R')]
    [InlineData(413, 'L')]
    [InlineData(429, 'A')]
    [InlineData(500, 'R')]
    [InlineData(501, 'R')]
    [InlineData(502, 'A')]
    [InlineData(503, 'A')]
    [InlineData(504, 'A')]
    public void Statuses_of_HTTP_are_decided_as_OTLP_says(int status, char decision) =>
        Assert.Equal(
            new ExportResult(
                decision switch { 'R' => ExportOutcome.Rejected, 'L' => ExportOutcome.TooLarge, _ => ExportOutcome.Retry },
                $"HTTP {status}", "m"),
            RetryPolicy.OfHttp(status, "m", null, Now));

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Thu, 01 Jan 2026 12:00:30 GMT", 30)]
    [InlineData("Thu, 01 Jan 2026 11:00:00 GMT", 0)]
    [InlineData("soon", null)]
    [InlineData("-1", null)]
    [InlineData(null, null)]
    public void Retry_After_is_seconds_or_a_date(string? header, int? seconds) =>
        Assert.Equal(
            seconds is { } s ? TimeSpan.FromSeconds(s) : (TimeSpan?)null,
            RetryPolicy.OfHttp(503, "", header, Now).Delay);

    [Theory]
    [InlineData(1, 250)]
    [InlineData(2, 500)]
    [InlineData(5, 4000)]
    [InlineData(6, 5000)]
    [InlineData(1_000_000, 5000)]
    public void Backoff_doubles_up_to_5_s_less_half_by_chance(int failures, int ms)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(ms), RetryPolicy.Backoff(failures, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(ms * 0.75), RetryPolicy.Backoff(failures, 0.5));
    }

    [Fact]
    public void Answers_that_are_no_protobuf_are_read_as_far_as_they_go()
    {
        Assert.Equal(new ExportResult(ExportOutcome.Delivered), OtlpResponse.Delivered([]));
        Assert.Equal(new ExportResult(ExportOutcome.Delivered), OtlpResponse.Delivered("<html>"u8));
        Assert.Equal(new ExportResult(ExportOutcome.Delivered), OtlpResponse.Delivered([0x0a, .. Enumerable.Repeat((byte)0xff, 11)]));
        Assert.Equal("", OtlpResponse.StatusMessage([0x12, 0x50, 0x41]));
        Assert.Null(OtlpResponse.RetryDelay([0x1a]));
    }

    [Fact]
    public void Partial_success_tells_count_and_message()
    {
        Assert.Equal(
            new ExportResult(ExportOutcome.Delivered, "partial success", "no", RejectedSpans: 3),
            OtlpResponse.Delivered([0x0a, 0x06, 0x08, 0x03, 0x12, 0x02, (byte)'n', (byte)'o']));
        Assert.Equal(
            new ExportResult(ExportOutcome.Delivered, "partial success", "no"),
            OtlpResponse.Delivered([0x0a, 0x04, 0x12, 0x02, (byte)'n', (byte)'o']));
    }

    [Theory]
    [InlineData(null, 0.25)]
    [InlineData(0, 0.25)]
    [InlineData(17, 17)]
    [InlineData(299, 299)]
    [InlineData(300, 300)]
    [InlineData(31_536_000, 300)]
    public void Delay_is_what_was_asked_for_within_reason(int? askedSeconds, double seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            RetryPolicy.Delay(askedSeconds is { } asked ? TimeSpan.FromSeconds(asked) : null, failures: 1, chance: 0));

    [Fact]
    public void Fault_is_tried_again_four_times()
    {
        var fault = new InvalidOperationException("m");
        Assert.All([1, 2, 3, 4], faults =>
            Assert.Equal(new ExportResult(ExportOutcome.Retry, "InvalidOperationException", "m"), RetryPolicy.OfFault(fault, faults)));
        Assert.Equal(new ExportResult(ExportOutcome.Rejected, "InvalidOperationException", "m"), RetryPolicy.OfFault(fault, 5));
    }
}
