package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerApplicationStart;
import org.apache.spark.scheduler.SparkListenerEnvironmentUpdate;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/**
 * One event as a line: the names and fields of Spark's own event log, of these only what the reader uses, texts redacted
 * and cut. A line here is without its opening brace, for the outbox puts the number before the fields. Not for use by
 * several threads.
 */
final class EventJson {
    private static final String SQL = "org.apache.spark.sql.execution.ui.SparkListener";
    private static final String STREAMS = "org.apache.spark.sql.streaming.StreamingQueryListener$";
    private static final String CONNECT = "org.apache.spark.sql.connect.service.SparkListenerConnectOperation";
    private static final String CORE = "org.apache.spark.scheduler.SparkListenerExecutor";

    private static final byte[] EVENT = JsonWriter.key("Event");
    private static final byte[] LOG_START = event("SparkListenerLogStart");
    private static final byte[] ENVIRONMENT_UPDATE = event("SparkListenerEnvironmentUpdate");
    private static final byte[] APPLICATION_START = event("SparkListenerApplicationStart");
    private static final byte[] APPLICATION_END = event("SparkListenerApplicationEnd");
    private static final byte[] EXECUTOR_ADDED = event("SparkListenerExecutorAdded");
    private static final byte[] EXECUTOR_REMOVED = event("SparkListenerExecutorRemoved");
    private static final byte[] JOB_START = event("SparkListenerJobStart");
    private static final byte[] JOB_END = event("SparkListenerJobEnd");
    private static final byte[] STAGE_SUBMITTED = event("SparkListenerStageSubmitted");
    private static final byte[] STAGE_COMPLETED = event("SparkListenerStageCompleted");
    private static final byte[] TASK_START = event("SparkListenerTaskStart");
    private static final byte[] TASK_END = event("SparkListenerTaskEnd");
    private static final byte[] END = ascii("}");

    final JsonWriter out = new JsonWriter();

    private final Texts texts;
    private final ApplicationEvents applications;
    private final StageEvents stages;
    private final JobEvents jobs;
    private final TaskEvents tasks;

    /** The encoders of classes that may be absent; made with the first of their events. */
    private SqlEvents sql;
    private StreamEvents streams;
    private final Map<String, ConnectEvents> operations = new HashMap<>();
    private final Map<String, ExclusionEvents> exclusions = new HashMap<>();

    EventJson(Redaction redaction) {
        texts = new Texts(out, redaction);
        applications = new ApplicationEvents(out, texts);
        stages = new StageEvents(out, texts);
        jobs = new JobEvents(out, texts, stages);
        tasks = new TaskEvents(out, texts);
    }

    private static byte[] event(String name) {
        return ascii("\"Event\":\"" + name + '"');
    }

    /** The line that opens an event log; Spark does not post it. */
    void logStart(String sparkVersion) {
        out.clear();
        out.raw(LOG_START);
        applications.logStart(sparkVersion);
        out.raw(END);
    }

    /**
     * Writes the event into {@link #out}.
     *
     * @return its rank, or null for an event that the reader has no use for
     */
    Rank write(SparkListenerEvent event) throws Throwable {
        out.clear();
        Rank rank;
        if (event instanceof SparkListenerTaskEnd) {
            out.raw(TASK_END);
            tasks.end((SparkListenerTaskEnd) event);
            rank = Rank.TASK;
        } else if (event instanceof SparkListenerTaskStart) {
            out.raw(TASK_START);
            tasks.start((SparkListenerTaskStart) event);
            rank = Rank.TASK;
        } else {
            rank = writeCore(event);
            if (rank == null) {
                rank = writeOther(event);
            }
        }
        out.raw(END);
        return rank;
    }

