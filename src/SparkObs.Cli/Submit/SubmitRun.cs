using System.Diagnostics.CodeAnalysis;
using System.Net;
using SparkObs.Spark.Bridge;

namespace SparkObs.Cli.Submit;

/// <summary>
/// Runs spark-submit with the plugin and a bridge. Whatever of ours fails, the job runs: it is said in one line, and spark-submit gets
/// the user's command line as it was.
/// </summary>
internal sealed class SubmitRun(SubmitOptions options, Terminal terminal)
{
    private const string UiUrlVariable = "SPARKOBS_UI_URL";
    private const string TraceparentVariable = "TRACEPARENT";

    /// <summary>As shells say it that a program is not there.</summary>
    private const int NotFound = 127;

    public async Task<int> RunAsync()
    {
        using var child = new ChildProcess();
        SparkInstallation spark;
        try
        {
            spark = SparkInstallation.Find(terminal.Variable);
        }
        catch (UserError e)
        {
            terminal.Note(e.Message);
            return NotFound;
        }
        var arguments = new SubmitArguments(options.SparkArguments);
        var job = arguments.IsAction ? null : await PrepareAsync(spark, arguments).ConfigureAwait(false);
        var code = await child.RunAsync(spark.Script, job?.Arguments ?? options.SparkArguments, job?.Environment ?? []).ConfigureAwait(false);
        if (job?.Live is { } live)
        {
            await using (live.ConfigureAwait(false))
                await live.FinishAsync(code, job.Trace).ConfigureAwait(false);
        }
        return code;
    }

    /// <summary>Null, with a line that says why: spark-submit is run untouched.</summary>
    private async Task<Job?> PrepareAsync(SparkInstallation spark, SubmitArguments arguments)
    {
        LiveBridge? live = null;
        try
        {
            var conf = new EffectiveConf(arguments, spark.Home, terminal.Variable);
            if (ReasonAgainst(spark, arguments, conf) is { } reason)
            {
                terminal.Note($"{reason}; the job is submitted as it is, without a trace");
                return null;
            }
            var token = BridgeToken.Random();
            live = options.Bridge is null ? LiveBridge.Start(options, terminal, token) : null;
            var wiring = new Wiring(conf, spark, (options.Jar ?? ShimJar.Find())!, options.Bridge ?? live!.Endpoint,
                terminal.Variable(TraceparentVariable), options.UiUrl ?? Given(UiUrlVariable));
            Announce(wiring, spark);
            return new Job(arguments.With(wiring.Added), live is null ? [] : [new(BridgeToken.Variable, token)], live, wiring.TraceUrl ?? wiring.Trace);
        }
        catch (Exception e)
        {
            terminal.Note($"{e.Message.TrimEnd('.')}; the job is submitted as it is, without a trace");
            if (live is not null)
                await live.DisposeAsync().ConfigureAwait(false);
            return null;
        }
    }

    private string? ReasonAgainst(SparkInstallation spark, SubmitArguments arguments, EffectiveConf conf)
    {
        if (arguments.Unknown is { } unknown)
            return $"spark-submit's option {unknown} is not known here";
        if (conf.IsRemote)
            return "the driver of a Spark Connect client runs in its server";
        if (spark.Version is not null && spark.Major < 3)
            return $"Spark {spark.Version} has no plugins; 3.0 is the first that has";
        if (options.Bridge is { } bridge && IsInTheClear(bridge, out var address))
            return $"--bridge {bridge} is not loopback, and the driver sends nothing there in the clear: use tls://{address}";
        if (options.Jar is null && ShimJar.Find() is null)
            return $"{ShimJar.FileName} is not beside the program, which was built without jvm-shim; --jar names one";
        if (!conf.IsCluster)
            return null;
        if (options.Bridge is null)
            return "with --deploy-mode cluster the driver runs elsewhere and needs a bridge there: name it with --bridge host:port";
        // YARN brings the jar to the driver; others look for it where they run.
        return options.Jar is null && conf.Master?.StartsWith("yarn", StringComparison.Ordinal) != true
            ? "with --deploy-mode cluster the driver needs the jar there: name it with --jar, as local:///opt/sparkobs/sparkobs-shim.jar"
            : null;
    }

    /// <summary>What a name stands for only the driver's machine knows, and it looks.</summary>
    private static bool IsInTheClear(string bridge, [NotNullWhen(true)] out IPEndPoint? address) =>
        IPEndPoint.TryParse(bridge.StartsWith("tcp://", StringComparison.Ordinal) ? bridge["tcp://".Length..] : bridge, out address) && !IPAddress.IsLoopback(address.Address);

    private void Announce(Wiring wiring, SparkInstallation spark)
    {
        if (wiring.WrongTraceparent is { } wrong)
            terminal.Note($"the traceparent '{wrong}' is not of W3C's form and is not used");
        if (spark.Version is null)
            terminal.Note("Spark's version cannot be told; the plugin is left out, and only the driver's listener is used");
        terminal.Note($"trace {wiring.TraceUrl ?? wiring.Trace}" + (wiring.TraceUrl is null ? "" : $" ({wiring.Trace})")
            + (wiring.Unsampled ? "; its caller does not sample: no spans are sent" : ""));
    }

    private string? Given(string variable) => terminal.Variable(variable) is { Length: > 0 } value ? value : null;

    /// <param name="Trace">Its page, or its id.</param>
    private sealed record Job(IReadOnlyList<string> Arguments, IReadOnlyList<KeyValuePair<string, string>> Environment, LiveBridge? Live, string Trace);
}
