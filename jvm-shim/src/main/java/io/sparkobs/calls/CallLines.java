package io.sparkobs.calls;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.key;
import static io.sparkobs.JsonWriter.nextKey;

import io.sparkobs.Cut;
import io.sparkobs.JsonWriter;
import io.sparkobs.Limits;
import io.sparkobs.Redaction;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Groups of calls as {@code SparkObsCalls} lines; texts are redacted and cut. For use by any thread. */
final class CallLines {
    /** Bytes after which a line takes no further call: with the longest one it stays below 256 KiB, a fair message for Spark's RPC. */
    private static final int FULL = 128 * 1024;

    /** UTF-8 bytes of a text; S3's keys have at most 1,024. */
    private static final int TEXT = 2 * 1024;

    static final byte[] EVENT = ascii("\"Event\":\"SparkObsCalls\",\"Executor ID\":");

    private static final byte[] TASK_ID = nextKey("Task ID");
    private static final byte[] STAGE_ID = nextKey("Stage ID");
    private static final byte[] STAGE_ATTEMPT_ID = nextKey("Stage Attempt ID");
    private static final byte[] EXECUTION_ID = nextKey("SQL Execution ID");
    private static final byte[] CALLS = ascii(",\"Calls\":[");
    private static final byte[] AGGREGATES = ascii("],\"Aggregates\":[");
    private static final byte[] CLOSE = ascii("]");
    private static final byte[] FINAL = nextKey("Final");
    private static final byte[] OMITTED = nextKey("Calls Omitted");
    private static final byte[] END = ascii("}");

    private static final byte[] SEQ = ascii("{\"Seq\":");
    private static final byte[] NAME = nextKey("Name");
    private static final byte[] START = nextKey("Start");
    private static final byte[] DURATION = nextKey("Duration");
    private static final byte[] END_TIME = nextKey("End");
    private static final byte[] COUNT = nextKey("Count");
    private static final byte[] FAILED = nextKey("Failed");
    private static final byte[] TOTAL = nextKey("Total");
    private static final byte[] MAX = nextKey("Max");
    private static final byte[] BY_EXECUTOR = ascii(",\"Attribution\":\"executor\"");
    private static final byte[] ERROR = nextKey("Error");
    private static final byte[] MESSAGE = nextKey("Message");
    private static final byte[] ATTRIBUTES = ascii(",\"Attributes\":{");
    private static final byte[] KIND = key(CallAttributes.KIND);
    private static final byte[] ENDS = ascii("}}");

    /** Attributes whose few values are the SDK's or ours, never a user's text. */
    private static final Set<String> PLAIN = new HashSet<>(Arrays.asList(
            CallAttributes.RPC_SYSTEM,
            CallAttributes.RPC_SERVICE,
            CallAttributes.RPC_METHOD,
            CallAttributes.TIMING,
            CallAttributes.FS_SCHEME));

    private final String executorId;
    private final Redaction redaction;

    /** The one that is not in use, if it is not: threads seldom meet here. */
    private final AtomicReference<JsonWriter> spare = new AtomicReference<>();

    CallLines(String executorId, Redaction redaction) {
        this.executorId = executorId;
        this.redaction = redaction;
    }

    /**
     * Writes as many lines as the calls need.
     *
     * @param last whether nothing follows of this task
     * @param outside the counter of calls outside tasks; null for a task's, which has its own
     * @param lost calls on lines that were dropped, told by the next line
     */
    void write(CallGroup group, CallGroup.Contents contents, boolean last, AtomicLong outside, AtomicLong lost, CallSink sink) {
        JsonWriter writer = spare.getAndSet(null);
        JsonWriter out = writer != null ? writer : new JsonWriter();
        int call = 0;
        int aggregate = 0;
        long omitted = contents.omitted;
        boolean more;
        do {
            out.clear();
            begin(out, group);
            int start = out.length;
            long told = 0;
            while (call < contents.calls.size() && out.length < FULL) {
                comma(out, start);
                call(out, contents.calls.get(call++), group, next(group, outside));
                told++;
            }
            out.raw(AGGREGATES);
            start = out.length;
            while (aggregate < contents.aggregates.size() && out.length < FULL) {
                comma(out, start);
                Aggregate written = contents.aggregates.get(aggregate++);
                aggregate(out, written, group, next(group, outside));
                told += written.count;
            }
            out.raw(CLOSE);
            more = call < contents.calls.size() || aggregate < contents.aggregates.size();
            if (last && !more) {
                out.bool(FINAL, true);
            }
            long before = lost.getAndSet(0);
            if (omitted + before > 0) {
                out.number(OMITTED, omitted + before);
            }
            out.raw(END);
            if (!sink.offer(out)) {
                lost.addAndGet(told + omitted + before);
            }
            omitted = 0;
        } while (more);
        spare.set(out);
    }

    private static long next(CallGroup group, AtomicLong outside) {
        return outside != null ? outside.incrementAndGet() : ++group.sequence;
    }

    private void begin(JsonWriter out, CallGroup group) {
        out.string(EVENT, executorId);
        if (group.taskId >= 0) {
            out.number(TASK_ID, group.taskId);
            out.number(STAGE_ID, group.stageId);
            out.number(STAGE_ATTEMPT_ID, group.stageAttempt);
        } else if (group.executionId >= 0) {
            out.number(EXECUTION_ID, group.executionId);
        }
        out.raw(CALLS);
    }

    private void call(JsonWriter out, Call call, CallGroup group, long sequence) {
        begin(out, call, group, sequence, call.start, DURATION, call.duration);
        if (call.error != null) {
            out.string(ERROR, clean(call.error, Limits.NAME_IN_LIST));
            if (call.message != null) {
                out.string(MESSAGE, clean(call.message, Limits.MESSAGE));
            }
        }
        end(out, call);
    }

    private void aggregate(JsonWriter out, Aggregate calls, CallGroup group, long sequence) {
        begin(out, calls, group, sequence, calls.start, END_TIME, calls.end);
        out.number(COUNT, calls.count);
        out.number(FAILED, calls.failed);
        out.number(TOTAL, calls.total);
        out.number(MAX, calls.max);
        end(out, calls);
    }

    /** An operation's name is ours, but for JDBC, where it comes from the user's SQL. */
    private void begin(JsonWriter out, Described told, CallGroup group, long sequence, long start, byte[] key, long until) {
        out.number(SEQ, sequence);
        out.string(NAME, told.kind == CallKind.JDBC ? clean(told.name, TEXT) : told.name);
        out.number(START, start);
        out.number(key, until);
        if (group.unowned) {
            out.raw(BY_EXECUTOR);
        }
    }

    private void end(JsonWriter out, Described told) {
        out.raw(ATTRIBUTES).string(KIND, told.kind.value);
        for (int i = 0; i < told.size; i++) {
            if (told.isTold(i)) {
                attribute(out, told.keys[i], told.texts[i], told.numbers[i]);
            }
        }
        out.raw(ENDS);
    }

    private void attribute(JsonWriter out, String name, String text, long number) {
        out.raw(',').string(name).raw(':');
        if (text == null) {
            out.number(number);
        } else if (PLAIN.contains(name)) {
            out.string(text);
        } else {
            out.string(clean(text, name.equals(CallAttributes.DB_TEXT) ? Limits.MESSAGE : TEXT));
        }
    }

    private String clean(String text, int limit) {
        return Cut.text(redaction.apply(Cut.prefix(text, limit + Limits.REDACTION_MARGIN)), limit);
    }

    private static void comma(JsonWriter out, int start) {
        if (out.length > start) {
            out.raw(',');
        }
    }
}
