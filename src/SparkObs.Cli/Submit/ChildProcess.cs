using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SparkObs.Cli.Submit;

/// <summary>
/// A program with our standard input, output and error; what ends us is handed on to it, and it decides when to end. Ctrl-C on a
/// terminal reaches it twice, which a JVM that is already stopping ignores.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] Forwarded =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGTERM, 15)];

    private readonly object gate = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private Process? process;
    private int signalled;

    public ChildProcess()
    {
        foreach (var (signal, number) in Forwarded)
            registrations.Add(PosixSignalRegistration.Create(signal, context => Forward(context, number)));
    }

    /// <summary>Runs it to its end; its exit code, for one that was killed 128 and the signal's number.</summary>
    /// <exception cref="UserError">It cannot be started.</exception>
    public async Task<int> RunAsync(string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        lock (gate)
        {
            if (signalled != 0)
                return 128 + signalled;
            try
            {
                process = Process.Start(start)!;
            }
            catch (System.ComponentModel.Win32Exception e)
            {
                throw new UserError($"cannot start {program}: {e.Message}", ExitCode.Failed, e);
            }
        }
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return process.ExitCode;
    }

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        process?.Dispose();
    }

    private void Forward(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        lock (gate)
        {
            signalled = number;
            // On Windows a console's Ctrl-C reaches it by itself.
            if (process is { HasExited: false } && !OperatingSystem.IsWindows())
                _ = Kill(process.Id, number);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
