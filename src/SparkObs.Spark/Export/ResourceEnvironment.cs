namespace SparkObs.Spark.Export;

/// <summary>Reads <c>OTEL_RESOURCE_ATTRIBUTES</c> (<c>key=value,key=value</c>, percent-encoded; specification, "Resource SDK").</summary>
internal static class ResourceEnvironment
{
    private const string Name = "OTEL_RESOURCE_ATTRIBUTES";

    /// <exception cref="ExportConfigurationException">It is not of that form.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(Func<string, string?> variable)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        foreach (var pair in (variable(Name) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var equals))
                throw new ExportConfigurationException($"{Name}: '{pair}' has no key; write key=value,key=value");
            attributes.Add(new(pair[..equals].Trim(), Uri.UnescapeDataString(pair[(equals + 1)..].Trim())));
        }
        return attributes;
    }
}
