package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.executor.InputMetrics;
import org.apache.spark.executor.OutputMetrics;
import org.apache.spark.executor.ShuffleReadMetrics;
import org.apache.spark.executor.ShuffleWriteMetrics;
import org.apache.spark.executor.TaskMetrics;

/** Spark's {@code Task Metrics}, in Spark's order; what a version does not have is left out. */
final class TaskMetricsJson {
    private static final byte[] DESERIALIZE_TIME = ascii("{\"Executor Deserialize Time\":");
    private static final byte[] DESERIALIZE_CPU_TIME = nextKey("Executor Deserialize CPU Time");
    private static final byte[] RUN_TIME = nextKey("Executor Run Time");
    private static final byte[] CPU_TIME = nextKey("Executor CPU Time");
    private static final byte[] PEAK_MEMORY = nextKey("Peak Execution Memory");
    private static final byte[] PEAK_ON_HEAP = nextKey("Peak On Heap Execution Memory");
    private static final byte[] PEAK_OFF_HEAP = nextKey("Peak Off Heap Execution Memory");
    private static final byte[] RESULT_SIZE = nextKey("Result Size");
    private static final byte[] GC_TIME = nextKey("JVM GC Time");
    private static final byte[] SERIALIZATION_TIME = nextKey("Result Serialization Time");
    private static final byte[] MEMORY_SPILLED = nextKey("Memory Bytes Spilled");
    private static final byte[] DISK_SPILLED = nextKey("Disk Bytes Spilled");

    private static final byte[] REMOTE_BLOCKS = ascii(",\"Shuffle Read Metrics\":{\"Remote Blocks Fetched\":");
    private static final byte[] LOCAL_BLOCKS = nextKey("Local Blocks Fetched");
    private static final byte[] FETCH_WAIT_TIME = nextKey("Fetch Wait Time");
    private static final byte[] REMOTE_BYTES = nextKey("Remote Bytes Read");
    private static final byte[] REMOTE_BYTES_TO_DISK = nextKey("Remote Bytes Read To Disk");
    private static final byte[] LOCAL_BYTES = nextKey("Local Bytes Read");
    private static final byte[] READ_RECORDS = nextKey("Total Records Read");
    private static final byte[] REQUESTS_DURATION = nextKey("Remote Requests Duration");

    private static final byte[] SHUFFLE_BYTES = ascii("},\"Shuffle Write Metrics\":{\"Shuffle Bytes Written\":");
    private static final byte[] SHUFFLE_WRITE_TIME = nextKey("Shuffle Write Time");
    private static final byte[] SHUFFLE_RECORDS = nextKey("Shuffle Records Written");
    private static final byte[] INPUT_BYTES = ascii("},\"Input Metrics\":{\"Bytes Read\":");
    private static final byte[] INPUT_RECORDS = nextKey("Records Read");
    private static final byte[] OUTPUT_BYTES = ascii("},\"Output Metrics\":{\"Bytes Written\":");
    private static final byte[] OUTPUT_RECORDS = nextKey("Records Written");
    private static final byte[] END = ascii("}}");

    /** Since Spark 4.0. */
    private static final MethodHandle GET_PEAK_ON_HEAP = Handles.number(TaskMetrics.class, "peakOnHeapExecutionMemory");
    private static final MethodHandle GET_PEAK_OFF_HEAP = Handles.number(TaskMetrics.class, "peakOffHeapExecutionMemory");

    /** Since Spark 3.4. */
    private static final MethodHandle GET_REQUESTS_DURATION = Handles.number(ShuffleReadMetrics.class, "remoteReqsDuration");

    private final JsonWriter out;

    TaskMetricsJson(JsonWriter out) {
        this.out = out;
    }

    void write(TaskMetrics task) throws Throwable {
        out.number(DESERIALIZE_TIME, task.executorDeserializeTime());
        out.number(DESERIALIZE_CPU_TIME, task.executorDeserializeCpuTime());
        out.number(RUN_TIME, task.executorRunTime());
        out.number(CPU_TIME, task.executorCpuTime());
        out.number(PEAK_MEMORY, task.peakExecutionMemory());
        if (GET_PEAK_ON_HEAP != null) {
            out.number(PEAK_ON_HEAP, (long) GET_PEAK_ON_HEAP.invokeExact(task));
        }
        if (GET_PEAK_OFF_HEAP != null) {
            out.number(PEAK_OFF_HEAP, (long) GET_PEAK_OFF_HEAP.invokeExact(task));
        }
        out.number(RESULT_SIZE, task.resultSize());
        out.number(GC_TIME, task.jvmGCTime());
        out.number(SERIALIZATION_TIME, task.resultSerializationTime());
        out.number(MEMORY_SPILLED, task.memoryBytesSpilled());
        out.number(DISK_SPILLED, task.diskBytesSpilled());
        shuffleRead(task.shuffleReadMetrics());
        others(task);
    }

    private void shuffleRead(ShuffleReadMetrics read) throws Throwable {
        out.number(REMOTE_BLOCKS, read.remoteBlocksFetched());
        out.number(LOCAL_BLOCKS, read.localBlocksFetched());
        out.number(FETCH_WAIT_TIME, read.fetchWaitTime());
        out.number(REMOTE_BYTES, read.remoteBytesRead());
        out.number(REMOTE_BYTES_TO_DISK, read.remoteBytesReadToDisk());
        out.number(LOCAL_BYTES, read.localBytesRead());
        out.number(READ_RECORDS, read.recordsRead());
        if (GET_REQUESTS_DURATION != null) {
            out.number(REQUESTS_DURATION, (long) GET_REQUESTS_DURATION.invokeExact(read));
        }
        PushBasedShuffleJson.write(out, read);
    }

    private void others(TaskMetrics task) {
        ShuffleWriteMetrics write = task.shuffleWriteMetrics();
        out.number(SHUFFLE_BYTES, write.bytesWritten());
        out.number(SHUFFLE_WRITE_TIME, write.writeTime());
        out.number(SHUFFLE_RECORDS, write.recordsWritten());
        InputMetrics input = task.inputMetrics();
        out.number(INPUT_BYTES, input.bytesRead());
        out.number(INPUT_RECORDS, input.recordsRead());
        OutputMetrics output = task.outputMetrics();
        out.number(OUTPUT_BYTES, output.bytesWritten());
        out.number(OUTPUT_RECORDS, output.recordsWritten());
        out.raw(END);
    }
}
