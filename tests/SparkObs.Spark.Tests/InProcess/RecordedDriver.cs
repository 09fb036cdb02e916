using SparkObs.Spark.Tests.Bridge;

namespace SparkObs.Spark.Tests.InProcess;

/// <summary>A driver that sends a recorded log to what runs in this process.</summary>
internal sealed class RecordedDriver : IDisposable
{
    private readonly BridgeClient client;
    private readonly IReadOnlyList<byte[]> lines;
    private int sent;

    private RecordedDriver(BridgeClient client, string workload)
    {
        this.client = client;
        lines = TestLogs.Lines(workload);
    }

    public static async Task<RecordedDriver> ConnectAsync(SparkObservability observability, string workload)
    {
        var client = await BridgeClient.ConnectAsync(observability.Endpoint);
        await client.SendAsync(BridgeClient.Hello(workload, token: observability.Token));
        await client.ReadLineAsync();
        return new RecordedDriver(client, workload);
    }

    /// <summary>Sends all lines but so many, and waits until they are taken.</summary>
    public async Task SendAsync(int allBut = 0)
    {
        await client.SendLinesAsync(lines.Skip(sent).Take(lines.Count - allBut - sent), sent + 1);
        sent = lines.Count - allBut;
        await client.WaitForAcknowledgementAsync(sent);
    }

    public void Dispose() => client.Dispose();
}
