using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SparkObs.Spark;

/// <summary>Starts before all other services of a host, and ends after them.</summary>
internal sealed class SparkObsHostedService(IServiceProvider services) : IHostedLifecycleService, IDisposable
{
    private SparkObservability? observability;
    private IDisposable? signals;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        observability = services.GetRequiredService<SparkObservability>();
        signals = ProcessEnd.LeaveSignalsToHost();
        return Task.CompletedTask;
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (observability is not null)
            await observability.DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>With the host's other services: up to now signals were the host's.</summary>
    public void Dispose() => signals?.Dispose();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
