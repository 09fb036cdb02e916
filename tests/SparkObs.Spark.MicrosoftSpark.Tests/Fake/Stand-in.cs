// So much of Microsoft.Spark as the adapter calls, over whatever IJvmBridge a test has.
using Microsoft.Spark.Interop.Ipc;

namespace Microsoft.Spark
{
    public sealed class SparkContext(JvmObjectReference reference) : IJvmObjectReferenceProvider
    {
        public JvmObjectReference Reference => reference;
    }

    /// <summary>Of the worker; internal there, too.</summary>
    internal sealed class TaskContext
    {
        internal long AttemptId { get; set; }

        internal Dictionary<string, string> LocalProperties { get; set; } = [];
    }

    internal static class TaskContextHolder
    {
        [ThreadStatic]
        internal static TaskContext? Running;

        internal static TaskContext? Get() => Running;
    }

    /// <summary>For tests, which do not see what is internal.</summary>
    public static class Worker
    {
        public static void Run(long taskId, Dictionary<string, string> properties, Action work)
        {
            TaskContextHolder.Running = new TaskContext { AttemptId = taskId, LocalProperties = properties };
            try
            {
                work();
            }
            finally
            {
                TaskContextHolder.Running = null;
            }
        }
    }
}

namespace Microsoft.Spark.Interop.Ipc
{
    public interface IJvmBridge : IDisposable
    {
        JvmObjectReference CallConstructor(string className, object arg0);

        object? CallStaticJavaMethod(string className, string methodName, object arg0);

        object? CallStaticJavaMethod(string className, string methodName, object arg0, object arg1);

        object? CallStaticJavaMethod(string className, string methodName, params object[] args);

        object? CallNonStaticJavaMethod(JvmObjectReference jvmObject, string methodName, object arg0, object arg1);
    }

    public interface IJvmObjectReferenceProvider
    {
        JvmObjectReference Reference { get; }
    }

    public sealed class JvmObjectReference(string id, IJvmBridge jvm) : IJvmObjectReferenceProvider
    {
        public string Id => id;

        public IJvmBridge Jvm => jvm;

        JvmObjectReference IJvmObjectReferenceProvider.Reference => this;

        public object? Invoke(string methodName, object arg0, object arg1) => jvm.CallNonStaticJavaMethod(this, methodName, arg0, arg1);
    }
}

namespace Microsoft.Spark.Sql
{
    public sealed class Builder(JvmObjectReference reference) : IJvmObjectReferenceProvider
    {
        private readonly Dictionary<string, string> _options = [];

        public JvmObjectReference Reference => reference;

        public IReadOnlyDictionary<string, string> Options => _options;

        public Builder Config(string key, string value)
        {
            _options[key] = value;
            return this;
        }
    }

    public sealed class SparkSession(JvmObjectReference reference) : IJvmObjectReferenceProvider
    {
        public JvmObjectReference Reference => reference;
    }

    public sealed class DataFrame(JvmObjectReference reference) : IJvmObjectReferenceProvider
    {
        public JvmObjectReference Reference => reference;
    }
}

namespace Microsoft.Spark.Sql.Streaming
{
    public sealed class DataStreamWriter
    {
        public Action<DataFrame, long>? Callback { get; private set; }

        public DataStreamWriter ForeachBatch(Action<DataFrame, long> func)
        {
            Callback = func;
            return this;
        }
    }
}
