using System.Reflection;
using OpenTelemetry.Resources;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>The resource of the program's own spans and of our metrics, where it has no OpenTelemetry set-up of its own.</summary>
internal static class ProgramResource
{
    public static ResourceBuilder Of(TraceOptions options)
    {
        var resource = ResourceBuilder.CreateEmpty().AddTelemetrySdk()
            .AddService(Assembly.GetEntryAssembly()?.GetName().Name ?? "unknown_service:dotnet", autoGenerateServiceInstanceId: false)
            .AddAttributes(options.ResourceAttributes.Select(attribute => new KeyValuePair<string, object>(attribute.Key, attribute.Value)));
        return options.ServiceName is { } name ? resource.AddService(name, autoGenerateServiceInstanceId: false) : resource;
    }
}
