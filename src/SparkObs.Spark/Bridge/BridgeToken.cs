using System.Security.Cryptography;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Bridge;

/// <summary>The secret that drivers show to the bridge: in the environment, or in a file that only its owner can read.</summary>
internal static class BridgeToken
{
    /// <summary>The variable that drivers read too.</summary>
    public const string Variable = "SPARKOBS_TOKEN";

    /// <summary>A larger file is no token's.</summary>
    private const int MaxBytes = 4 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>128 random bits in hex.</summary>
    public static string Random() => Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>Reads the file; writes one with a random token first, if there is none.</summary>
    /// <param name="name">The setting's name, for messages.</param>
    /// <exception cref="BridgeException">It cannot be read or written, others can read it, or it is empty.</exception>
    public static string ReadOrCreate(string name, string path)
    {
        try
        {
            if (!File.Exists(path))
                Create(path, Random());
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
                throw new BridgeException($"{name}: others can use '{path}'; chmod 600 makes it its owner's alone.");
            if (new FileInfo(path).Length > MaxBytes)
                throw new BridgeException($"{name}: '{path}' has over {MaxBytes} bytes: that is no token.");
            return File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : throw new BridgeException($"{name}: '{path}' is empty; remove it, and a random token is written.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BridgeException($"{name}: cannot use '{path}': {e.Message}", e);
        }
    }

    /// <summary>Writes the token into a new file of mode 0600.</summary>
    public static void Create(string path, string token)
    {
        using var writer = new StreamWriter(PrivateFiles.Open(path, FileMode.CreateNew, FileShare.Read));
        writer.Write(token);
    }
}
