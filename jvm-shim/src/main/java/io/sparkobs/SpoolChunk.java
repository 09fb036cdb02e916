package io.sparkobs;

import java.util.BitSet;

/** Lines on their way from memory to disk. */
final class SpoolChunk {
    /** As on the wire. */
    final JsonWriter text = new JsonWriter();

    /** Bit n: line n is an event. */
    final BitSet events = new BitSet();

    int lines;

    void clear() {
        text.clear();
        events.clear();
        lines = 0;
    }
}
