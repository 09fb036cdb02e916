namespace SparkObs.Cli.Submit;

/// <summary>
/// What spark-submit's settings are before ours are added, by Spark's own precedence: options over <c>--conf</c> over
/// <c>--properties-file</c> over <c>spark-defaults.conf</c>, which counts only without a properties file or with <c>--load-spark-defaults</c>.
/// </summary>
internal sealed class EffectiveConf
{
    private readonly SubmitArguments arguments;
    private readonly Func<string, string?> variable;
    private readonly Dictionary<string, string> fromFiles = new(StringComparer.Ordinal);

    /// <param name="sparkHome">Null when it is not known: its conf folder is then not read.</param>
    /// <exception cref="IOException">A file cannot be read; spark-submit will say the same.</exception>
    public EffectiveConf(SubmitArguments arguments, string? sparkHome, Func<string, string?> variable)
    {
        this.arguments = arguments;
        this.variable = variable;
        var file = arguments.Option("--properties-file");
        if (file is not null)
            Add(file);
        if ((file is null || arguments.Option("--load-spark-defaults") is not null) && DefaultsFile(sparkHome) is { } defaults)
            Add(defaults);
    }

    public string? Jars => arguments.Option("--jars") ?? this["spark.jars"];

    public string? DriverClassPath => arguments.Option("--driver-class-path") ?? this["spark.driver.extraClassPath"];

    public string? Master => arguments.Option("--master") ?? this["spark.master"] ?? Variable("MASTER");

    public bool IsCluster =>
        (arguments.Option("--deploy-mode") ?? this["spark.submit.deployMode"] ?? Variable("DEPLOY_MODE")) == "cluster";

    /// <summary>A client of Spark Connect: its driver runs elsewhere.</summary>
    public bool IsRemote => (arguments.Option("--remote") ?? this["spark.remote"] ?? Variable("SPARK_REMOTE")) is not null;

    public string? this[string key] => arguments.Settings.TryGetValue(key, out var value) ? value : fromFiles.GetValueOrDefault(key);

    private string? DefaultsFile(string? sparkHome)
    {
        var folder = Variable("SPARK_CONF_DIR") ?? (sparkHome is null ? null : Path.Combine(sparkHome, "conf"));
        var file = folder is null ? null : Path.Combine(folder, "spark-defaults.conf");
        return File.Exists(file) ? file : null;
    }

    private void Add(string file)
    {
        foreach (var (key, value) in JavaProperties.Read(File.ReadAllText(file)))
            fromFiles.TryAdd(key, value);
    }

    private string? Variable(string name) => variable(name) is { Length: > 0 } value ? value : null;
}
