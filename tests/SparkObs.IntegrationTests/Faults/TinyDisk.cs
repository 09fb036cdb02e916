using System.Diagnostics;
using System.Globalization;

namespace SparkObs.IntegrationTests.Faults;

/// <summary>A file system in memory of a few MiB, mounted over a folder. Needs the right to mount.</summary>
internal sealed class TinyDisk : IDisposable
{
    private readonly string folder;

    private TinyDisk(string folder) => this.folder = folder;

    public static TinyDisk Mount(string folder, int megabytes)
    {
        Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m,mode=700"), "tmpfs", folder);
        return new TinyDisk(folder);
    }

    public void Dispose() => Run("umount", "-l", folder);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
    }
}
