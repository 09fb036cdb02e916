using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Grpc.Core;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tests.Events;

namespace SparkObs.Spark.Tests.Export;

/// <summary>What waits in an outage is on disk, and leaves it once. Every test ends with the ledger.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class QueueOnDiskTests : IDisposable
{
    private static readonly Answer Busy = new() { Http = 503, Grpc = StatusCode.Unavailable, Message = "busy" };

    private readonly TempFolder folder = new();
    private readonly SkippingTime time = new();
    private readonly ConcurrentQueue<string> notices = new();

    public static TheoryData<string> Protocols => ["Grpc", "HttpProtobuf"];

    private string Queue => Path.Combine(folder.Path, "queue");

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Outage_that_fills_the_memory_makes_nobody_wait_and_loses_nothing(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        var down = true;
        collector.Answer = (_, _) => down ? Busy : Answer.Ok;
        await using var sink = Sink(collector);

        await WriteAsync(sink, 1, 3000);
        await UntilAsync(() => sink.Counts.QueuedOnDisk == 3000);
        var waiting = sink.Counts;
        var modes = Modes();
        down = false;
        await sink.FlushAsync(default);

        Assert.Equal((3000, 0, 3000), (waiting.Taken, waiting.QueuedInMemory, waiting.QueuedOnDisk));
        Assert.All(modes, mode => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode));
        Assert.Equal(Ids(1, 3000), collector.Accepted.Order());
        AssertLedger(sink, taken: 3000, exported: 3000);
        Assert.Empty(Files("*.otlp*"));
    }

    [Fact]
    public async Task Healthy_collector_needs_no_disk()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        var files = new ConcurrentQueue<string>();
        collector.Answer = (_, _) =>
        {
            foreach (var file in Files("*.otlp*"))
                files.Enqueue(file);
            return Answer.Ok;
        };
        await using var sink = Sink(collector);

        await WriteAsync(sink, 1, 3000);
        await sink.FlushAsync(default);

        Assert.Empty(files);
        AssertLedger(sink, taken: 3000, exported: 3000);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task What_one_process_leaves_the_next_one_sends(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        collector.Answer = (_, _) => Busy;
        var first = Sink(collector);
        await WriteAsync(first, 1, 1000);
        await first.DisposeAsync();
        collector.Answer = (_, _) => Answer.Ok;

        await using var second = Sink(collector);
        await WriteAsync(second, 1001, 500);
        await second.FlushAsync(default);

        Assert.Equal((1000, 0, 1000), (first.Counts.Taken, first.Counts.QueuedInMemory, first.Counts.QueuedOnDisk));
        Assert.Equal(Ids(1, 1500), collector.Accepted.Order());
        AssertLedger(second, taken: 500, exported: 1500, takenOver: 1000);
        Assert.Contains($"{Queue} has 1000 spans that an earlier process left; they are sent too.", notices);
        Assert.Empty(Files("*.otlp*"));
    }

    [Fact]
    public async Task Oldest_requests_are_sent_first()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => Busy;
        var first = Sink(collector);
        await WriteAsync(first, 1, 1000);
        await UntilAsync(() => first.Counts.QueuedOnDisk == 1000);
        await first.DisposeAsync();
        collector.Answer = (_, _) => Answer.Ok;

        await using var second = Sink(collector, o => o with { Senders = 1 });
        await second.FlushAsync(default);

        // The order of writing, which senders' own copies may precede.
        var written = collector.Accepted.Select((id, at) => (id, at)).ToDictionary(x => x.id, x => x.at);
        Assert.True(written["0000000000000001"] < written["00000000000003e8"]);
        AssertLedger(second, taken: 0, exported: 1000, takenOver: 1000);
    }

    [Fact]
    public async Task Processes_that_share_a_folder_send_only_their_own()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => Busy;
        await using var first = Sink(collector);
        await WriteAsync(first, 1, 300);
        await UntilAsync(() => first.Counts.QueuedOnDisk == 300);

        await using var second = Sink(collector);
        await WriteAsync(second, 301, 300);
        await UntilAsync(() => second.Counts.QueuedOnDisk == 300);
        Assert.Equal(0, second.Counts.TakenOver);
        collector.Answer = (_, _) => Answer.Ok;
        await first.FlushAsync(default);
        await second.FlushAsync(default);

        Assert.Equal(Ids(1, 600), collector.Accepted.Order());
        AssertLedger(first, taken: 300, exported: 300);
        AssertLedger(second, taken: 300, exported: 300);
    }

    [Fact]
    public async Task Damaged_and_half_written_files_are_set_aside_and_counted()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => Busy;
        var first = Sink(collector);
        await WriteAsync(first, 1, 500);
        await first.DisposeAsync();
        var files = Files("*.otlp").Select(name => Path.Combine(folder.Path, name)).ToArray();
        Assert.InRange(files.Length, 5, 500);
        using (var cut = new FileStream(files[0], FileMode.Open))
            cut.SetLength(cut.Length - 1);
        using (var flipped = new FileStream(files[1], FileMode.Open))
        {
            flipped.Position = flipped.Length - 10;
            flipped.WriteByte(0xff);
        }
        File.WriteAllBytes(files[2] + ".part", File.ReadAllBytes(files[2])[..50]);
        File.Move(files[3], files[3] + ".part"); // written to its end, and not renamed
        File.WriteAllText(files[4], "");
        int[] lost = [Spans(files[0]), Spans(files[1]), Spans(files[2]), Spans(files[4])];
        collector.Answer = (_, _) => Answer.Ok;

        await using var second = Sink(collector);
        await second.FlushAsync(default);

        // The half-written one is a copy here: it is counted beside the whole one.
        Assert.Equal(500 - lost[0] - lost[1] - lost[3], collector.Accepted.Distinct().Count());
        AssertLedger(second, taken: 0, exported: 500 - lost[0] - lost[1] - lost[3], takenOver: 500 + lost[2], ("unreadable file", lost.Sum()));
        var aside = new[] { files[0], files[1], files[2] + ".part", files[4] }.Select(file => Path.Combine("queue", "refused", Path.GetFileName(file)));
        Assert.Equal(aside.SelectMany(file => new[] { file, file + ".txt" }).Order(StringComparer.Ordinal), Files().Where(f => f.Contains("refused")));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Request_from_disk_is_halved_refused_in_part_and_delayed_as_any_other(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        collector.Answer = (_, _) => Busy;
        var first = Sink(collector, o => o with { MaxRequestBytes = 1_000_000 });
        await WriteAsync(first, 1, 100);
        await first.DisposeAsync();
        var poison = Ids(77, 1).Single();
        var asked = 0;
        collector.Answer = (request, _) =>
            request.Ids.Contains(poison) ? new Answer { Http = 413, Grpc = StatusCode.ResourceExhausted, Message = "too large" }
            : Interlocked.Increment(ref asked) == 1 ? new Answer { Http = 429, RetryAfter = "17", Grpc = StatusCode.ResourceExhausted, StatusDetails = RpcStatus.WithRetryInfo(17) }
            : asked == 2 ? new Answer { Body = RpcStatus.PartialSuccess(3, "too old") }
            : Answer.Ok;

        await using var second = Sink(collector, o => o with { Senders = 1 });
        await second.FlushAsync(default);

        Assert.Equal(Ids(1, 100).Except([poison]), collector.Accepted.Order());
        Assert.Contains(TimeSpan.FromSeconds(17), time.Waits);
        AssertLedger(second, taken: 0, exported: 96, takenOver: 100, (protocol == "Grpc" ? "gRPC ResourceExhausted" : "HTTP 413", 1), ("partial success", 3));
        Assert.Empty(Files("*.otlp*"));
        Assert.Single(Files("*.pb"));
    }

    [Fact]
    public async Task Halves_of_a_request_from_disk_are_on_disk()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => Busy;
        var first = Sink(collector, o => o with { MaxRequestBytes = 1_000_000 });
        await WriteAsync(first, 1, 100);
        await first.DisposeAsync();
        collector.Answer = (request, _) => request.Spans.Count > 25 ? new Answer { Http = 413 } : Busy;
        var second = Sink(collector);
        await UntilAsync(() => Files("*-25.otlp").Count() + Files("*-50.otlp").Count() >= 2);
        await second.DisposeAsync();
        collector.Answer = (_, _) => Answer.Ok;

        await using var third = Sink(collector);
        await third.FlushAsync(default);

        Assert.Equal((100, 100), (second.Counts.TakenOver, second.Counts.QueuedOnDisk));
        Assert.Equal(Ids(1, 100), collector.Accepted.Order());
        AssertLedger(third, taken: 0, exported: 100, takenOver: 100);
    }

    [Fact]
    public async Task Refused_request_is_kept_with_the_reason_and_without_secrets()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => new Answer { Http = 400, Message = "what?" };
        await using var sink = Sink(collector, o => o with { Headers = [new("api-key", "s3cret")] });

        await WriteAsync(sink, 1, 200);
        await sink.FlushAsync(default);

        AssertLedger(sink, taken: 200, exported: 0, 0, ("HTTP 400", 200));
        var kept = Files("*.pb").Select(name => Path.Combine(folder.Path, name)).ToArray();
        Assert.Equal(Ids(1, 200), kept.SelectMany(path => ProtobufDecoder.Decode(File.ReadAllBytes(path)).Spans).Select(s => s.SpanId).Order());
        Assert.All(kept, path => Assert.Matches(
            $"^[-0-9: ]+Z {collector.Endpoint}: [0-9]+ spans, HTTP 400: what\\?\n$", File.ReadAllText(path + ".txt")));
        Assert.Contains(Assert.Single(notices), kept.Select(path =>
            $"{collector.Endpoint} refused {ProtobufDecoder.Decode(File.ReadAllBytes(path)).Spans.Count} spans for good (HTTP 400: what?); they are kept in {path}."));
        Assert.DoesNotContain("s3cret", string.Concat(Files().Where(name => !name.EndsWith(".lock", StringComparison.Ordinal)).Select(name => File.ReadAllText(Path.Combine(folder.Path, name)))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_folder_makes_the_producer_wait_and_loses_nothing()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => Busy;
        await using var sink = Sink(collector, o => o with { QueueBytes = 100_000 });

        var writing = WriteAsync(sink, 1, 5000);
        await UntilAsync(() => notices.Any(n => n.Contains("its bound of 100000 bytes is reached", StringComparison.Ordinal)));
        Assert.False(writing.IsCompleted);
        Assert.InRange(sink.QueuedBytes.Disk, 1, 100_000);
        collector.Answer = (_, _) => Answer.Ok;
        await writing;
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 5000), collector.Accepted.Order());
        AssertLedger(sink, taken: 5000, exported: 5000);
    }

    [Fact]
    public async Task Folder_that_cannot_be_written_makes_the_producer_wait_until_it_can()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => Busy;
        await using var sink = Sink(collector);
        Directory.Move(Queue, Queue + "-away");

        var writing = WriteAsync(sink, 1, 1000);
        await UntilAsync(() => notices.Any(n => n.StartsWith($"spans cannot be kept in {Queue} (", StringComparison.Ordinal)));
        Assert.False(writing.IsCompleted);
        Assert.Equal(0, sink.Counts.QueuedOnDisk);
        Directory.Move(Queue + "-away", Queue);
        await writing;
        await UntilAsync(() => sink.Counts.QueuedOnDisk == 1000);
        collector.Answer = (_, _) => Answer.Ok;
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 1000), collector.Accepted.Order());
        AssertLedger(sink, taken: 1000, exported: 1000);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Hung_collector_leaves_everything_on_disk_within_bounds(string protocol)
    {
        await using var collector = await MockCollector.StartAsync(Enum.Parse<OtlpProtocol>(protocol));
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        collector.Answer = (_, _) =>
        {
            arrived.TrySetResult();
            return Answer.Hang;
        };
        var sink = Sink(collector, o => o with { Timeout = TimeSpan.FromHours(1), MaxQueuedBytes = 1_000_000 });
        await WriteAsync(sink, 1, 1000);
        await arrived.Task;

        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sink.FlushAsync(soon.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal((1000, 0, 1000), (sink.Counts.Taken, sink.Counts.QueuedInMemory, sink.Counts.QueuedOnDisk));
        await sink.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        collector.Answer = (_, _) => Answer.Ok;
        await using var second = Sink(collector);
        await second.FlushAsync(default);
        Assert.Equal(Ids(1, 1000), collector.Accepted.Order());
        AssertLedger(second, taken: 0, exported: 1000, takenOver: 1000);
    }

    [Fact]
    public async Task Giving_up_keeps_what_was_not_delivered()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (_, _) => Busy;
        await using var sink = Sink(collector, o => o with { GiveUpAfter = TimeSpan.FromSeconds(60) });

        await sink.WriteAsync(Batches.Small(5), default);
        var thrown = await Assert.ThrowsAsync<CollectorUnreachableException>(() => sink.FlushAsync(default).AsTask());

        Assert.Equal(
            $"{collector.Endpoint} took no spans for 60 s (HTTP 503: busy); 0 spans delivered, 0 not delivered, 5 kept in {Queue} for the next start.",
            thrown.Message);
    }

    [Fact]
    public async Task Request_that_cannot_be_handled_is_set_aside_and_the_senders_live()
    {
        await using var collector = await MockCollector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Answer = (request, _) => request.Ids.Any() ? Answer.Ok : new Answer { Http = 413 };
        PrivateFiles.CreateOwnFolder(Queue);
        for (var i = 0; i < 4; i++)
        {
            // It says that it has spans, and has none: halving it fails.
            RequestFile.Write(Path.Combine(Queue, RequestFile.NameOf(i, "gone", 10)), new EncodedRequest(new byte[1], 0 + 1, 0, 0, 1, 10));
        }
        await using var sink = Sink(collector);

        await WriteAsync(sink, 1, 100);
        await sink.FlushAsync(default);

        Assert.Equal(Ids(1, 100), collector.Accepted.Order());
        Assert.Equal((100, 40, 100, 40), (sink.Counts.Taken, sink.Counts.TakenOver, sink.Counts.Exported, sink.Counts.Refused));
        Assert.Equal(4, Files("*.pb").Count());
    }

    [Fact]
    public void Folder_that_others_may_write_into_is_not_used()
    {
        Directory.CreateDirectory(Queue);
        File.SetUnixFileMode(Queue, (UnixFileMode)0b111_111_101);

        var thrown = Assert.Throws<ExportConfigurationException>(() => new OtlpSink(new OtlpOptions { QueueDirectory = Queue }));

        Assert.Equal($"the queue directory '{Queue}' cannot be used: others may write into it; chmod 700 makes it its owner's alone", thrown.Message);
    }

    private OtlpSink Sink(MockCollector collector, Func<OtlpOptions, OtlpOptions>? change = null)
    {
        var options = new OtlpOptions
        {
            Protocol = collector.Endpoint.AbsolutePath == "/" ? OtlpProtocol.Grpc : OtlpProtocol.HttpProtobuf,
            Endpoint = collector.Endpoint,
            MaxRequestBytes = 4_000,
            MaxQueuedBytes = 20_000,
            QueueDirectory = Queue,
            GiveUpAfter = Timeout.InfiniteTimeSpan,
        };
        return new OtlpSink(change?.Invoke(options) ?? options, notices.Enqueue, time);
    }

    private static async Task WriteAsync(OtlpSink sink, int first, int count)
    {
        for (var done = 0; done < count; done += 100)
            await sink.WriteAsync(Batches.Small(Math.Min(100, count - done), first + done), default);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
            await Task.Delay(10, late.Token);
    }

    private IReadOnlyList<UnixFileMode> Modes() => [.. Directory.EnumerateFiles(Queue, "*.otlp").Select(File.GetUnixFileMode)];

    /// <summary>Names of all files below the folder, sorted.</summary>
    private IEnumerable<string> Files(string pattern = "*") =>
        Directory.EnumerateFiles(folder.Path, pattern, SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder.Path, file)).Order(StringComparer.Ordinal);

    private static int Spans(string path) => RequestFile.Of(new FileInfo(path))!.Spans;

    private static IEnumerable<string> Ids(int first, int count) => Enumerable.Range(first, count).Select(i => i.ToString("x16"));

    private static void AssertLedger(OtlpSink sink, long taken, long exported, long takenOver = 0, params (string Reason, long Spans)[] refused)
    {
        var counts = sink.Counts;
        Assert.Equal(
            (taken, takenOver, exported, refused.Sum(r => r.Spans), 0, 0),
            (counts.Taken, counts.TakenOver, counts.Exported, counts.Refused, counts.QueuedInMemory, counts.QueuedOnDisk));
        Assert.Equal(taken + takenOver, exported + counts.Refused);
        Assert.Equal(refused.ToDictionary(r => r.Reason, r => r.Spans), counts.RefusedByReason);
    }
}
