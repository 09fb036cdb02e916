using SparkObs.Spark.Bridge;

namespace SparkObs.Cli.Doctor;

/// <summary>What a bridge needs: an address to listen on, and a token.</summary>
internal static class BridgeChecks
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Renewing takes somebody's time.</summary>
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(14);

    public static Finding Listening(DoctorOptions options, Func<string, string?> variable)
    {
        try
        {
            var endpoint = BridgeEndpoint.Parse("--listen-on", options.ListenOn);
            var tls = BridgeTls.Load(options.TlsCertificate, options.TlsKey, options.TlsClientCa, variable);
            endpoint.CheckFits(tls);
            endpoint.Listen(out var address).Dispose();
            endpoint.Remove();
            if (tls is null)
                return Finding.Good("bridge", $"can listen on {address}");
            var until = tls.NotAfter.ToUniversalTime();
            if (until < DateTime.UtcNow)
                return new Finding(Mark.Bad, "bridge", $"its certificate has expired on {until:yyyy-MM-dd}", "renew it: drivers do not connect; a bridge that runs takes the new files up by itself");
            return until - DateTime.UtcNow < ExpiresSoon
                ? new Finding(Mark.Warning, "bridge", $"can listen on {address}; its certificate expires on {until:yyyy-MM-dd}", "renew it: a bridge that runs takes the new files up by itself")
                : Finding.Good("bridge", $"can listen on {address}, with a certificate until {until:yyyy-MM-dd}");
        }
        catch (BridgeException e)
        {
            return new Finding(Mark.Bad, "bridge", $"cannot listen on {options.ListenOn}", e.Message);
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
