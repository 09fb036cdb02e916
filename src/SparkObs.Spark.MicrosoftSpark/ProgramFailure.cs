using System.Diagnostics;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>An exception on a span, by OpenTelemetry's conventions. Its stack is in the program's log.</summary>
internal static class ProgramFailure
{
    public static void Note(Activity? activity, Exception exception)
    {
        if (activity is null)
            return;
        var type = exception.GetType().FullName ?? exception.GetType().Name;
        activity.SetStatus(ActivityStatusCode.Error, exception.Message.Split('\n')[0].TrimEnd('\r'));
        activity.SetTag(SparkAttributes.ErrorType.Name, type);
        activity.AddEvent(new ActivityEvent("exception", tags: new ActivityTagsCollection
        {
            ["exception.type"] = type,
            ["exception.message"] = exception.Message,
        }));
    }
}
