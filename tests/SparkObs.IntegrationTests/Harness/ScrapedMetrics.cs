using System.Globalization;
using System.Text.RegularExpressions;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>What <c>/metrics</c> tells a scraper.</summary>
internal static partial class ScrapedMetrics
{
    private static readonly HttpClient Client = new();

    /// <summary>In Prometheus's text.</summary>
    /// <param name="address">Host and port.</param>
    public static Task<string> TextAsync(string address) => Client.GetStringAsync(new Uri($"http://{address}/metrics"));

    /// <summary>In OpenMetrics, which Prometheus asks for: each sample by its <see cref="Series"/>.</summary>
    public static async Task<IReadOnlyDictionary<string, double>> SamplesAsync(string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{address}/metrics"));
        request.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text; version=1.0.0");
        using var answer = await Client.SendAsync(request);
        return Sample().Matches(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).ToDictionary(
            sample => Series(sample.Groups["name"].Value, Label().Matches(sample.Groups["labels"].Value).Select(label => label.Value)),
            sample => double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));
    }

    /// <summary><c>name{label="value",…}</c>, the labels in order of their names and without the instrumentation scope's.</summary>
    /// <param name="labels">Each as <c>label="value"</c>.</param>
    public static string Series(string name, IEnumerable<string> labels) =>
        $"{name}{{{string.Join(',', labels.Where(label => !label.StartsWith("otel_scope_", StringComparison.Ordinal)).Order(StringComparer.Ordinal))}}}";

    [GeneratedRegex(@"^(?<name>[a-z_]+)(?:\{(?<labels>.*)\})? (?<value>[-+.0-9eEInf]+|NaN)(?: [0-9]+)?$", RegexOptions.Multiline)]
    private static partial Regex Sample();

    [GeneratedRegex("[a-z_]+=\"[^\"]*\"")]
    private static partial Regex Label();
}
