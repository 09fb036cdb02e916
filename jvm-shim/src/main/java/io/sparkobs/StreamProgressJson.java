package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.key;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import java.util.Map;
import org.apache.spark.sql.streaming.SinkProgress;
import org.apache.spark.sql.streaming.SourceProgress;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/** What a trigger did: of Spark's {@code StreamingQueryProgress} the fields that the reader uses ({@code StreamEvents.cs}). */
final class StreamProgressJson {
    private static final byte[] ID = ascii("{\"id\":");
    private static final byte[] RUN_ID = nextKey("runId");
    private static final byte[] NAME = nextKey("name");
    private static final byte[] TIMESTAMP = nextKey("timestamp");
    private static final byte[] BATCH_ID = nextKey("batchId");
    private static final byte[] BATCH_DURATION = nextKey("batchDuration");
    private static final byte[] PHASES = ascii(",\"durationMs\":{");
    private static final byte[] EVENT_TIME = ascii(",\"eventTime\":{");
    private static final byte[] WATERMARK = key("watermark");
    private static final byte[] STATE_OPERATORS = ascii(",\"stateOperators\":[");
    private static final byte[] OPERATOR_ROWS = key("numRowsTotal");
    private static final byte[] OPERATOR_UPDATED = nextKey("numRowsUpdated");
    private static final byte[] OPERATOR_MEMORY = nextKey("memoryUsedBytes");
    private static final byte[] OPERATOR_NAME = nextKey("operatorName");
    private static final byte[] OPERATOR_REMOVED = nextKey("numRowsRemoved");
    private static final byte[] OPERATOR_LATE = nextKey("numRowsDroppedByWatermark");
    private static final byte[] SOURCES = ascii(",\"sources\":[");
    private static final byte[] INPUT_ROWS = key("numInputRows");
    private static final byte[] DESCRIPTION = nextKey("description");
    private static final byte[] END_OFFSET = nextKey("endOffset");
    private static final byte[] LATEST_OFFSET = nextKey("latestOffset");
    private static final byte[] ROWS_PER_SECOND = nextKey("processedRowsPerSecond");
    private static final byte[] LAG = ascii(",\"metrics\":{\"maxOffsetsBehindLatest\":");
    private static final byte[] SINK = ascii(",\"sink\":{");
    private static final byte[] SINK_ROWS = key("numOutputRows");

    /** Since Spark 3.1. */
    private static final MethodHandle GET_LATE = Handles.number(StateOperatorProgress.class, "numRowsDroppedByWatermark");
    private static final MethodHandle GET_LATEST_OFFSET = Handles.object(SourceProgress.class, "latestOffset");

    /** Since Spark 3.2. */
    private static final MethodHandle GET_OPERATOR_NAME = Handles.object(StateOperatorProgress.class, "operatorName");
    private static final MethodHandle GET_REMOVED = Handles.number(StateOperatorProgress.class, "numRowsRemoved");
    private static final MethodHandle GET_METRICS = Handles.object(SourceProgress.class, "metrics");

    private final JsonWriter out;
    private final Texts texts;

    StreamProgressJson(JsonWriter out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    void write(StreamingQueryProgress progress) throws Throwable {
        out.string(ID, progress.id().toString());
        out.string(RUN_ID, progress.runId().toString());
        texts.write(NAME, progress.name(), Limits.NAME);
        out.string(TIMESTAMP, progress.timestamp());
        out.number(BATCH_ID, progress.batchId());
        out.number(BATCH_DURATION, progress.batchDuration());
        phases(progress);
        out.raw(EVENT_TIME);
        if (progress.eventTime().get("watermark") != null) {
            out.string(WATERMARK, progress.eventTime().get("watermark"));
        }
        out.raw('}');
        operators(progress.stateOperators());
        sources(progress.sources());
        sink(progress.sink());
        out.raw('}');
    }

    private void phases(StreamingQueryProgress progress) {
        out.raw(PHASES);
        boolean first = true;
        for (Map.Entry<String, Long> phase : progress.durationMs().entrySet()) {
            if (!first) {
                out.raw(',');
            }
            first = false;
            out.string(phase.getKey()).raw(':').number(phase.getValue());
        }
        out.raw('}');
    }

    private void operators(StateOperatorProgress[] operators) throws Throwable {
        out.raw(STATE_OPERATORS);
        for (int i = 0; i < operators.length && i < Limits.LIST_ITEMS; i++) {
            StateOperatorProgress operator = operators[i];
            out.raw(i == 0 ? '{' : ',');
            if (i > 0) {
                out.raw('{');
            }
            out.number(OPERATOR_ROWS, operator.numRowsTotal());
            out.number(OPERATOR_UPDATED, operator.numRowsUpdated());
            out.number(OPERATOR_MEMORY, operator.memoryUsedBytes());
            out.optional(OPERATOR_NAME, (String) (Object) GET_OPERATOR_NAME.invokeExact((Object) operator));
            if (GET_REMOVED != null) {
                out.number(OPERATOR_REMOVED, (long) GET_REMOVED.invokeExact(operator));
            }
            if (GET_LATE != null) {
                out.number(OPERATOR_LATE, (long) GET_LATE.invokeExact(operator));
            }
            out.raw('}');
        }
        out.raw(']');
    }

    private void sources(SourceProgress[] sources) throws Throwable {
        out.raw(SOURCES);
        for (int i = 0; i < sources.length && i < Limits.LIST_ITEMS; i++) {
            SourceProgress source = sources[i];
            out.raw(i == 0 ? '{' : ',');
            if (i > 0) {
                out.raw('{');
            }
            out.number(INPUT_ROWS, source.numInputRows());
            texts.write(DESCRIPTION, source.description(), Limits.NAME);
            texts.write(END_OFFSET, source.endOffset(), Limits.NAME);
            texts.write(LATEST_OFFSET, (String) (Object) GET_LATEST_OFFSET.invokeExact((Object) source), Limits.NAME);
            out.raw(ROWS_PER_SECOND).number(source.processedRowsPerSecond());
            lag(source);
            out.raw('}');
        }
        out.raw(']');
    }

    /** Kafka's own measure of how far the source is behind. */
    private void lag(SourceProgress source) throws Throwable {
        Map<?, ?> metrics = (Map<?, ?>) (Object) GET_METRICS.invokeExact((Object) source);
        Object behind = metrics == null ? null : metrics.get("maxOffsetsBehindLatest");
        if (behind != null) {
            out.string(LAG, behind.toString()).raw('}');
        }
    }

    private void sink(SinkProgress sink) {
        out.raw(SINK);
        out.number(SINK_ROWS, sink.numOutputRows());
        texts.write(DESCRIPTION, sink.description(), Limits.NAME);
        out.raw('}');
    }
}
