package io.sparkobs.calls;

import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What calls cost a task's thread. Figures and how to run it: benchmarks/README.md. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 7, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xmx512m"})
public class CallBenchmark {
    private static final int CALLS_OF_A_TASK = 100;

    private final Recorder recorder = Lines.onExecutor(line -> true);
    private final TaskHooks hooks = TaskHooks.of(Lines.conf("spark.sparkobs.id", "00112233445566778899aabbccddeeff",
            "spark.sparkobs.traceId", "4bf92f3577b34da6a3ce929d0e0e4736", "spark.app.id", "app-1"));
    private final TaskContext task = TaskContext$.MODULE$.empty();

    @Setup(Level.Trial)
    public void start() {
        TaskContext$.MODULE$.setTaskContext(task);
        Calls.install(recorder);
    }

    @TearDown(Level.Trial)
    public void stop() {
        Calls.install(null);
    }

    private static void call(int i) {
        Call call = Calls.begin(CallKind.S3, "S3.GetObject");
        if (call == null) {
            return;
        }
        call.set(CallAttributes.RPC_SYSTEM, "aws-api");
        call.set(CallAttributes.RPC_SERVICE, "S3");
        call.set(CallAttributes.RPC_METHOD, "GetObject");
        call.set(CallAttributes.S3_BUCKET, "lake");
        call.set(CallAttributes.S3_KEY, "warehouse/orders/day=2026-11-24/part-00017-2f0c1b52-6a3e-4f3c-9b0e-6f1f2a3b4c5d.c000.snappy.parquet");
        call.set(CallAttributes.STATUS, 206);
        call.set(CallAttributes.RESPONSE_BYTES, 1_048_576);
        call.set(CallAttributes.ATTEMPTS, 1);
        call.end(1_000_000 + i);
    }

    /** A task of 100 calls from its start to its end: recorded, encoded, given to the sink. Per call: a hundredth. */
    @Benchmark
    public void task_of_100_calls() {
        hooks.start(task);
        for (int i = 0; i < CALLS_OF_A_TASK; i++) {
            call(i);
        }
        hooks.ended();
    }

    /** Of them the two thousand that have no span: aggregated. */
    @Benchmark
    public void task_of_2100_calls() {
        hooks.start(task);
        for (int i = 0; i < 21 * CALLS_OF_A_TASK; i++) {
            call(i);
        }
        hooks.ended();
    }

    /** Ids in the logging context, and out of it. */
    @Benchmark
    public void task_without_calls() {
        hooks.start(task);
        hooks.ended();
    }

    @State(Scope.Thread)
    public static class Off {
        @Setup(Level.Iteration)
        public void off() {
            Calls.install(null);
        }
    }

    @Benchmark
    public void call_while_off(Off off) {
        call(0);
    }
}
