using Serilog;
using Serilog.Events;
using SparkObs.Spark.Logging;
using SparkObs.Spark.Tests.Events;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Logging;

public class LogResourceTests
{
    private static readonly RunningApplication Running = new("app-9", "report", new Traceparent(new TraceId(1, 2), new SpanId(3), Sampled: true));

    [Fact]
    public void Variables_of_the_downward_api_win_over_files()
    {
        using var folder = Podinfo();
        Assert.Equal(
            new PodInfo { Pod = "pod-v", Namespace = "ns-v", Node = "node-v", Container = "container-v", AppId = "spark-v", AppName = "from-labels" },
            PodInfo.Read(Variables(("POD_NAME", "pod-v"), ("POD_NAMESPACE", "ns-v"), ("NODE_NAME", " node-v "), ("CONTAINER_NAME", "container-v"), ("SPARK_APPLICATION_ID", "spark-v")), folder.Path));
    }

    [Fact]
    public void Files_say_what_variables_do_not()
    {
        using var folder = Podinfo();
        Assert.Equal(
            new PodInfo { Pod = "pod-f", Namespace = "ns-f", AppId = "spark-1b2c", AppName = "from-labels" },
            PodInfo.Read(Variables(("POD_NAME", "")), folder.Path));
    }

    [Fact]
    public void What_nobody_says_is_missing()
    {
        Assert.Equal(new PodInfo(), PodInfo.Read(Variables(), "/nowhere"));
        Assert.Equal(new PodInfo(), PodInfo.Read(Variables(("HOSTNAME", "laptop")), "/nowhere"));
        using var folder = new TempFolder();
        folder.Write("labels", "nonsense\n=x\nspark-app-selector=\"\"\n"u8);
        folder.Write("name", new byte[100_000]);
        Assert.Equal(new PodInfo(), PodInfo.Read(Variables(), folder.Path));
    }

    [Fact]
    public void In_kubernetes_the_host_is_the_pod() =>
        Assert.Equal(new PodInfo { Pod = "driver-1" }, PodInfo.Read(Variables(("HOSTNAME", "driver-1"), ("KUBERNETES_SERVICE_HOST", "10.0.0.1")), "/nowhere"));

    [Fact]
    public void The_application_is_that_of_the_process_else_that_of_the_pod()
    {
        RunningApplication? running = null;
        var resource = new LogResource(new PodInfo { Pod = "p", AppId = "app-pod" }, null, [], () => running);
        Assert.Equal([new("spark.app.id", "app-pod"), new("k8s.pod.name", "p")], resource.Current.Attributes);
        Assert.Same(resource.Current, resource.Current);
        running = Running;
        Assert.Equal([new("service.name", "report"), new("spark.app.id", "app-9"), new("spark.app.name", "report"), new("k8s.pod.name", "p")], resource.Current.Attributes);
        Assert.Same(resource.Current, resource.Current);
        Assert.Equal("app-9", resource.Current.AppId);
    }

    [Fact]
    public void The_users_own_attributes_win()
    {
        var resource = LogResource.Read(Variables(("POD_NAME", "p"), ("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=q,team=data,service.name=x"), ("OTEL_SERVICE_NAME", "mine")), static () => null);
        Assert.Equal([new("k8s.pod.name", "q"), new("team", "data"), new("service.name", "mine")], resource.Current.Attributes);
    }

    [Fact]
    public void An_enriched_event_has_one_property()
    {
        var kept = new KeptEvents();
        using (var logger = new LoggerConfiguration().Enrich.With(new ResourceEnricher(LogEvents.Resource(Running))).WriteTo.Sink(kept).CreateLogger())
            logger.Information("{A}", 1);
        Assert.Equal(["A", "resource"], kept.Events.Single().Properties.Keys);
        Assert.Equal("""{ service.name: "report", spark.app.id: "app-9", spark.app.name: "report" }""", kept.Events.Single().Properties["resource"].ToString());
    }

    [Fact]
    public void Nothing_known_adds_nothing()
    {
        var kept = new KeptEvents();
        using (var logger = new LoggerConfiguration().Enrich.With(new ResourceEnricher(LogEvents.Resource())).WriteTo.Sink(kept).CreateLogger())
            logger.Information("{A}", 1);
        Assert.Equal(["A"], kept.Events.Single().Properties.Keys);
    }

    [Fact]
    public void Enriching_makes_no_garbage_while_the_event_has_room()
    {
        var enricher = new ResourceEnricher(LogEvents.Resource(Running));
        LogEvent[] events = [.. Enumerable.Range(0, 100).Select(_ => LogEvents.Of(LogEventLevel.Information, "x", ("A", 1), ("B", 2)))];
        enricher.Enrich(events[0], null!);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var e in events)
            enricher.Enrich(e, null!);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.All(events, e => Assert.Equal(3, e.Properties.Count));
    }

    private static TempFolder Podinfo()
    {
        var folder = new TempFolder();
        folder.Write("name", "pod-f\n"u8);
        folder.Write("namespace", "ns-f"u8);
        folder.Write("labels", "app=\"x\"\nspark-app-name=\"from-labels\"\nspark-app-selector=\"spark-1b2c\"\nspark-role=\"driver\""u8);
        return folder;
    }

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}
