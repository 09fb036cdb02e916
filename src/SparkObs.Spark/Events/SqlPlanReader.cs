namespace SparkObs.Spark.Events;

/// <summary>Reads Spark's <c>sparkPlanInfo</c>, without recursion: a plan may be nested deeper than our stack is.</summary>
internal static class SqlPlanReader
{
    /// <summary>The plan's nodes; its text stands elsewhere in the event.</summary>
    public static SqlPlan Read(ref EventJson json)
    {
        if (!json.EnterObject())
            return SqlPlan.None;

        var nodes = new List<SqlPlanNode>();
        var open = new Stack<int>();
        var count = 0;
        Open(nodes, open, ref count);
        var inNode = true;
        while (open.Count > 0)
        {
            if (!inNode)
            {
                // In the array of a node's children: the next child, or back to the node.
                if (json.NextObject())
                    Open(nodes, open, ref count);
                inNode = true;
            }
            else if (!json.NextProperty())
            {
                open.Pop();
                inNode = false;
            }
            else if (json.Is("children"u8))
            {
                inNode = !json.EnterArray();
            }
            else
            {
                ReadField(ref json, nodes, open.Peek());
            }
        }

        return new SqlPlan { Nodes = nodes, NodeCount = count };
    }

    private static void Open(List<SqlPlanNode> nodes, Stack<int> open, ref int count)
    {
        if (count < EventLimits.PlanNodes)
            nodes.Add(new SqlPlanNode(open.Count, "", "", []));
        open.Push(count++);
    }

    private static void ReadField(ref EventJson json, List<SqlPlanNode> nodes, int index)
    {
        if (index >= nodes.Count)
            json.Skip();
        else if (json.Is("nodeName"u8))
            nodes[index] = nodes[index] with { NodeName = json.Name() ?? "" };
        else if (json.Is("simpleString"u8))
            nodes[index] = nodes[index] with { Text = json.Text(EventLimits.PlanNode) ?? "" };
        else if (json.Is("metrics"u8))
            nodes[index] = nodes[index] with { Metrics = ReadMetrics(ref json) };
        else
            json.Skip();
    }

    public static IReadOnlyList<SqlMetric> ReadMetrics(ref EventJson json)
    {
        if (!json.EnterArray())
            return [];
        List<SqlMetric>? metrics = null;
        while (json.NextObject())
        {
            string? name = null, type = null;
            long? id = null;
            while (json.NextProperty())
            {
                if (json.Is("name"u8))
                    name = json.Name();
                else if (json.Is("accumulatorId"u8))
                    id = json.Int64();
                else if (json.Is("metricType"u8))
                    type = json.Name();
                else
                    json.Skip();
            }

            if (id is { } i && (metrics?.Count ?? 0) < EventLimits.ListItems)
                (metrics ??= []).Add(new SqlMetric(name ?? "", i, type ?? ""));
        }

        return metrics ?? (IReadOnlyList<SqlMetric>)[];
    }
}
