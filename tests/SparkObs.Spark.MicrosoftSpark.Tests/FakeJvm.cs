using System.Collections.Concurrent;
using Microsoft.Spark;
using Microsoft.Spark.Interop.Ipc;
using Microsoft.Spark.Sql;

namespace SparkObs.Spark.Tests;

/// <summary>
/// A driver's JVM as Microsoft.Spark reaches it: a thread for each of .NET's, at most seven calls at a time, and, where it has the jar,
/// the scopes of jvm-shim, of which its own tests tell more.
/// </summary>
internal sealed class FakeJvm : IJvmBridge
{
    public const string Batch = "00-1ba9d79d40be3206b7004e987a7432b3-bc65331ada03b2b1-01";

    private readonly SemaphoreSlim backends = new(7);
    private readonly ConcurrentDictionary<int, Stack<(long Id, string Value)>> threads = new();
    private readonly ConcurrentDictionary<long, int> open = new();
    private long lastId;

    public HashSet<string> Classes { get; } =
        ["io.sparkobs.SparkObsPlugin", "io.sparkobs.SparkObsListener", "io.sparkobs.CallerScope", "io.sparkobs.BatchScope", "io.sparkobs.ThreadScope"];

    public Dictionary<string, string> Conf { get; } = [];

    public string SparkVersion { get; set; } = "3.5.3";

    public Exception? Failure { get; set; }

    public ConcurrentQueue<string> Calls { get; } = new();

    public SparkSession Session => new(new JvmObjectReference("session", this));

    public SparkContext Context => new(new JvmObjectReference("context", this));

    public DataFrame Frame => new(new JvmObjectReference("frame", this));

    public Builder Builder => new(new JvmObjectReference("builder", this));

    /// <summary>What a job would start with that this thread starts.</summary>
    public string? RunJob()
    {
        backends.Wait();
        try
        {
            Thread.Sleep(Random.Shared.Next(2));
            var thread = Served;
            lock (thread)
                return thread.TryPeek(out var top) ? top.Value : null;
        }
        finally
        {
            backends.Release();
        }
    }

    public JvmObjectReference CallConstructor(string className, object arg0)
    {
        Calls.Enqueue($"new {className}({arg0})");
        return new JvmObjectReference(className, this);
    }

    public object? CallStaticJavaMethod(string className, string methodName, object arg0) => Call(className, methodName, [arg0]);

    public object? CallStaticJavaMethod(string className, string methodName, object arg0, object arg1) => Call(className, methodName, [arg0, arg1]);

    public object? CallStaticJavaMethod(string className, string methodName, params object[] args) => Call(className, methodName, args);

    public object? CallNonStaticJavaMethod(JvmObjectReference jvmObject, string methodName, object arg0, object arg1)
    {
        Calls.Enqueue($"{jvmObject.Id}.{methodName}({arg0},{arg1})");
        return Conf.GetValueOrDefault((string)arg0, (string)arg1);
    }

    public void Dispose() => backends.Dispose();

    private Stack<(long Id, string Value)> Served => threads.GetOrAdd(Environment.CurrentManagedThreadId, static _ => []);

    private object? Call(string className, string methodName, object[] args)
    {
        backends.Wait();
        try
        {
            var name = $"{className[(className.LastIndexOf('.') + 1)..]}.{methodName}";
            Calls.Enqueue($"{name}({string.Join(',', args.Select(arg => arg is JvmObjectReference reference ? reference.Id : arg))})");
            if (Failure is not null)
                throw Failure;
            return name switch
            {
                "Utils.classIsLoadable" => Classes.Contains((string)args[0]),
                "DotnetRunner.SPARK_VERSION" => SparkVersion,
                "CallerScope.enter" => Enter((string)args[1]),
                "BatchScope.enter" => $"{Enter($"batch {args[1]}")} {Batch}",
                "ThreadScope.leave" => Leave((long)args[0]),
                _ => throw new InvalidOperationException(name),
            };
        }
        finally
        {
            backends.Release();
        }
    }

    private long Enter(string value)
    {
        var id = Interlocked.Increment(ref lastId);
        open[id] = Environment.CurrentManagedThreadId;
        var thread = Served;
        lock (thread)
            thread.Push((id, value));
        return id;
    }

    private object? Leave(long id)
    {
        if (!open.TryRemove(id, out var owner))
            return null;
        var thread = threads[owner];
        lock (thread)
        {
            var left = thread.Where(scope => scope.Id != id).Reverse().ToList();
            thread.Clear();
            left.ForEach(thread.Push);
        }
        return null;
    }
}
