// Signatures of Microsoft.Spark 2.x, so far as this repository uses them, to compile against; nothing here runs. See Microsoft.Spark.props.
using System.Runtime.CompilerServices;
using Microsoft.Spark.Interop.Ipc;

[assembly: ReferenceAssembly]

namespace Microsoft.Spark
{
    public sealed class SparkContext : IJvmObjectReferenceProvider
    {
        public JvmObjectReference Reference => throw null;
    }
}

namespace Microsoft.Spark.Interop.Ipc
{
    public interface IJvmBridge : IDisposable
    {
        JvmObjectReference CallConstructor(string className, object arg0);

        object CallStaticJavaMethod(string className, string methodName, object arg0);

        object CallStaticJavaMethod(string className, string methodName, object arg0, object arg1);

        object CallStaticJavaMethod(string className, string methodName, params object[] args);
    }

    public interface IJvmObjectReferenceProvider
    {
        JvmObjectReference Reference { get; }
    }

    public sealed class JvmObjectReference : IJvmObjectReferenceProvider
    {
        private JvmObjectReference() => throw null;

        public IJvmBridge Jvm => throw null;

        JvmObjectReference IJvmObjectReferenceProvider.Reference => throw null;

        public object Invoke(string methodName, object arg0, object arg1) => throw null;
    }
}

namespace Microsoft.Spark.Sql
{
    public sealed class Builder : IJvmObjectReferenceProvider
    {
        private Builder() => throw null;

        public JvmObjectReference Reference => throw null;

        public Builder AppName(string appName) => throw null;

        public Builder Config(string key, string value) => throw null;

        public SparkSession GetOrCreate() => throw null;
    }

    public sealed class SparkSession : IDisposable, IJvmObjectReferenceProvider
    {
        private SparkSession() => throw null;

        public JvmObjectReference Reference => throw null;

        public static Builder Builder() => throw null;

        public DataFrame Sql(string sqlText) => throw null;

        public DataFrame Range(long start, long end, long step, int numPartitions) => throw null;

        public Streaming.DataStreamReader ReadStream() => throw null;

        public void Stop() => throw null;

        public void Dispose() => throw null;
    }

    public sealed class Column
    {
        private Column() => throw null;
    }

    public sealed class DataFrame : IJvmObjectReferenceProvider
    {
        private DataFrame() => throw null;

        public JvmObjectReference Reference => throw null;

        public DataFrame WithColumn(string colName, Column col) => throw null;

        public RelationalGroupedDataset GroupBy(string column, params string[] columns) => throw null;

        public DataFrameWriter Write() => throw null;

        public Streaming.DataStreamWriter WriteStream() => throw null;

        public void CreateOrReplaceTempView(string viewName) => throw null;

        public long Count() => throw null;
    }

    public sealed class RelationalGroupedDataset
    {
        private RelationalGroupedDataset() => throw null;

        public DataFrame Count() => throw null;
    }

    public sealed class DataFrameWriter
    {
        private DataFrameWriter() => throw null;

        public DataFrameWriter Mode(string saveMode) => throw null;

        public void Parquet(string path) => throw null;
    }

    public static class Functions
    {
        public static Column Col(string columnName) => throw null;

        public static Func<Column, Column> Udf<T, TResult>(Func<T, TResult> udf) => throw null;
    }
}

namespace Microsoft.Spark.Sql.Streaming
{
    public sealed class DataStreamReader
    {
        private DataStreamReader() => throw null;

        public DataStreamReader Format(string source) => throw null;

        public DataStreamReader Option(string key, long value) => throw null;

        public DataFrame Load() => throw null;
    }

    public sealed class DataStreamWriter
    {
        private DataStreamWriter() => throw null;

        public DataStreamWriter QueryName(string queryName) => throw null;

        public DataStreamWriter ForeachBatch(Action<DataFrame, long> func) => throw null;

        public StreamingQuery Start(string path = null) => throw null;
    }

    public sealed class StreamingQuery
    {
        private StreamingQuery() => throw null;

        public bool AwaitTermination(long timeoutMs) => throw null;

        public void Stop() => throw null;
    }
}
