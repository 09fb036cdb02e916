package io.sparkobs.calls;

import io.sparkobs.Redaction;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.apache.spark.TaskContext;

/** Everything that calls need in one JVM, from a plugin's start to its end: who makes them, what is kept, and its way out. */
class Recorder {
    /** SQL executions whose calls outside tasks one second tells apart; those of further ones are the application's. */
    private static final int MAX_OUTSIDE = 100;

    static final String EXECUTION_ID = "spark.sql.execution.id";

    final CallsConf conf;
    final boolean isDriver;
    final S3Owners owners = new S3Owners();

    private final CallSink sink;
    private final CallLines lines;

    /** The driver's: answers a local property of the calling thread. On executors null. */
    private final UnaryOperator<String> localProperties;

    private final Map<Long, CallGroup> tasks = new ConcurrentHashMap<>();

    /** Of the second that goes on; by what tells groups apart. */
    private Map<String, CallGroup> outside = new LinkedHashMap<>();

    private final AtomicLong outsideSequence = new AtomicLong();

    /** Calls on lines that found no room. */
    private final AtomicLong lost = new AtomicLong();

    Recorder(CallsConf conf, String executorId, Redaction redaction, CallSink sink, UnaryOperator<String> localProperties) {
        this.conf = conf;
        this.sink = sink;
        this.localProperties = localProperties;
        isDriver = localProperties != null;
        lines = new CallLines(executorId, redaction);
    }

    Call begin(CallKind kind, String name) {
        Call call = new Call(this, kind, name);
        call.task = taskOfThread();
        if (call.task == null) {
            placeOutside(call);
        }
        return call;
    }

    /** The running task that the calling thread works for, or null. */
    CallGroup taskOfThread() {
        TaskContext context = TaskContext.get();
        return context == null ? null : tasks.get(context.taskAttemptId());
    }

    /** The task, when one alone runs here; else null. */
    CallGroup onlyTask() {
        for (CallGroup task : tasks.values()) {
            return tasks.size() == 1 ? task : null;
        }
        return null;
    }

    private void placeOutside(Call call) {
        String execution = isDriver ? localProperties.apply(EXECUTION_ID) : null;
        if (execution != null) {
            try {
                call.executionId = Long.parseLong(execution);
            } catch (NumberFormatException notSparks) {
                // The application's, then.
            }
        }
        call.unowned = !isDriver;
    }

    CallGroup taskStarted(long taskId, int stageId, int stageAttempt) {
        CallGroup task = CallGroup.task(taskId, stageId, stageAttempt);
        tasks.put(taskId, task);
        return task;
    }

    void taskEnded(CallGroup task) {
        tasks.remove(task.taskId, task);
        owners.forget(task);
        // One line of a task at a time: the last one closes it.
        synchronized (task) {
            CallGroup.Contents contents = task.close();
            if (contents != null) {
                send(task, contents, true);
            }
        }
    }

    void record(Call call) {
        CallGroup task = call.task;
        if (task != null && task.add(call, conf.threshold)) {
            return;
        }
        // A thread that outlived its task made it: below the task's span it would stand after its end.
        boolean unowned = call.unowned || task != null;
        long execution = unowned ? -1 : call.executionId;
        synchronized (this) {
            String key = unowned ? "executor" : Long.toString(execution);
            CallGroup group = outside.get(key);
            if (group == null && outside.size() >= MAX_OUTSIDE) {
                execution = -1;
                key = Long.toString(execution);
                group = outside.get(key);
            }
            if (group == null) {
                group = CallGroup.outside(execution, unowned);
                outside.put(key, group);
            }
            group.add(call, conf.threshold);
        }
    }

    /** Every second, and at the end: what was seen outside tasks, and of running tasks what need not wait. */
    void flush() {
        Map<String, CallGroup> groups;
        synchronized (this) {
            groups = outside;
            outside = new LinkedHashMap<>();
        }
        for (CallGroup group : groups.values()) {
            CallGroup.Contents contents = group.close();
            if (contents != null) {
                send(group, contents, false);
            }
        }
        for (CallGroup task : tasks.values()) {
            synchronized (task) {
                List<Call> early = task.takeEarly();
                if (!early.isEmpty()) {
                    send(task, new CallGroup.Contents(early, Collections.emptyList(), 0), false);
                }
            }
        }
    }

    private void send(CallGroup group, CallGroup.Contents contents, boolean last) {
        lines.write(group, contents, last, group.taskId >= 0 ? null : outsideSequence, lost, sink);
    }
}
