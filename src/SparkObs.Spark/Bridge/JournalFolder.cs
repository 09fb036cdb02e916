using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SparkObs.Spark.Events;
using SparkObs.Spark.Export;

namespace SparkObs.Spark.Bridge;

/// <summary>The names in a session's folder, and its small files.</summary>
internal static class JournalFolder
{
    /// <summary>Below the data directory: a folder for each session.</summary>
    public const string Sessions = "sessions";

    private const string Checkpoint = "checkpoint";
    private const int MaxNameChars = 40;

    /// <summary>A whole file, there at once or not at all, also after a kill in the middle.</summary>
    public static void WriteAtomic(string path, ReadOnlySpan<byte> content)
    {
        var fresh = path + ".tmp";
        using (var file = PrivateFiles.Open(fresh, FileMode.Create, FileShare.Read))
            file.Write(content);
        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>Of a driver's run: what can be read of the session's id, and a hash, since any text may be an id.</summary>
    public static string NameOf(Hello hello)
    {
        var readable = new string([.. hello.Session.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_').Take(MaxNameChars)]);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{hello.Session}|{hello.Instance}"));
        return $"{readable}-{Convert.ToHexString(hash, 0, 6).ToLowerInvariant()}";
    }

    public static string Segment(string folder, long number) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"journal-{number:d6}.jsonl"));

    /// <summary>The segments that are there, in order.</summary>
    public static List<(long Number, string Path)> Segments(string folder)
    {
        var segments = new List<(long Number, string Path)>();
        foreach (var path in Directory.EnumerateFiles(folder, NumberedFolder.Journal))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(path)["journal-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                segments.Add((number, path));
        }
        segments.Sort();
        return segments;
    }

    /// <summary>The hello, without its token.</summary>
    public static void WriteHello(string folder, Hello hello)
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content))
        {
            json.WriteStartObject();
            json.WriteNumber("SparkObsHello", 1);
            json.WriteString("session", hello.Session);
            json.WriteString("instance", hello.Instance);
            json.WriteNumber("firstSeq", hello.FirstSequence);
            json.WriteString("appName", hello.AppName);
            json.WriteString("appId", hello.AppId);
            json.WriteString("sparkVersion", hello.SparkVersion);
            json.WriteString("shimVersion", hello.ShimVersion);
            json.WriteEndObject();
        }
        content.WriteByte((byte)'\n');
        WriteAtomic(Path.Combine(folder, NumberedFolder.Hello), content.ToArray());
    }

    /// <exception cref="IOException">There is none, or it cannot be read.</exception>
    public static Hello ReadHello(string folder)
    {
        try
        {
            return Handshake.ReadSpooled(File.ReadAllBytes(Path.Combine(folder, NumberedFolder.Hello)));
        }
        catch (Exception e) when (e is JsonException or HelloRefusedException)
        {
            throw new IOException($"{NumberedFolder.Hello}: {e.Message}", e);
        }
    }

    /// <param name="settled">The position up to which all spans are settled.</param>
    public static void WriteCheckpoint(string folder, long settled) =>
        WriteAtomic(Path.Combine(folder, Checkpoint), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"settled\":{settled}}}\n")));

    /// <summary>0 when there is none that can be read: then all is sent again.</summary>
    public static long ReadCheckpoint(string folder)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, Checkpoint)));
            return json.RootElement.GetProperty("settled").GetInt64();
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return 0;
        }
    }
}
