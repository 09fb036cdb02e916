package io.sparkobs.calls;

import io.sparkobs.JsonWriter;

/** Takes lines on their way to the bridge: on the driver its outbox, on an executor the channel to the driver. */
public interface CallSink {
    /**
     * Takes a copy, at once, and drops it when there is no room.
     *
     * @param line the object's fields with their closing brace, without the opening one
     * @return false when it was dropped here
     */
    boolean offer(JsonWriter line);
}