    private Rank writeCore(SparkListenerEvent event) throws Throwable {
        if (event instanceof SparkListenerStageSubmitted) {
            out.raw(STAGE_SUBMITTED);
            stages.submitted((SparkListenerStageSubmitted) event);
        } else if (event instanceof SparkListenerStageCompleted) {
            out.raw(STAGE_COMPLETED);
            stages.completed((SparkListenerStageCompleted) event);
        } else if (event instanceof SparkListenerJobStart) {
            out.raw(JOB_START);
            jobs.start((SparkListenerJobStart) event);
        } else if (event instanceof SparkListenerJobEnd) {
            out.raw(JOB_END);
            jobs.end((SparkListenerJobEnd) event);
        } else if (event instanceof SparkListenerEnvironmentUpdate) {
            out.raw(ENVIRONMENT_UPDATE);
            applications.environment((SparkListenerEnvironmentUpdate) event);
        } else if (event instanceof SparkListenerApplicationStart) {
            out.raw(APPLICATION_START);
            applications.start((SparkListenerApplicationStart) event);
        } else if (event instanceof SparkListenerApplicationEnd) {
            out.raw(APPLICATION_END);
            applications.end((SparkListenerApplicationEnd) event);
        } else {
            return writeExecutor(event);
        }
        return Rank.STRUCTURE;
    }

    private Rank writeExecutor(SparkListenerEvent event) {
        if (event instanceof SparkListenerExecutorAdded) {
            out.raw(EXECUTOR_ADDED);
            applications.executorAdded((SparkListenerExecutorAdded) event);
        } else if (event instanceof SparkListenerExecutorRemoved) {
            out.raw(EXECUTOR_REMOVED);
            applications.executorRemoved((SparkListenerExecutorRemoved) event);
        } else {
            return null;
        }
        return Rank.DETAIL;
    }

    /** Events of classes that some versions or applications lack: told by name, and named in full as Spark does. */
    private Rank writeOther(SparkListenerEvent event) throws Throwable {
        String name = event.getClass().getName();
        if (name.startsWith(SQL)) {
            return writeSql(event, name);
        }
        if (name.startsWith(STREAMS)) {
            return writeStream(event, name);
        }
        if (name.startsWith(CONNECT)) {
            begin(name);
            operations.computeIfAbsent(name, n -> new ConnectEvents(out, texts, event.getClass())).write(event);
            return Rank.STRUCTURE;
        }
        if (name.startsWith(CORE)) {
            return writeExclusion(event, name);
        }
        return null;
    }

    private Rank writeSql(SparkListenerEvent event, String name) throws Throwable {
        if (sql == null) {
            sql = new SqlEvents(out, texts);
        }
        begin(name);
        switch (name.substring(SQL.length())) {
            case "SQLExecutionStart":
                sql.start(event);
                return Rank.STRUCTURE;
            case "SQLExecutionEnd":
                sql.end(event);
                return Rank.STRUCTURE;
            case "SQLAdaptiveExecutionUpdate":
                sql.planUpdate(event);
                return Rank.DETAIL;
            case "SQLAdaptiveSQLMetricUpdates":
                sql.metricUpdate(event);
                return Rank.DETAIL;
            case "DriverAccumUpdates":
                sql.driverUpdates(event);
                return Rank.DETAIL;
            default:
                return null;
        }
    }

    private Rank writeStream(SparkListenerEvent event, String name) throws Throwable {
        if (streams == null) {
            streams = new StreamEvents(out, texts);
        }
        begin(name);
        switch (name.substring(STREAMS.length())) {
            case "QueryStartedEvent":
                streams.started(event);
                return Rank.STRUCTURE;
            case "QueryProgressEvent":
                streams.progressed(event);
                return Rank.DETAIL;
            case "QueryTerminatedEvent":
                streams.terminated(event);
                return Rank.STRUCTURE;
            default:
                return null;
        }
    }

    private Rank writeExclusion(SparkListenerEvent event, String name) throws Throwable {
        boolean oldName;
        switch (name.substring(CORE.length())) {
            case "Excluded":
            case "ExcludedForStage":
                oldName = false;
                break;
            case "Blacklisted":
            case "BlacklistedForStage":
                oldName = true;
                break;
            default:
                return null;
        }
        if (!ExclusionEvents.isTold(oldName)) {
            return null;
        }
        begin(name);
        exclusions.computeIfAbsent(name, n -> new ExclusionEvents(out, event.getClass())).write(event);
        return Rank.DETAIL;
    }

    private void begin(String name) {
        out.raw(EVENT).string(name);
    }
}
