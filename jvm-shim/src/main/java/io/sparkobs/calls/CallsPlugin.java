package io.sparkobs.calls;

import io.sparkobs.Log;
import io.sparkobs.Redaction;
import io.sparkobs.ShimConf;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.PluginContext;

/** What the plugin's two sides do about calls: start, stop, and the way between them. */
public final class CallsPlugin {
    private static final String DRIVER = "driver";

    /** Null on executors, and while calls are off. */
    private final CallSink sink;

    /** Null while calls are off, and in local mode on the executor's side. */
    private final Flusher flusher;

    private CallsPlugin(CallSink sink, Flusher flusher) {
        this.sink = sink;
        this.flusher = flusher;
    }

    /** @param sink the outbox, which takes executors' lines even where the driver's own calls are not to be seen */
    public static CallsPlugin onDriver(SparkContext context, CallSink sink) {
        SparkConf conf = context.conf();
        CallsConf calls = new CallsConf(conf);
        if (!calls.isAnyOn()) {
            return new CallsPlugin(sink, null);
        }
        Recorder recorder = new Recorder(calls, DRIVER, new Redaction(key -> conf.get(key, null)), sink, context::getLocalProperty);
        Calls.install(recorder);
        if (calls.s3) {
            S3Visibility.check("the driver");
        }
        if (calls.s3Exact) {
            S3Exact.configure(context);
        }
        FsHook.install(context, calls.schemes);
        return new CallsPlugin(sink, Flusher.start(recorder, null));
    }

    /** In local mode the driver's side is this one's too. */
    public static CallsPlugin onExecutor(PluginContext context) {
        SparkConf conf = context.conf();
        CallsConf calls = new CallsConf(conf);
        if (ShimConf.isLocal(conf) || !calls.isAnyOn()) {
            return new CallsPlugin(null, null);
        }
        DriverChannel channel = new DriverChannel(context);
        Recorder recorder =
                new Recorder(calls, context.executorID(), new Redaction(key -> conf.get(key, null)), channel, null);
        Calls.install(recorder);
        if (calls.s3) {
            S3Visibility.check("executors");
        }
        return new CallsPlugin(null, Flusher.start(recorder, channel));
    }

    public static TaskHooks taskHooks(SparkConf conf) {
        return TaskHooks.of(conf);
    }

    /** On the driver, for each message of an executor's plugin. */
    public Object receive(Object message) {
        try {
            return DriverChannel.receive(message, sink);
        } catch (Throwable failure) {
            Log.failure("taking an executor's calls", failure);
            return null;
        }
    }

    /** No call is seen from here on; those that were leave. */
    public void stop() {
        if (flusher != null) {
            Calls.install(null);
            flusher.stop();
        }
    }
}
