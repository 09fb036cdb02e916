package io.sparkobs.calls;

import java.util.Arrays;

/** What is told of a call, or of calls of one name together: kind, name and attributes. For one thread at a time. */
class Described {
    final CallKind kind;
    String name;

    /** Attributes: a key, and its text or, where that is null, its number. */
    int size;

    String[] keys;
    String[] texts;
    long[] numbers;

    /** @param room for so many attributes at first */
    Described(CallKind kind, String name, int room) {
        this.kind = kind;
        this.name = name;
        keys = new String[room];
        texts = new String[room];
        numbers = new long[room];
    }

    /** Where the attribute is; {@link #size} when there is none. */
    final int find(String key) {
        int at = 0;
        while (at < size && !keys[at].equals(key)) {
            at++;
        }
        return at;
    }

    final boolean has(String key) {
        return find(key) < size;
    }

    /** @param at what {@link #find} has answered */
    final void put(int at, String key, String text, long number) {
        if (at == keys.length) {
            grow(2 * at);
        }
        keys[at] = key;
        texts[at] = text;
        numbers[at] = number;
        size = Math.max(size, at + 1);
    }

    void grow(int room) {
        keys = Arrays.copyOf(keys, room);
        texts = Arrays.copyOf(texts, room);
        numbers = Arrays.copyOf(numbers, room);
    }

    /** Whether the attribute there is one to be told. */
    boolean isTold(int at) {
        return true;
    }
}
