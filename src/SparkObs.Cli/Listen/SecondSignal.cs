using System.Runtime.InteropServices;

namespace SparkObs.Cli.Listen;

/// <summary>While it lives, SIGTERM and SIGINT end the process at once: the first one has been heard.</summary>
internal sealed class SecondSignal : IDisposable
{
    private readonly PosixSignalRegistration[] registrations;

    /// <param name="code">What the process then ends with.</param>
    public SecondSignal(ExitCode code)
    {
        registrations = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT }.Select(signal => PosixSignalRegistration.Create(signal, _ => Environment.Exit((int)code)))];
    }

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }
}
