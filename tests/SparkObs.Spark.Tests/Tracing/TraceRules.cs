using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Tracing;

/// <summary>What holds for every trace, whatever the log was.</summary>
internal static class TraceRules
{
    public static void AssertHold(Trace trace)
    {
        var spans = trace.Spans;
        var byId = spans.ToLookup(span => span.Id);
        Assert.Empty(byId.Where(same => same.Count() > 1).Select(same => same.First().Name));
        Assert.Equal(spans.Count, trace.Counters.Spans);
        foreach (var span in spans)
        {
            Assert.True((span.StartMs, span.Nanos.Start).CompareTo((span.EndMs, span.Nanos.End)) <= 0, span.Name);
            if (!span.Parent.IsNone && !span.ParentIsRemote)
            {
                var parent = Assert.Single(byId[span.Parent]);
                Assert.Equal(parent.Trace, span.Trace);
                var within = parent.StartMs <= span.StartMs && span.EndMs <= parent.EndMs;
                Assert.True(
                    within || span[SparkAttributes.OutsideParent] is true || parent[SparkAttributes.ChildrenOutside] is true,
                    $"{span.Name} {span.StartMs}..{span.EndMs} reaches beyond {parent.Name} {parent.StartMs}..{parent.EndMs} and does not say so");
            }
            foreach (var link in span.Links.Where(link => link.Attributes[0].Value is not LinkTypes.Caller))
                Assert.Equal(link.Trace, Assert.Single(byId[link.Id]).Trace);
            Assert.Equal(span.Attributes.Count, span.Attributes.DistinctBy(attribute => attribute.Key).Count());
        }
        if (spans.Count > 0)
            Assert.Equal(SpanNames.Application, spans[^1].Name);
    }
}
