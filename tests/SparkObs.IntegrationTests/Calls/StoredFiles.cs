using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SparkObs.IntegrationTests.Harness;

namespace SparkObs.IntegrationTests.Calls;

/// <summary>
/// What a job left behind, one line a file: name, size and hash, without what differs from run to run: ids, times, and the folder's own
/// name. Two runs whose folders' names are equally long can be compared.
/// </summary>
internal static partial class StoredFiles
{
    public static IReadOnlyList<string> InFolder(string folder) =>
        Lines(folder, Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => (Path.GetRelativePath(folder, file), File.ReadAllBytes(file))));

    /// <summary>Seen from outside of Spark; the requests count as any others.</summary>
    public static async Task<IReadOnlyList<string>> InBucketAsync(S3Server s3, string folder)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"{s3.Endpoint}/{S3Server.Bucket}/") };
        var listing = XDocument.Parse(await client.GetStringAsync(new Uri($"?list-type=2&max-keys=1000&prefix={folder}/", UriKind.Relative))).Root!;
        Assert.Equal("false", listing.Elements().Single(element => element.Name.LocalName == "IsTruncated").Value);
        var found = new List<(string, byte[])>();
        foreach (var key in listing.Descendants().Where(element => element.Name.LocalName == "Key").Select(element => element.Value))
            found.Add((key[(folder.Length + 1)..], await client.GetByteArrayAsync(new Uri(string.Join('/', key.Split('/').Select(Uri.EscapeDataString)), UriKind.Relative))));
        return Lines(folder, found);
    }

    private static string[] Lines(string folder, IEnumerable<(string Name, byte[] Bytes)> files) =>
        [.. files.Select(file => Line(Path.GetFileName(folder), file.Name, file.Bytes)).Order(StringComparer.Ordinal)];

    private static string Line(string folder, string name, byte[] bytes)
    {
        // One character a byte: what is replaced is ASCII, and has the same length in all files.
        var content = Normal(Encoding.Latin1.GetString(bytes)).Replace(folder, "FOLDER", StringComparison.Ordinal);
        if (Path.GetFileName(name) == "_SUCCESS" && bytes.Length > 0)
            return $"{name} {Manifest(bytes).Replace(folder, "FOLDER", StringComparison.Ordinal)}";
        if (content.StartsWith("PAR1", StringComparison.Ordinal))
            content = Encodings().Replace(content, static list => string.Concat(list.Value.Order()));
        // The checksum of a file whose content differs from run to run; Spark's reads have held it against the file.
        var differs = name.StartsWith("checkpoint-", StringComparison.Ordinal) || name.Contains("/_spark_metadata/", StringComparison.Ordinal)
            || name.EndsWith(".parquet.crc", StringComparison.Ordinal);
        var hash = differs && name.EndsWith(".crc", StringComparison.Ordinal) ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(content)))[..16];
        return $"{Normal(name)} {bytes.Length} {hash}";
    }

    private static string Normal(string text) => Millis().Replace(Uuid().Replace(text, "UUID"), "MILLIS");

    /// <summary>What a committer of S3A says of itself: which one it was, and the files that it committed.</summary>
    private static string Manifest(byte[] bytes)
    {
        using var json = JsonDocument.Parse(bytes);
        var files = json.RootElement.GetProperty("filenames").EnumerateArray().Select(file => Normal(file.GetString()!)).Order(StringComparer.Ordinal);
        return $"{json.RootElement.GetProperty("committer").GetString()}: {string.Join(", ", files)}";
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();

    /// <summary>A column's encodings in a footer of Parquet: a set, whose order each JVM has its own of.</summary>
    [GeneratedRegex(@"(?<=\x19\x25)[\x00-\x12]{2}|(?<=\x19\x35)[\x00-\x12]{3}|(?<=\x19\x45)[\x00-\x12]{4}")]
    private static partial Regex Encodings();

    /// <summary>Since 1970, in our time.</summary>
    [GeneratedRegex(@"(?<![0-9])1[0-9]{12}(?![0-9])")]
    private static partial Regex Millis();
}
