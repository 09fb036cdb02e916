package io.sparkobs;

import io.sparkobs.calls.CallsPlugin;
import java.util.Collections;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/** {@code spark.plugins=io.sparkobs.SparkObsPlugin}: what Spark makes on the driver and on each executor. */
public final class SparkObsPlugin implements SparkPlugin {
    @Override
    public DriverPlugin driverPlugin() {
        return new OnDriver();
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new OnExecutor();
    }

    private static final class OnDriver implements DriverPlugin {
        private Driver driver;

        /** Messages of executors may come before it is there. */
        private volatile CallsPlugin calls;

        @Override
        public Map<String, String> init(SparkContext context, PluginContext pluginContext) {
            try {
                driver = Driver.start(context.conf(), context);
            } catch (Throwable failure) {
                Log.failure("starting", failure);
            }
            try {
                OwnJar.send(context);
            } catch (Throwable failure) {
                Log.failure("sending the jar to executors", failure);
            }
            try {
                if (driver != null) {
                    calls = CallsPlugin.onDriver(context, driver::offerCalls);
                }
            } catch (Throwable failure) {
                Log.failure("starting to see calls", failure);
            }
            return Collections.emptyMap();
        }

        @Override
        public Object receive(Object message) {
            CallsPlugin started = calls;
            return started == null ? null : started.receive(message);
        }

        @Override
        public void shutdown() {
            try {
                if (calls != null) {
                    calls.stop();
                }
            } catch (Throwable failure) {
                Log.failure("stopping to see calls", failure);
            }
            try {
                if (driver != null) {
                    driver.shutdown();
                }
            } catch (InterruptedException asked) {
                Thread.currentThread().interrupt();
            } catch (Throwable failure) {
                Log.failure("stopping", failure);
            }
        }
    }
}
