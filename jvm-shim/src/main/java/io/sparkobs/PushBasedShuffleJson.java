package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.executor.ShuffleReadMetrics;

/** What push-based shuffle added to the read metrics in Spark 3.4: all of it is there, or nothing. */
final class PushBasedShuffleJson {
    private static final byte[] CORRUPT = ascii(",\"Push Based Shuffle\":{\"Corrupt Merged Block Chunks\":");
    private static final byte[] FALLBACKS = nextKey("Merged Fetch Fallback Count");
    private static final byte[] REMOTE_BLOCKS = nextKey("Merged Remote Blocks Fetched");
    private static final byte[] LOCAL_BLOCKS = nextKey("Merged Local Blocks Fetched");
    private static final byte[] REMOTE_CHUNKS = nextKey("Merged Remote Chunks Fetched");
    private static final byte[] LOCAL_CHUNKS = nextKey("Merged Local Chunks Fetched");
    private static final byte[] REMOTE_BYTES = nextKey("Merged Remote Bytes Read");
    private static final byte[] LOCAL_BYTES = nextKey("Merged Local Bytes Read");
    private static final byte[] REQUESTS_DURATION = nextKey("Merged Remote Requests Duration");

    private static final MethodHandle GET_CORRUPT = find("corruptMergedBlockChunks");
    private static final MethodHandle GET_FALLBACKS = find("mergedFetchFallbackCount");
    private static final MethodHandle GET_REMOTE_BLOCKS = find("remoteMergedBlocksFetched");
    private static final MethodHandle GET_LOCAL_BLOCKS = find("localMergedBlocksFetched");
    private static final MethodHandle GET_REMOTE_CHUNKS = find("remoteMergedChunksFetched");
    private static final MethodHandle GET_LOCAL_CHUNKS = find("localMergedChunksFetched");
    private static final MethodHandle GET_REMOTE_BYTES = find("remoteMergedBytesRead");
    private static final MethodHandle GET_LOCAL_BYTES = find("localMergedBytesRead");
    private static final MethodHandle GET_REQUESTS_DURATION = find("remoteMergedReqsDuration");

    private PushBasedShuffleJson() {}

    private static MethodHandle find(String accessor) {
        return Handles.number(ShuffleReadMetrics.class, accessor);
    }

    static void write(JsonWriter out, ShuffleReadMetrics read) throws Throwable {
        if (GET_REQUESTS_DURATION == null) {
            return;
        }
        out.number(CORRUPT, (long) GET_CORRUPT.invokeExact(read));
        out.number(FALLBACKS, (long) GET_FALLBACKS.invokeExact(read));
        out.number(REMOTE_BLOCKS, (long) GET_REMOTE_BLOCKS.invokeExact(read));
        out.number(LOCAL_BLOCKS, (long) GET_LOCAL_BLOCKS.invokeExact(read));
        out.number(REMOTE_CHUNKS, (long) GET_REMOTE_CHUNKS.invokeExact(read));
        out.number(LOCAL_CHUNKS, (long) GET_LOCAL_CHUNKS.invokeExact(read));
        out.number(REMOTE_BYTES, (long) GET_REMOTE_BYTES.invokeExact(read));
        out.number(LOCAL_BYTES, (long) GET_LOCAL_BYTES.invokeExact(read));
        out.number(REQUESTS_DURATION, (long) GET_REQUESTS_DURATION.invokeExact(read));
        out.raw('}');
    }
}
