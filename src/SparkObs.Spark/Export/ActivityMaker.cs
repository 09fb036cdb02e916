using System.Diagnostics;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Export;

/// <summary>Makes an Activity of a finished span, with all that the span has. The caller stops it.</summary>
/// <param name="givesIds">Whether it gets the span's id; else a random one, and links say what belongs together.</param>
internal sealed class ActivityMaker(ActivitySource source, bool givesIds)
{
    /// <summary>Where ids are random: the id that the span would have.</summary>
    public const string SpanIdKey = "sparkobs.span_id";

    /// <summary>Where ids are random: the type of the link to the id that the parent would have.</summary>
    public const string ParentLink = "parent";

    /// <summary>What only an application's resource says.</summary>
    private static readonly HashSet<string> OfApplication =
        [SparkAttributes.AppId.Name, SparkAttributes.AppName.Name, SparkAttributes.AppAttemptId.Name, SparkAttributes.SparkVersion.Name];

    private static readonly long MaxMs = (long)(DateTime.MaxValue - DateTime.UnixEpoch).TotalMilliseconds - 1;

    /// <summary>That of the batch before: it may be the same application's.</summary>
    private SpanResource resource = SpanResource.Empty;
    private SpanAttribute[] ofApplication = [];
    private string? appId;

    public bool GivesIds => givesIds;

    /// <returns>Null where nobody wants it.</returns>
    public Activity? Make(SpanBatch batch, in SpanRecord span)
    {
        Know(batch.Resource);
        var hasParent = !span.Parent.IsNone && (givesIds || span.ParentIsRemote);
        var parent = new ActivityContext(
            span.Trace.ToActivity(), hasParent ? span.Parent.ToActivity() : default, ActivityTraceFlags.Recorded, isRemote: hasParent && span.ParentIsRemote);
        var activity = source.CreateActivity(span.Name, KindOf(span.Kind), parent, tags: null, Links(batch, span, hasParent), ActivityIdFormat.W3C);
        if (activity is null)
            return null;
        activity.SetStartTime(TimeOf(span.StartMs, span.StartNanos));
        if (givesIds)
            ActivityIds.Give(activity, span.Id);
        else
            Start(activity, span.Id);
        foreach (ref readonly var attribute in batch.Attributes(span))
            activity.SetTag(attribute.Key.Name, ValueOf(attribute));
        SetResource(activity, span.Name);
        foreach (ref readonly var e in batch.Events(span))
            activity.AddEvent(new ActivityEvent(e.Name, new DateTimeOffset(TimeOf(e.TimeMs, 0)), Tags(batch.Attributes(e))));
        if (span.Status != SpanStatus.Unset)
            activity.SetStatus(span.Status == SpanStatus.Ok ? ActivityStatusCode.Ok : ActivityStatusCode.Error, span.StatusMessage);
        activity.SetEndTime(TimeOf(span.EndMs, span.EndNanos));
        return activity;
    }

    /// <summary>Its random id comes with its start, which makes it the current one, and a child of the one before.</summary>
    private static void Start(Activity activity, SpanId id)
    {
        activity.SetTag(SpanIdKey, id.ToString());
        Activity.Current = null;
        activity.Start();
    }

    private static List<ActivityLink>? Links(SpanBatch batch, in SpanRecord span, bool hasParent)
    {
        var links = batch.Links(span);
        var needsParent = !hasParent && !span.Parent.IsNone;
        if (links.Length == 0 && !needsParent)
            return null;
        var made = new List<ActivityLink>(links.Length + 1);
        if (needsParent)
            made.Add(new ActivityLink(Context(span.Trace, span.Parent), new() { [SparkAttributes.LinkType.Name] = ParentLink }));
        foreach (ref readonly var link in links)
            made.Add(new ActivityLink(Context(link.Trace, link.Id), Tags(batch.Attributes(link))));
        return made;
    }

    private static ActivityContext Context(TraceId trace, SpanId id) => new(trace.ToActivity(), id.ToActivity(), ActivityTraceFlags.Recorded);

    private static ActivityTagsCollection Tags(ReadOnlySpan<SpanAttribute> attributes)
    {
        var tags = new ActivityTagsCollection();
        foreach (ref readonly var attribute in attributes)
            tags[attribute.Key.Name] = ValueOf(attribute);
        return tags;
    }

    /// <summary>
    /// The provider's resource is the program's, so what only an application's resource says stands on its own span, and its id on all.
    /// </summary>
    private void SetResource(Activity activity, string name)
    {
        if (name is SpanNames.Application or SpanNames.ApplicationStarted)
        {
            foreach (var attribute in ofApplication)
                activity.SetTag(attribute.Key.Name, attribute.AsString);
        }
        else if (appId is not null)
        {
            activity.SetTag(SparkAttributes.AppId.Name, appId);
        }
    }

    private void Know(SpanResource current)
    {
        if (ReferenceEquals(resource, current))
            return;
        resource = current;
        ofApplication = [.. current.Attributes.Where(attribute => OfApplication.Contains(attribute.Key.Name))];
        appId = Array.Find(ofApplication, static attribute => attribute.Key.Name == SparkAttributes.AppId.Name).AsString;
    }

    private static object ValueOf(in SpanAttribute attribute) => attribute.Type switch
    {
        AttributeType.String => attribute.AsString,
        AttributeType.Int => attribute.AsInt,
        AttributeType.Double => attribute.AsDouble,
        AttributeType.Bool => attribute.AsBool,
        AttributeType.StringArray => attribute.AsStringArray,
        _ => attribute.AsIntArray,
    };

    private static ActivityKind KindOf(SpanKind kind) => kind switch
    {
        SpanKind.Server => ActivityKind.Server,
        SpanKind.Client => ActivityKind.Client,
        _ => ActivityKind.Internal,
    };

    /// <summary>A tick is 100 ns; a call's clock is no finer than 1,000. What no calendar has (a broken log) is its end.</summary>
    private static DateTime TimeOf(long ms, int nanos) =>
        DateTime.UnixEpoch.AddTicks(Math.Clamp(ms, 0, MaxMs) * TimeSpan.TicksPerMillisecond + nanos / 100);
}
