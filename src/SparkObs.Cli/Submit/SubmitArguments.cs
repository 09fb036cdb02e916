namespace SparkObs.Cli.Submit;

/// <summary>A command line of spark-submit, read the way spark-submit reads it (Spark's SparkSubmitOptionParser, 3.0 to 4.x).</summary>
internal sealed class SubmitArguments
{
    private const string Conf = "--conf";

    private static readonly HashSet<string> WithValue = new(StringComparer.Ordinal)
    {
        "--archives", "--class", Conf, "--deploy-mode", "--driver-class-path", "--driver-cores", "--driver-java-options",
        "--driver-library-path", "--driver-memory", "--exclude-packages", "--executor-cores", "--executor-memory", "--files", "--jars",
        "--keytab", "--kill", "--master", "--name", "--num-executors", "--packages", "--principal", "--properties-file", "--proxy-user",
        "--py-files", "--queue", "--remote", "--repositories", "--status", "--total-executor-cores",
    };

    private static readonly HashSet<string> Switches = new(StringComparer.Ordinal)
    {
        "--help", "--load-spark-defaults", "--supervise", "--usage-error", "--verbose", "--version",
    };

    /// <summary>They submit nothing.</summary>
    private static readonly string[] Actions = ["--help", "--kill", "--status", "--usage-error", "--version"];

    private readonly IReadOnlyList<string> all;
    private readonly Dictionary<string, string> options = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> conf = new(StringComparer.Ordinal);
    private int optionsEnd;

    public SubmitArguments(IReadOnlyList<string> arguments)
    {
        all = arguments;
        while (optionsEnd < all.Count && Read(all[optionsEnd]))
        {
        }
    }

    /// <summary>An option that spark-submit has not, or one that a newer Spark has: what follows it cannot be read. Null: all is known.</summary>
    public string? Unknown { get; private set; }

    /// <summary>It asks for help, a status and the like: no application is started.</summary>
    public bool IsAction => Actions.Any(options.ContainsKey);

    /// <summary>What the settings of the command line's <c>--conf</c> are.</summary>
    public IReadOnlyDictionary<string, string> Settings => conf;

    /// <summary>The last value of an option (<c>--jars</c>); of a switch the empty text; null when it is not given.</summary>
    public string? Option(string name) => options.GetValueOrDefault(name);

    /// <summary>The same command line with more options, which win over those before them.</summary>
    public IReadOnlyList<string> With(IEnumerable<string> more) => [.. all.Take(optionsEnd), .. more, .. all.Skip(optionsEnd)];

    /// <summary>Takes one option with its value; false at the application's file, where the application's own arguments begin.</summary>
    private bool Read(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var joined = argument.StartsWith("--", StringComparison.Ordinal) && equals > 2 && equals < argument.Length - 1;
        var name = FullName(joined ? argument[..equals] : argument);
        if (Switches.Contains(name))
        {
            options[name] = "";
            optionsEnd++;
            return true;
        }
        if (!WithValue.Contains(name) || (!joined && optionsEnd + 1 == all.Count))
        {
            if (argument.StartsWith('-'))
                Unknown = argument;
            return false;
        }
        var value = joined ? argument[(equals + 1)..] : all[optionsEnd + 1];
        optionsEnd += joined ? 1 : 2;
        options[name] = value;
        if (name == Conf && value.IndexOf('=', StringComparison.Ordinal) is >= 0 and var split)
            conf[value[..split]] = value[(split + 1)..];
        return true;
    }

    private static string FullName(string name) => name switch
    {
        "-c" => Conf,
        "-h" => "--help",
        "-v" => "--verbose",
        _ => name,
    };
}
