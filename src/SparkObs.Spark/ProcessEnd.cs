using System.Runtime.InteropServices;

namespace SparkObs.Spark;

/// <summary>What runs, in this order, before a process ends.</summary>
internal enum ProcessEndStep
{
    /// <summary>What happened is noted: in the log, on the application's span.</summary>
    Note,

    /// <summary>Spans and metrics are delivered.</summary>
    Spans,

    /// <summary>Log lines are delivered, those of the steps before, too.</summary>
    Logs,
}

/// <summary>Why the process ends: an exception that nobody caught, a signal, or, with neither, because it is done.</summary>
/// <param name="Unhandled">The exception, if that is why.</param>
/// <param name="Signal">The signal, if that is why.</param>
internal readonly record struct ProcessEndCause(Exception? Unhandled, PosixSignal? Signal);

/// <summary>
/// The one place that waits for the end of the process, so that what ends by a signal or an exception ends in order. .NET 10 raises no
/// ProcessExit on SIGTERM, hence the signals. The process ends as it would without us: no signal is cancelled, no exception caught.
/// </summary>
internal static class ProcessEnd
{
    private static readonly object Gate = new();
    private static readonly List<Registration> Registrations = [];
    private static IDisposable[]? signals;
    private static int hosts, signalled;

    /// <summary>Has <paramref name="action"/> run before the process ends, until what is returned is disposed.</summary>
    /// <param name="step">When, among what others registered.</param>
    /// <param name="action">
    /// May run more than once (a signal, then the normal end) and from any thread; it bounds its own time. What it throws is swallowed.
    /// </param>
    public static IDisposable Register(ProcessEndStep step, Func<ProcessEndCause, Task> action)
    {
        var registration = new Registration(step, action);
        lock (Gate)
        {
            Registrations.Add(registration);
            signals ??= Hook();
        }
        return registration;
    }

    /// <summary>A host takes signals and stops its services in order: until what is returned is disposed, signals are its own.</summary>
    public static IDisposable LeaveSignalsToHost()
    {
        Interlocked.Increment(ref hosts);
        return new HostsTurn();
    }

    private static IDisposable[] Hook()
    {
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => Run(default);
        AppDomain.CurrentDomain.UnhandledException += static (_, unhandled) => Run(new ProcessEndCause(unhandled.ExceptionObject as Exception, null));
        return
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        ];
    }

    private static void OnSignal(PosixSignalContext context)
    {
        // Handlers run from the newest to the oldest. One that cancels, as a host's does, ends the program in its own way; what it leaves
        // to us the normal end delivers.
        if (context.Cancel || Volatile.Read(ref hosts) > 0)
            return;
        // Who asks again does not want to wait.
        if (Interlocked.Exchange(ref signalled, 1) == 0)
            Run(new ProcessEndCause(null, context.Signal));
    }

    internal static void Run(ProcessEndCause cause)
    {
        foreach (var step in Enum.GetValues<ProcessEndStep>())
        {
            Registration[] now;
            lock (Gate)
                now = [.. Registrations.Where(registration => registration.Step == step)];
            Task.WaitAll([.. now.Select(registration => registration.RunAsync(cause))]);
        }
    }

    private sealed class Registration(ProcessEndStep step, Func<ProcessEndCause, Task> action) : IDisposable
    {
        public ProcessEndStep Step => step;

        public async Task RunAsync(ProcessEndCause cause)
        {
            try
            {
                await Task.Run(() => action(cause)).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // Whatever ends the process goes on; what could not be delivered was told by who failed.
            }
        }

        public void Dispose()
        {
            lock (Gate)
                Registrations.Remove(this);
        }
    }

    private sealed class HostsTurn : IDisposable
    {
        private int over;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref over, 1) == 0)
                Interlocked.Decrement(ref hosts);
        }
    }
}
