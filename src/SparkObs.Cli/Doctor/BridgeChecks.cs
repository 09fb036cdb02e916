using SparkObs.Spark.Bridge;

namespace SparkObs.Cli.Doctor;

/// <summary>What a bridge needs: an address to listen on, and a token.</summary>
internal static class BridgeChecks
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static Finding Listening(string listenOn)
    {
        try
        {
            var endpoint = BridgeEndpoint.Parse("--listen-on", listenOn);
            endpoint.Listen(out var address).Dispose();
            endpoint.Remove();
            return Finding.Good("bridge", $"can listen on {address}");
        }
        catch (BridgeException e)
        {
            return new Finding(Mark.Bad, "bridge", $"cannot listen on {listenOn}", e.Message);
        }
    }

    public static Finding Token(string? file, Func<string, string?> variable)
    {
        if (file is null)
        {
            return Finding.Good("token", variable(BridgeToken.Variable) is { Length: > 0 }
                ? $"{BridgeToken.Variable} is set" : "submit makes its own (--token-file checks one for listen)");
        }
        if (!File.Exists(file))
            return new Finding(Mark.Warning, "token", $"{file} is not there", "sparkobs listen --token-file writes it; drivers then read it");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~OwnerOnly) != 0)
            return new Finding(Mark.Bad, "token", $"others can use {file}", $"chmod 600 {file}: drivers and bridge refuse it as it is");
        try
        {
            BridgeToken.ReadOrCreate("--token-file", file);
            return Finding.Good("token", $"{file}, its owner's alone");
        }
        catch (BridgeException e)
        {
            return new Finding(Mark.Bad, "token", $"{file} cannot be used", e.Message);
        }
    }
}
