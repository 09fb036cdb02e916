package io.sparkobs.calls;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which task an S3 object or upload belongs to: the one on whose thread it was seen. S3A's own threads, which upload, copy
 * and delete, know no task, but name the same object.
 */
final class S3Owners {
    /** A few thousand objects are under way at most; the one not used for longest goes first. */
    private static final int MAX_KEYS = 8_192;

    /** Of an object that several tasks touched nobody can say for whom a thread touches it again. */
    private static final CallGroup SHARED = CallGroup.task(-1, -1, -1);

    private final Map<String, CallGroup> owners = new LinkedHashMap<String, CallGroup>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, CallGroup> eldest) {
            return size() > MAX_KEYS;
        }
    };

    /** The task touches it. */
    synchronized void note(String key, CallGroup task) {
        CallGroup other = owners.get(key);
        if (other != task) {
            owners.put(key, other == null ? task : SHARED);
            task.ownsKeys = true;
        }
    }

    /** Null when it is no task's alone. */
    synchronized CallGroup find(String key) {
        CallGroup owner = owners.get(key);
        return owner == SHARED ? null : owner;
    }

    synchronized void forget(CallGroup task) {
        if (task.ownsKeys) {
            owners.values().removeIf(owner -> owner == task);
        }
    }
}
