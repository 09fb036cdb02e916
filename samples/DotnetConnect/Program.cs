// A client of Spark Connect, whose operations stand below its own spans: one line, the tag. The client is as small as it can be; with
// another one for .NET it is the same tag, wherever that adds tags to an operation or a session.
//   dotnet run -- http://localhost:15002 "SELECT id % 3 AS k, count(*) FROM range(100) GROUP BY 1"
using System.Diagnostics;
using DotnetConnect;
using Grpc.Core;
using Grpc.Net.Client;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SparkObs.Spark;

var address = args.Length > 0 ? args[0] : "http://localhost:15002";
var query = args.Length > 1 ? args[1] : "SELECT id % 3 AS k, count(*) FROM range(100) GROUP BY 1";

using var source = new ActivitySource("DotnetConnect");
using var tracing = Sdk.CreateTracerProviderBuilder().ConfigureResource(resource => resource.AddService(source.Name)).AddSource(source.Name).AddOtlpExporter().Build();
using var channel = GrpcChannel.ForAddress(address);
var spark = new SparkConnectService.SparkConnectServiceClient(channel);

using (var activity = source.StartActivity("daily report", ActivityKind.Client))
{
    var request = new ExecutePlanRequest
    {
        SessionId = Guid.NewGuid().ToString(),
        UserContext = new UserContext { UserId = Environment.UserName },
        Plan = new Plan { Root = new Relation { Sql = new Sql { Query = query } } },
    };
    if (TraceTag.Current is { } tag)
        request.Tags.Add(tag);

    var rows = 0L;
    using var call = spark.ExecutePlan(request);
    await foreach (var response in call.ResponseStream.ReadAllAsync())
        rows += response.ArrowBatch?.RowCount ?? 0;
    Console.WriteLine($"{rows} rows; trace {activity?.TraceId}");
}
