namespace SparkObs.Spark.Export;

/// <summary>
/// The form of OTEL_EXPORTER_OTLP_HEADERS: <c>key=value,key=value</c>, percent-encoded (W3C Baggage without its metadata).
/// Errors name an entry by its place, because values are secrets.
/// </summary>
internal static class OtlpHeaders
{
    public static IReadOnlyList<KeyValuePair<string, string>> Parse(string variable, string value)
    {
        var headers = new List<KeyValuePair<string, string>>();
        var place = 0;
        foreach (var entry in value.Split(','))
        {
            place++;
            if (string.IsNullOrWhiteSpace(entry))
                continue;
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                throw Wrong(variable, place, "has no '='");
            var name = Uri.UnescapeDataString(entry[..equals].Trim()).ToLowerInvariant();
            var content = Uri.UnescapeDataString(entry[(equals + 1)..].Trim());
            if (name.Length == 0 || !name.All(IsNameChar))
                throw Wrong(variable, place, "has a name that no header may have");
            if (!content.All(c => c is >= ' ' and <= '~'))
                throw Wrong(variable, place, "has a value with characters that no header may have");
            headers.Add(new(name, content));
        }
        return headers;
    }

    /// <summary>What both HTTP and gRPC allow in a name.</summary>
    private static bool IsNameChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';

    private static ExportConfigurationException Wrong(string variable, int place, string what) =>
        new($"{variable}: entry {place} {what}; use key=value,key=value with percent-encoded values.");
}
