package io.sparkobs;

import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.streaming.StreamingQueryListener.QueryProgressEvent;
import org.apache.spark.sql.streaming.StreamingQueryListener.QueryStartedEvent;
import org.apache.spark.sql.streaming.StreamingQueryListener.QueryTerminatedEvent;
import scala.Option;

/** Streaming queries. Loaded with the first of their events: an application may have no Spark SQL. */
final class StreamEvents {
    private static final byte[] ID = nextKey("id");
    private static final byte[] RUN_ID = nextKey("runId");
    private static final byte[] NAME = nextKey("name");
    private static final byte[] TIMESTAMP = nextKey("timestamp");
    private static final byte[] JOB_TAGS = nextKey("jobTags");
    private static final byte[] PROGRESS = nextKey("progress");
    private static final byte[] EXCEPTION = nextKey("exception");
    private static final byte[] ERROR_CLASS = nextKey("errorClassOnException");

    /** Since Spark 4.1. */
    private static final MethodHandle TAGS = Handles.object(QueryStartedEvent.class, "jobTags");

    /** Since Spark 3.1. */
    private static final MethodHandle GET_TIMESTAMP = Handles.object(QueryStartedEvent.class, "timestamp");

    /** Since Spark 3.5. */
    private static final MethodHandle GET_ERROR_CLASS = Handles.object(QueryTerminatedEvent.class, "errorClassOnException");

    private final JsonWriter out;
    private final Texts texts;
    private final StreamProgressJson progress;

    StreamEvents(JsonWriter out, Texts texts) {
        this.out = out;
        this.texts = texts;
        progress = new StreamProgressJson(out, texts);
    }

    void started(SparkListenerEvent e) throws Throwable {
        QueryStartedEvent event = (QueryStartedEvent) e;
        out.string(ID, event.id().toString());
        out.string(RUN_ID, event.runId().toString());
        texts.write(NAME, event.name(), Limits.NAME);
        out.optional(TIMESTAMP, (String) (Object) GET_TIMESTAMP.invokeExact((Object) event));
        texts.tags(JOB_TAGS, (Object) TAGS.invokeExact((Object) event));
    }

    void progressed(SparkListenerEvent e) throws Throwable {
        out.raw(PROGRESS);
        progress.write(((QueryProgressEvent) e).progress());
    }

    void terminated(SparkListenerEvent e) throws Throwable {
        QueryTerminatedEvent event = (QueryTerminatedEvent) e;
        out.string(ID, event.id().toString());
        out.string(RUN_ID, event.runId().toString());
        texts.write(EXCEPTION, event.exception(), Limits.MESSAGE);
        texts.write(ERROR_CLASS, (Option<?>) (Object) GET_ERROR_CLASS.invokeExact((Object) event), Limits.NAME);
    }
}
