using System.Reflection;

namespace SparkObs.Spark;

/// <summary>
/// The context of the task on this thread. Microsoft.Spark keeps it internal: its accessors are looked up once, and are delegates then.
/// </summary>
internal static class WorkerContext
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Func<object?>? Get;
    private static readonly Func<object, long>? TaskId;
    private static readonly Func<object, Dictionary<string, string>>? Properties;

    static WorkerContext()
    {
        try
        {
            var holder = Type.GetType("Microsoft.Spark.TaskContextHolder, Microsoft.Spark");
            if (holder?.GetMethod("Get", Any, []) is not { } get)
                return;
            TaskId = Getter<long>(get.ReturnType, "AttemptId");
            Properties = Getter<Dictionary<string, string>>(get.ReturnType, "LocalProperties");
            Get = get.CreateDelegate<Func<object?>>();
        }
        catch (Exception e)
        {
            TaskSpans.Warn($"this version of Microsoft.Spark does not tell its tasks ({e.Message}): there are no spans of UDFs");
        }
    }

    /// <summary>Null outside of a task, and outside of Microsoft.Spark.</summary>
    public static object? Current => Get?.Invoke();

    public static long TaskIdOf(object context) => TaskId!(context);

    public static IReadOnlyDictionary<string, string> PropertiesOf(object context) => Properties!(context);

    private static Func<object, T> Getter<T>(Type type, string property) =>
        (Func<object, T>)typeof(WorkerContext).GetMethod(nameof(GetterOf), Any)!.MakeGenericMethod(type, typeof(T))
            .Invoke(null, [type.GetProperty(property, Any)!.GetMethod])!;

    private static Func<object, T> GetterOf<TContext, T>(MethodInfo getter)
    {
        var typed = getter.CreateDelegate<Func<TContext, T>>();
        return context => typed((TContext)context);
    }
}
