using SparkObs.Spark.Export;

namespace SparkObs.Spark.Logging;

/// <summary>
/// What Kubernetes says about the pod: variables that its specification fills (<c>fieldRef</c>), and the files of a downwardAPI volume
/// on <see cref="Folder"/>. Read once; what is missing stays null.
/// </summary>
internal sealed record PodInfo
{
    public const string Folder = "/etc/podinfo";

    /// <summary>OpenTelemetry's names for them.</summary>
    public const string PodKey = "k8s.pod.name", NamespaceKey = "k8s.namespace.name", NodeKey = "k8s.node.name", ContainerKey = "k8s.container.name";

    /// <summary>Spark's own labels on driver and executor pods.</summary>
    private const string AppIdLabel = "spark-app-selector", AppNameLabel = "spark-app-name";

    /// <summary>A label's file holds 63 chars a label; more than this is none.</summary>
    private const int MaxFileBytes = 64 * 1024;

    public string? Pod { get; init; }

    public string? Namespace { get; init; }

    public string? Node { get; init; }

    public string? Container { get; init; }

    public string? AppId { get; init; }

    public string? AppName { get; init; }

    /// <param name="variable">Gives a variable's value.</param>
    /// <param name="folder">Instead of <see cref="Folder"/>.</param>
    public static PodInfo Read(Func<string, string?> variable, string folder = Folder)
    {
        var labels = Labels(File(folder, "labels"));
        // Outside of Kubernetes HOSTNAME is a machine's name.
        var inKubernetes = variable.Told("KUBERNETES_SERVICE_HOST") is not null;
        return new PodInfo
        {
            Pod = variable.Told("POD_NAME") ?? File(folder, "name") ?? (inKubernetes ? variable.Told("HOSTNAME") : null),
            Namespace = variable.Told("POD_NAMESPACE") ?? File(folder, "namespace"),
            Node = variable.Told("NODE_NAME"),
            Container = variable.Told("CONTAINER_NAME"),
            // Spark sets the variable in its own pods.
            AppId = variable.Told("SPARK_APPLICATION_ID") ?? labels.GetValueOrDefault(AppIdLabel),
            AppName = labels.GetValueOrDefault(AppNameLabel),
        };
    }

    private static string? File(string folder, string name)
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, name));
            return file.Exists && file.Length <= MaxFileBytes && System.IO.File.ReadAllText(file.FullName).Trim() is { Length: > 0 } text ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Lines of <c>key="value"</c>, as the kubelet writes them; the values of labels need no escapes.</summary>
    private static Dictionary<string, string> Labels(string? text)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text?.Split('\n') ?? [])
        {
            if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && line[(equals + 1)..].Trim().Trim('"') is { Length: > 0 } value)
                labels[line[..equals].Trim()] = value;
        }
        return labels;
    }
}
