using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

/// <summary>Keeps which jobs ended, in order; a test may wait for one.</summary>
internal sealed class JobCollector : IEventHandler
{
    private readonly List<int> ended = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<(long Line, string Problem)> Problems { get; } = [];

    public int[] Ended
    {
        get
        {
            lock (ended)
                return [.. ended];
        }
    }

    public async Task WaitForAsync(int job)
    {
        while (true)
        {
            Task change;
            lock (ended)
            {
                if (ended.Contains(job))
                    return;
                change = changed.Task;
            }

            await change.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    public void OnEvent(SparkEvent e)
    {
        if (e is not JobEnd job)
            return;
        lock (ended)
        {
            ended.Add(job.JobId);
            changed.SetResult();
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void OnUnreadable(long line, string problem) => Problems.Add((line, problem));

    public ValueTask OnPauseAsync(CancellationToken cancellationToken) => default;
}
