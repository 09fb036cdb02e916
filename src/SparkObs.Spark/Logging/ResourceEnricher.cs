using Serilog.Core;
using Serilog.Events;

namespace SparkObs.Spark.Logging;

/// <summary>Adds the resource to events, as one property that is made once.</summary>
internal sealed class ResourceEnricher(LogResource resource) : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        var identity = resource.Current;
        if (!identity.IsEmpty)
            logEvent.AddPropertyIfAbsent(identity.Property);
    }
}
