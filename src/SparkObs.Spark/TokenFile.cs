using SparkObs.Spark.Bridge;

namespace SparkObs.Spark;

/// <summary>A file of mode 0600 that tells the driver's JVM the token; in a folder of its own, so that nobody else can have put it there.</summary>
internal sealed class TokenFile
{
    private TokenFile(string path) => Path = path;

    public string Path { get; }

    /// <exception cref="BridgeException">It cannot be written.</exception>
    public static TokenFile Write(string token)
    {
        try
        {
            var path = System.IO.Path.Combine(Directory.CreateTempSubdirectory("sparkobs-").FullName, "token");
            BridgeToken.Create(path, token);
            return new TokenFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BridgeException($"cannot write a file for the token below {System.IO.Path.GetTempPath()}: {e.Message}. Set {BridgeToken.Variable} instead.", e);
        }
    }

    public void Remove(Action<string> notice)
    {
        try
        {
            Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            notice($"cannot remove {Path}: {e.Message}");
        }
    }
}
