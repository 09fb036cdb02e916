package io.sparkobs.calls;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** Calls of one name that have no span of their own: counted, summed, and of the other attributes those on which all agree. */
final class Aggregate extends Described {
    /** Numbers that mean something when added up. */
    private static final Set<String> SUMMED = new HashSet<>(Arrays.asList(
            CallAttributes.REQUEST_BYTES,
            CallAttributes.RESPONSE_BYTES,
            CallAttributes.RESENDS,
            CallAttributes.ATTEMPTS,
            CallAttributes.BYTES_READ,
            CallAttributes.BYTES_WRITTEN,
            CallAttributes.BATCH_SIZE,
            CallAttributes.RETURNED_ROWS));

    private static final int ROOM = 12;

    long count;
    long failed;

    /** ns. */
    long total;

    long max;

    /** µs since the epoch; 0 while there is no call. */
    long start;

    long end;

    /** A key on which calls disagree stays, so that it does not come back. */
    private boolean[] disagreed = new boolean[ROOM];

    Aggregate(CallKind kind, String name) {
        super(kind, name, ROOM);
    }

    void add(Call call) {
        boolean first = count == 0;
        count++;
        if (call.error != null) {
            failed++;
        }
        total += call.duration;
        max = Math.max(max, call.duration);
        long callEnd = call.start + call.duration / 1_000;
        start = first ? call.start : Math.min(start, call.start);
        end = first ? callEnd : Math.max(end, callEnd);
        for (int i = 0; i < call.size; i++) {
            if (SUMMED.contains(call.keys[i])) {
                sum(call.keys[i], call.numbers[i]);
            } else {
                agree(first, call.keys[i], call.texts[i], call.numbers[i]);
            }
        }
        for (int i = 0; i < size && !first; i++) {
            disagreed[i] |= !SUMMED.contains(keys[i]) && !call.has(keys[i]);
        }
    }

    /** A sum without a call has a time, too: µs since the epoch. */
    void seen(long now) {
        if (start == 0) {
            start = now;
            end = now;
        }
    }

    void sum(String key, long number) {
        int at = find(key);
        if (at == size) {
            insert(key, null, number, false);
        } else {
            numbers[at] += number;
        }
    }

    private void agree(boolean first, String key, String text, long number) {
        int at = find(key);
        if (at == size) {
            insert(key, text, number, !first);
        } else {
            disagreed[at] |= text == null ? texts[at] != null || numbers[at] != number : !text.equals(texts[at]);
        }
    }

    private void insert(String key, String text, long number, boolean without) {
        int at = size;
        put(at, key, text, number);
        disagreed[at] = without;
    }

    @Override
    void grow(int room) {
        super.grow(room);
        disagreed = Arrays.copyOf(disagreed, room);
    }

    @Override
    boolean isTold(int at) {
        return !disagreed[at];
    }
}
