package io.sparkobs.calls;

import io.sparkobs.Log;

/** The way in for everything that sees calls. Nothing here throws, and nothing is allocated while calls are off. */
public final class Calls {
    /** Null until a plugin has started with calls on, and after its end: hooks that outlive it do nothing. */
    private static volatile Recorder recorder;

    private Calls() {}

    public static boolean isOn(CallKind kind) {
        Recorder current = recorder;
        return current != null && current.conf.isOn(kind);
    }

    /**
     * A call begins, on this thread: its task is the thread's {@code TaskContext}'s.
     *
     * @return null when calls of this kind are not recorded
     */
    public static Call begin(CallKind kind, String name) {
        Recorder current = recorder;
        if (current == null || !current.conf.isOn(kind)) {
            return null;
        }
        try {
            return current.begin(kind, name);
        } catch (Throwable failure) {
            Log.failure("recording a call", failure);
            return null;
        }
    }

    /**
     * Adds to the aggregate of this name in the calling thread's task; no call is counted by it. Does nothing outside tasks.
     *
     * @param key one of the attributes that are summed ({@link Aggregate})
     */
    public static void add(CallKind kind, String name, String key, long value) {
        Recorder current = recorder;
        if (current == null || !current.conf.isOn(kind)) {
            return;
        }
        try {
            CallGroup task = current.taskOfThread();
            if (task != null) {
                task.add(kind, name, key, value);
            }
        } catch (Throwable failure) {
            Log.failure("recording a call", failure);
        }
    }

    static Recorder recorder() {
        return recorder;
    }

    static void install(Recorder next) {
        recorder = next;
    }
}
