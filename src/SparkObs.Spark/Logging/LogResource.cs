using System.Text;
using Serilog.Events;
using Serilog.Formatting.Json;
using SparkObs.Spark.Export;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Logging;

/// <summary>
/// Who writes the lines: application, pod, node, namespace, container, by OpenTelemetry's names. All but the application is read once;
/// the application is known when its driver has told of itself.
/// </summary>
internal sealed class LogResource
{
    private readonly PodInfo pod;
    private readonly string? serviceName;
    private readonly IReadOnlyList<KeyValuePair<string, string>> given;
    private readonly Func<RunningApplication?> running;
    private volatile LogIdentity current;

    /// <param name="pod">What Kubernetes says.</param>
    /// <param name="serviceName">The user's own name for the service.</param>
    /// <param name="given">The user's own attributes; they win.</param>
    /// <param name="running">The application of this process.</param>
    public LogResource(PodInfo pod, string? serviceName, IReadOnlyList<KeyValuePair<string, string>> given, Func<RunningApplication?>? running = null)
    {
        this.pod = pod;
        this.serviceName = serviceName;
        this.given = given;
        this.running = running ?? (static () => RunningApplications.OfProcess.Only);
        current = Make(null);
    }

    /// <summary>What holds now.</summary>
    public LogIdentity Current
    {
        get
        {
            var application = running();
            var known = current;
            return ReferenceEquals(known.Application, application) ? known : current = Make(application);
        }
    }

    /// <exception cref="ExportConfigurationException">OTEL_RESOURCE_ATTRIBUTES is wrong.</exception>
    public static LogResource Read(Func<string, string?> variable, Func<RunningApplication?>? running = null) => new(
        PodInfo.Read(variable),
        variable.Told("OTEL_SERVICE_NAME"),
        ResourceEnvironment.Read(variable),
        running);

    private LogIdentity Make(RunningApplication? application)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        void Set(string key, string? value)
        {
            if (string.IsNullOrEmpty(value))
                return;
            attributes.RemoveAll(attribute => attribute.Key == key);
            attributes.Add(new(key, value));
        }

        var id = application?.Id ?? pod.AppId;
        var name = application?.Name ?? pod.AppName;
        Set(SparkAttributes.ServiceName.Name, name);
        Set(SparkAttributes.AppId.Name, id);
        Set(SparkAttributes.AppName.Name, name);
        Set(PodInfo.PodKey, pod.Pod);
        Set(PodInfo.NamespaceKey, pod.Namespace);
        Set(PodInfo.NodeKey, pod.Node);
        Set(PodInfo.ContainerKey, pod.Container);
        foreach (var (key, value) in given)
            Set(key, value);
        Set(SparkAttributes.ServiceName.Name, serviceName);
        return new LogIdentity(application, id ?? "", attributes);
    }
}

/// <summary>What <see cref="LogResource"/> is at one time, in the forms that lines need. Immutable.</summary>
internal sealed class LogIdentity
{
    /// <summary>
    /// The one property that holds it: Serilog's events keep their properties in a dictionary, and one for each attribute would let it
    /// grow with every line.
    /// </summary>
    public const string PropertyName = "resource";

    public LogIdentity(RunningApplication? application, string appId, IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        Application = application;
        AppId = appId;
        Attributes = attributes;
        var value = new StructureValue(attributes.Select(attribute => new LogEventProperty(attribute.Key, new ScalarValue(attribute.Value))));
        Property = new LogEventProperty(PropertyName, value);
        IsEmpty = attributes.Count == 0;
        var json = new StringBuilder();
        using var writer = new StringWriter(json);
        writer.Write($",\"{PropertyName}\":");
        new JsonValueFormatter("$type").Format(value, writer);
        Json = IsEmpty ? "" : json.ToString();
        IdsJson = application is null ? "" : $",\"@tr\":\"{application.Context.Trace}\",\"@sp\":\"{application.Context.Span}\"";
    }

    public RunningApplication? Application { get; }

    /// <summary>Empty while it is not known.</summary>
    public string AppId { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; }

    public bool IsEmpty { get; }

    public LogEventProperty Property { get; }

    /// <summary>The property as CLEF has it, with the comma before it.</summary>
    public string Json { get; }

    /// <summary>The application's ids as CLEF has them, with the comma before them; empty without one.</summary>
    public string IdsJson { get; }
}
