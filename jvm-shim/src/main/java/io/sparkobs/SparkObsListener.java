package io.sparkobs;

import io.sparkobs.calls.JdbcHook;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerApplicationStart;
import org.apache.spark.scheduler.SparkListenerBlockManagerAdded;
import org.apache.spark.scheduler.SparkListenerBlockManagerRemoved;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.scheduler.SparkListenerEnvironmentUpdate;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorBlacklisted;
import org.apache.spark.scheduler.SparkListenerExecutorBlacklistedForStage;
import org.apache.spark.scheduler.SparkListenerExecutorExcluded;
import org.apache.spark.scheduler.SparkListenerExecutorExcludedForStage;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerExecutorUnblacklisted;
import org.apache.spark.scheduler.SparkListenerExecutorUnexcluded;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerNodeBlacklisted;
import org.apache.spark.scheduler.SparkListenerNodeBlacklistedForStage;
import org.apache.spark.scheduler.SparkListenerNodeExcluded;
import org.apache.spark.scheduler.SparkListenerNodeExcludedForStage;
import org.apache.spark.scheduler.SparkListenerNodeUnblacklisted;
import org.apache.spark.scheduler.SparkListenerNodeUnexcluded;
import org.apache.spark.scheduler.SparkListenerResourceProfileAdded;
import org.apache.spark.scheduler.SparkListenerSpeculativeTaskSubmitted;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageExecutorMetrics;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskGettingResult;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.SparkListenerUnpersistRDD;
import org.apache.spark.scheduler.SparkListenerUnschedulableTaskSetAdded;
import org.apache.spark.scheduler.SparkListenerUnschedulableTaskSetRemoved;
import scala.Option;

/**
 * Hears Spark's events on its listener bus, and hands them on as lines: nothing here waits, and nothing thrown leaves, for
 * what a listener throws can stop the SparkContext. Use it by {@link SparkObsPlugin}, or alone by
 * {@code spark.extraListeners} where plugins cannot be loaded (Spark 3.0 with {@code --jars}).
 */
public final class SparkObsListener extends SparkListener {
    private static final String SQL_EXECUTION_START = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart";

    /** Null when there is nobody to tell: starting failed, or the plugin's own listener is there. */
    private final Driver driver;

    /** For {@code spark.extraListeners}. */
    public SparkObsListener(SparkConf conf) {
        Driver started = null;
        try {
            started = Driver.start(conf);
        } catch (Throwable failure) {
            Log.failure("starting", failure);
        }
        driver = started;
    }

    SparkObsListener(Driver driver) {
        this.driver = driver;
    }

    private void send(SparkListenerEvent event) {
        if (driver == null) {
            return;
        }
        try {
            Rank rank = driver.json.write(event);
            if (rank == null) {
                driver.ledger.ignored();
            } else {
                driver.outbox.offer(rank, driver.json.out);
            }
        } catch (Throwable failure) {
            driver.ledger.failed();
            Log.failure("encoding an event", failure);
        }
    }

    private void ignore() {
        if (driver != null) {
            driver.ledger.ignored();
        }
    }

    @Override
    public void onApplicationStart(SparkListenerApplicationStart event) {
        send(event);
        try {
            Option<String> id = event.appId();
            if (driver != null && id.isDefined()) {
                driver.applicationStarted(id.get());
            }
        } catch (Throwable failure) {
            Log.failure("reading the application's id", failure);
        }
    }

    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd event) {
        send(event);
        if (driver != null) {
            driver.applicationEnded();
        }
    }

    @Override
    public void onEnvironmentUpdate(SparkListenerEnvironmentUpdate event) {
        send(event);
    }

    @Override
    public void onJobStart(SparkListenerJobStart event) {
        send(event);
    }

    @Override
    public void onJobEnd(SparkListenerJobEnd event) {
        send(event);
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted event) {
        send(event);
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted event) {
        send(event);
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart event) {
        send(event);
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
        send(event);
    }

    @Override
    public void onExecutorAdded(SparkListenerExecutorAdded event) {
        send(event);
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
        send(event);
    }

    @Override
    public void onExecutorExcluded(SparkListenerExecutorExcluded event) {
        send(event);
    }

    @Override
    public void onExecutorExcludedForStage(SparkListenerExecutorExcludedForStage event) {
        send(event);
    }

    @Override
    public void onExecutorBlacklisted(SparkListenerExecutorBlacklisted event) {
        send(event);
    }

    @Override
    public void onExecutorBlacklistedForStage(SparkListenerExecutorBlacklistedForStage event) {
        send(event);
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
        send(event);
        if (event == null || !event.getClass().getName().equals(SQL_EXECUTION_START)) {
            return;
        }
        try {
            JdbcHook.install();
        } catch (Throwable failure) {
            Log.failure("starting to see JDBC calls", failure);
        }
    }

    // The rest has no place in a trace, but in the ledger.

    @Override
    public void onTaskGettingResult(SparkListenerTaskGettingResult event) {
        ignore();
    }

    @Override
    public void onBlockManagerAdded(SparkListenerBlockManagerAdded event) {
        ignore();
    }

    @Override
    public void onBlockManagerRemoved(SparkListenerBlockManagerRemoved event) {
        ignore();
    }

    @Override
    public void onUnpersistRDD(SparkListenerUnpersistRDD event) {
        ignore();
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate event) {
        ignore();
    }

    @Override
    public void onStageExecutorMetrics(SparkListenerStageExecutorMetrics event) {
        ignore();
    }

    @Override
    public void onNodeExcludedForStage(SparkListenerNodeExcludedForStage event) {
        ignore();
    }

    @Override
    public void onExecutorUnexcluded(SparkListenerExecutorUnexcluded event) {
        ignore();
    }

    @Override
    public void onNodeExcluded(SparkListenerNodeExcluded event) {
        ignore();
    }

    @Override
    public void onNodeUnexcluded(SparkListenerNodeUnexcluded event) {
        ignore();
    }

    @Override
    public void onUnschedulableTaskSetAdded(SparkListenerUnschedulableTaskSetAdded event) {
        ignore();
    }

    @Override
    public void onUnschedulableTaskSetRemoved(SparkListenerUnschedulableTaskSetRemoved event) {
        ignore();
    }

    @Override
    public void onBlockUpdated(SparkListenerBlockUpdated event) {
        ignore();
    }

    @Override
    public void onSpeculativeTaskSubmitted(SparkListenerSpeculativeTaskSubmitted event) {
        ignore();
    }

    @Override
    public void onResourceProfileAdded(SparkListenerResourceProfileAdded event) {
        ignore();
    }

    @Override
    public void onNodeBlacklistedForStage(SparkListenerNodeBlacklistedForStage event) {
        ignore();
    }

    @Override
    public void onExecutorUnblacklisted(SparkListenerExecutorUnblacklisted event) {
        ignore();
    }

    @Override
    public void onNodeBlacklisted(SparkListenerNodeBlacklisted event) {
        ignore();
    }

    @Override
    public void onNodeUnblacklisted(SparkListenerNodeUnblacklisted event) {
        ignore();
    }
}
