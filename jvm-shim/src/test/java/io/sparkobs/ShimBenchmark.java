package io.sparkobs;

import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.Success$;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the shim costs a thread of Spark's. Figures and how to run it: benchmarks/README.md. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 7, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xmx512m"})
public class ShimBenchmark {
    private final Driver driver = new Driver(new SparkConf(false), "3.5.3");
    private final SparkObsListener listener = new SparkObsListener(driver);
    private final SparkListenerTaskEnd taskEnd = taskEnd();
    private final Redaction redaction = new Redaction(key -> null);
    private final String planText = String.join("", Collections.nCopies(40,
            "(3) HashAggregate [codegen id : 1]\nInput [2]: [id#148L, k#12]\nKeys [1]: [k#12L]\nFunctions [1]: [sum(id#148L)]\n"));
    private final JsonWriter lines = new JsonWriter();
    private long events;

    private static SparkListenerTaskEnd taskEnd() {
        TaskMetrics metrics = TaskMetrics.empty();
        metrics.setExecutorDeserializeTime(119);
        metrics.setExecutorDeserializeCpuTime(33_191_830);
        metrics.setExecutorRunTime(1_360);
        metrics.setExecutorCpuTime(1_132_115_765);
        metrics.setResultSize(3_931);
        metrics.setJvmGCTime(21);
        metrics.setPeakExecutionMemory(67_108_864);
        metrics.inputMetrics().incBytesRead(134_217_728);
        metrics.inputMetrics().incRecordsRead(1_048_576);
        metrics.shuffleWriteMetrics().incBytesWritten(8_388_608);
        metrics.shuffleWriteMetrics().incWriteTime(12_345_678);
        TaskInfo task = new TaskInfo(123_456, 42, 0, 42, 1_795_376_204_329L, "17", "worker-17.cluster.local", TaskLocality.NODE_LOCAL(),
                false);
        task.markFinished(org.apache.spark.TaskState.FINISHED(), 1_795_376_204_734L);
        return new SparkListenerTaskEnd(12, 0, "ShuffleMapTask", Success$.MODULE$, task, new ExecutorMetrics(), metrics);
    }

    /** A task's end as Spark calls it: encoded and put into the outbox; of the sender's work its part in taking and forgetting. */
    @Benchmark
    public void taskEnd_from_listener_to_sender() throws InterruptedException {
        listener.onTaskEnd(taskEnd);
        if ((++events & 63) == 0) {
            lines.clear();
            driver.outbox.take(lines, Integer.MAX_VALUE, 0);
            driver.outbox.acknowledge(Long.MAX_VALUE);
        }
    }

    @Benchmark
    public Rank taskEnd_encoded() throws Throwable {
        return driver.json.write(taskEnd);
    }

    /** A plan's text of 4 KiB, in which there is nothing to hide. */
    @Benchmark
    public String plan_text_redacted() {
        return redaction.apply(planText);
    }
}
