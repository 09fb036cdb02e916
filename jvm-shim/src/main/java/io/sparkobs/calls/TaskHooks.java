package io.sparkobs.calls;

import io.sparkobs.Log;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;

/** A task's start and end, as the executor's plugin is told of them on the task's own thread. */
public final class TaskHooks {
    private final TaskMdc mdc;
    private final ThreadLocal<Running> running = new ThreadLocal<>();

    private TaskHooks(TaskMdc mdc) {
        this.mdc = mdc;
    }

    static TaskHooks of(SparkConf conf) {
        return new TaskHooks(TaskMdc.of(conf));
    }

    /** What the end needs: the TaskContext is gone by then. */
    private static final class Running {
        /** Null while calls are off. */
        Recorder recorder;

        CallGroup task;

        /** Null where no file system is recorded. */
        FsBytes bytes;

        /** Null where nothing was put. */
        String[] mdcBefore;
    }

    public void start(TaskContext task) {
        ended();
        Running started = new Running();
        running.set(started);
        try {
            if (mdc != null) {
                started.mdcBefore = mdc.put(task);
            }
        } catch (Throwable failure) {
            Log.failure("putting a task's ids into the logging context", failure);
        }
        try {
            Recorder recorder = Calls.recorder();
            if (recorder != null) {
                started.recorder = recorder;
                started.task = recorder.taskStarted(task.taskAttemptId(), task.stageId(), task.stageAttemptNumber());
                started.bytes = FsBytes.ofThread(recorder.conf);
                if (recorder.conf.jdbc && task.getLocalProperty(Recorder.EXECUTION_ID) != null) {
                    JdbcHook.install();
                }
            }
        } catch (Throwable failure) {
            Log.failure("preparing a task for calls", failure);
        }
    }

    /** May come without a start. */
    public void ended() {
        Running ended = running.get();
        if (ended == null) {
            return;
        }
        running.remove();
        try {
            if (ended.bytes != null) {
                ended.bytes.addTo(ended.task);
            }
            if (ended.task != null) {
                ended.recorder.taskEnded(ended.task);
            }
        } catch (Throwable failure) {
            Log.failure("sending a task's calls", failure);
        }
        try {
            if (ended.mdcBefore != null) {
                TaskMdc.restore(ended.mdcBefore);
            }
        } catch (Throwable failure) {
            Log.failure("clearing the logging context", failure);
        }
    }
}
