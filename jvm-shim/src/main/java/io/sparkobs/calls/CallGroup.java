package io.sparkobs.calls;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The calls of one task, or those that one second saw outside tasks under one SQL execution: a bounded number of them as
 * they are, failed and slow ones first, the rest by name. Used by the task's threads and by those that work for it.
 */
final class CallGroup {
    /** Spans of calls below one task: enough to see what it waited for, and one row of tasks stays readable. */
    static final int MAX_CALLS = 100;

    /** Names are few (operations), but for JDBC's summaries, which user code can make many. */
    static final int MAX_AGGREGATES = 100;

    /** A call of this length, ns, is worth to be known before its task's end, which an executor that dies does not see. */
    private static final long SLOW = 1_000_000_000;

    /** Of {@link #MAX_CALLS}, how many may leave before the task's end shows which are the slowest. */
    private static final int MAX_EARLY = MAX_CALLS / 2;

    /** The least worth keeping first. */
    private static final Comparator<Call> WORTH =
            Comparator.<Call>comparingInt(call -> call.error != null ? 1 : 0).thenComparingLong(call -> call.duration);

    /** -1 outside tasks. */
    final long taskId;

    final int stageId;
    final int stageAttempt;

    /** -1 in tasks, and where there is none. */
    final long executionId;

    /** Outside tasks: nobody knows what these calls were for. */
    final boolean unowned;

    /** The last number given to a call or aggregate of this task. */
    long sequence;

    private final PriorityQueue<Call> kept = new PriorityQueue<>(11, WORTH);
    private final Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    private int early;
    private long omitted;
    private boolean closed;

    /** Whether {@link S3Owners} has keys of this task. */
    volatile boolean ownsKeys;

    private CallGroup(long taskId, int stageId, int stageAttempt, long executionId, boolean unowned) {
        this.taskId = taskId;
        this.stageId = stageId;
        this.stageAttempt = stageAttempt;
        this.executionId = executionId;
        this.unowned = unowned;
    }

    static CallGroup task(long taskId, int stageId, int stageAttempt) {
        return new CallGroup(taskId, stageId, stageAttempt, -1, false);
    }

    static CallGroup outside(long executionId, boolean unowned) {
        return new CallGroup(-1, -1, -1, executionId, unowned);
    }

    /** False when the task has ended, or has no room for what is to be called so. */
    synchronized boolean add(Call call, long threshold) {
        if (closed) {
            return false;
        }
        if (call.error == null && call.duration < threshold) {
            aggregate(call);
            return true;
        }
        kept.add(call);
        if (kept.size() > MAX_CALLS - early) {
            aggregate(kept.remove());
        }
        return true;
    }

    synchronized void add(CallKind kind, String name, String key, long value) {
        Aggregate aggregate = aggregate(kind, name);
        if (aggregate != null && !closed) {
            aggregate.seen(Call.now());
            aggregate.sum(key, value);
        }
    }

    private void aggregate(Call call) {
        Aggregate aggregate = aggregate(call.kind, call.name);
        if (aggregate != null) {
            aggregate.add(call);
        } else {
            omitted++;
        }
    }

    private Aggregate aggregate(CallKind kind, String name) {
        Aggregate aggregate = aggregates.get(name);
        if (aggregate == null && aggregates.size() < MAX_AGGREGATES) {
            aggregate = new Aggregate(kind, name);
            aggregates.put(name, aggregate);
        }
        return aggregate;
    }

    /** Takes out what need not wait for the end. */
    synchronized List<Call> takeEarly() {
        List<Call> taken = Collections.emptyList();
        for (Call call : kept) {
            if (early < MAX_EARLY && (call.error != null || call.duration >= SLOW)) {
                if (taken.isEmpty()) {
                    taken = new ArrayList<>();
                }
                taken.add(call);
                early++;
            }
        }
        kept.removeAll(taken);
        return taken;
    }

    /** Nothing can be added from now on; null when there was nothing, nor ever is a line to close. */
    synchronized Contents close() {
        closed = true;
        if (kept.isEmpty() && aggregates.isEmpty() && early == 0 && omitted == 0) {
            return null;
        }
        List<Call> calls = new ArrayList<>(kept);
        calls.sort(Comparator.comparingLong(call -> call.start));
        return new Contents(calls, new ArrayList<>(aggregates.values()), omitted);
    }

    static final class Contents {
        final List<Call> calls;
        final List<Aggregate> aggregates;
        final long omitted;

        Contents(List<Call> calls, List<Aggregate> aggregates, long omitted) {
            this.calls = calls;
            this.aggregates = aggregates;
            this.omitted = omitted;
        }
    }
}
