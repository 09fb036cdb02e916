package io.sparkobs;

import io.sparkobs.calls.CallsPlugin;
import io.sparkobs.calls.TaskHooks;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;

/**
 * The executor side: tells {@code io.sparkobs.calls} of tasks, and gives tasks of RDD jobs the ids that tasks of SQL jobs
 * have in their local properties, so that a Python or .NET worker can compute its parent. A throw from {@code init} would
 * end the executor, and Spark would start another, for ever.
 */
final class OnExecutor implements ExecutorPlugin {
    private static final MethodHandle LOCAL_PROPERTIES = Handles.object(TaskContext.class, "getLocalProperties");

    /** Null in local mode, where all tasks of a job share one object, and where nothing was configured. */
    private String id;

    private String traceId;

    /** Null until Spark has started us, or when that failed. */
    private TaskHooks tasks;

    private CallsPlugin calls;

    @Override
    public void init(PluginContext context, Map<String, String> extraConf) {
        try {
            SparkConf conf = context.conf();
            if (!ShimConf.isLocal(conf)) {
                id = conf.get(ShimConf.ID, null);
                traceId = conf.get(ShimConf.TRACE_ID, null);
            }
        } catch (Throwable failure) {
            Log.failure("starting on an executor", failure);
        }
        try {
            calls = CallsPlugin.onExecutor(context);
            tasks = CallsPlugin.taskHooks(context.conf());
        } catch (Throwable failure) {
            Log.failure("starting to see calls", failure);
        }
    }

    /** Since Spark 3.1; on the task's own thread, before its work begins. */
    @Override
    public void onTaskStart() {
        try {
            TaskContext task = TaskContext.get();
            if (task == null) {
                return;
            }
            setIds(task);
            if (tasks != null) {
                tasks.start(task);
            }
        } catch (Throwable failure) {
            Log.failure("preparing a task", failure);
        }
    }

    private void setIds(TaskContext task) throws Throwable {
        if (id == null || traceId == null) {
            return;
        }
        Properties properties = (Properties) (Object) LOCAL_PROPERTIES.invokeExact((Object) task);
        if (properties != null) {
            properties.putIfAbsent(ShimConf.ID, id);
            properties.putIfAbsent(ShimConf.TRACE_ID, traceId);
        }
    }

    @Override
    public void onTaskSucceeded() {
        endTask();
    }

    /** Also for killed tasks, and for some that never started. */
    @Override
    public void onTaskFailed(TaskFailedReason reason) {
        endTask();
    }

    private void endTask() {
        try {
            if (tasks != null) {
                tasks.ended();
            }
        } catch (Throwable failure) {
            Log.failure("closing a task", failure);
        }
    }

    @Override
    public void shutdown() {
        try {
            if (calls != null) {
                calls.stop();
            }
        } catch (Throwable failure) {
            Log.failure("stopping on an executor", failure);
        }
    }
}
