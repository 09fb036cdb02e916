package io.sparkobs;

import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;

/**
 * The executor side: gives tasks of RDD jobs the ids that tasks of SQL jobs have in their local properties, so that a
 * Python or .NET worker can compute its parent. A throw from {@code init} would end the executor, and Spark would start
 * another, for ever.
 */
final class OnExecutor implements ExecutorPlugin {
    private static final MethodHandle LOCAL_PROPERTIES = Handles.object(TaskContext.class, "getLocalProperties");

    /** Null in local mode, where all tasks of a job share one object, and where nothing was configured. */
    private String id;

    private String traceId;

    @Override
    public void init(PluginContext context, Map<String, String> extraConf) {
        try {
            SparkConf conf = context.conf();
            String master = conf.get("spark.master", "");
            if (!master.startsWith("local") || master.startsWith("local-cluster")) {
                id = conf.get(ShimConf.ID, null);
                traceId = conf.get(ShimConf.TRACE_ID, null);
            }
        } catch (Throwable failure) {
            Log.failure("starting on an executor", failure);
        }
    }

    /** Since Spark 3.1; on the task's own thread, before its work begins. */
    @Override
    public void onTaskStart() {
        try {
            TaskContext task = TaskContext.get();
            if (id == null || traceId == null || task == null) {
                return;
            }
            Properties properties = (Properties) (Object) LOCAL_PROPERTIES.invokeExact((Object) task);
            if (properties != null) {
                properties.putIfAbsent(ShimConf.ID, id);
                properties.putIfAbsent(ShimConf.TRACE_ID, traceId);
            }
        } catch (Throwable failure) {
            Log.failure("preparing a task", failure);
        }
    }
}
