package io.sparkobs.calls;

import io.sparkobs.Log;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;

/** Bytes that one thread reads and writes by scheme, as Hadoop counts them, from here on. */
final class FsBytes {
    /** By scheme: read, written; cumulative, at the start. */
    private final Map<String, long[]> before;

    private final Set<String> schemes;

    private FsBytes(Set<String> schemes) {
        this.schemes = schemes;
        before = now();
    }

    /** Null when no scheme is recorded, or Hadoop does not say. */
    static FsBytes ofThread(CallsConf conf) {
        if (conf.schemes.isEmpty()) {
            return null;
        }
        try {
            return new FsBytes(conf.schemes);
        } catch (Throwable failure) {
            Log.failure("reading Hadoop's statistics", failure);
            return null;
        }
    }

    /** On the same thread: adds to the task's aggregate of each scheme, which has the scheme's name. */
    void addTo(CallGroup task) {
        try {
            for (Map.Entry<String, long[]> scheme : now().entrySet()) {
                long[] start = before.get(scheme.getKey());
                long[] end = scheme.getValue();
                add(task, scheme.getKey(), CallAttributes.BYTES_READ, end[0] - (start == null ? 0 : start[0]));
                add(task, scheme.getKey(), CallAttributes.BYTES_WRITTEN, end[1] - (start == null ? 0 : start[1]));
            }
        } catch (Throwable failure) {
            Log.failure("reading Hadoop's statistics", failure);
        }
    }

    /** None is absent: some file systems do not count. */
    private static void add(CallGroup task, String scheme, String key, long bytes) {
        if (bytes > 0) {
            task.add(CallKind.FS, scheme, key, bytes);
        }
    }

    private Map<String, long[]> now() {
        Map<String, long[]> bytes = new HashMap<>();
        for (FileSystem.Statistics statistics : FileSystem.getAllStatistics()) {
            if (schemes.contains(statistics.getScheme())) {
                FileSystem.Statistics.StatisticsData thread = statistics.getThreadStatistics();
                long[] sum = bytes.computeIfAbsent(statistics.getScheme(), scheme -> new long[2]);
                sum[0] += thread.getBytesRead();
                sum[1] += thread.getBytesWritten();
            }
        }
        return bytes;
    }
}
