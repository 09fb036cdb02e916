using System.Diagnostics;
using Microsoft.Spark.Sql;
using Microsoft.Spark.Sql.Streaming;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark;

/// <summary>Micro-batches that a program of .NET for Apache Spark works on itself.</summary>
public static class ForeachBatchTracing
{
    /// <summary>
    /// As <see cref="DataStreamWriter.ForeachBatch"/>, with the jobs and SQL executions that <paramref name="batch"/> starts below the
    /// micro-batch's span. Without it they would stand below the application: the delegate runs on a thread that knows nothing of the
    /// stream. Around the delegate is a span, a child of the batch's; it tells its exception, if it throws one.
    /// </summary>
    /// <param name="writer">The stream's writer.</param>
    /// <param name="batch">What to do with a batch and its id.</param>
    /// <param name="name">The name of the span around it.</param>
    /// <returns><paramref name="writer"/>.</returns>
    public static DataStreamWriter TraceForeachBatch(this DataStreamWriter writer, Action<DataFrame, long> batch, string name = "foreach batch")
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(batch);
        return writer.ForeachBatch((frame, id) => Run(frame, id, batch, name));
    }

    private static void Run(DataFrame frame, long id, Action<DataFrame, long> batch, string name)
    {
        var scope = ThreadScope.OfBatch(frame.Reference, id, out var parent);
        using var activity = Start(name, parent);
        activity?.SetTag(SparkAttributes.BatchId.Name, id);
        try
        {
            batch(frame, id);
        }
        catch (Exception e)
        {
            ProgramFailure.Note(activity, e);
            throw;
        }
        finally
        {
            scope.Leave();
        }
    }

    private static Activity? Start(string name, string? parent) => ActivityContext.TryParse(parent, null, isRemote: true, out var batch)
        ? ProgramSpans.Source.StartActivity(name, ActivityKind.Internal, batch)
        : ProgramSpans.Source.StartActivity(name);
}
