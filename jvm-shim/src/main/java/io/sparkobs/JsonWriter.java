package io.sparkobs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON and UTF-8 into a byte array that is used again and again. Not for use by several threads. */
public final class JsonWriter {
    private static final int INITIAL_CAPACITY = 16 * 1024;

    /** An array that grew past this for one large event is given back after it. */
    private static final int KEPT_CAPACITY = 1024 * 1024;

    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] NULL = ascii("null");
    private static final byte[] MIN_LONG = ascii(Long.toString(Long.MIN_VALUE));
    private static final byte[] REPLACEMENT = "\ufffd".getBytes(StandardCharsets.UTF_8);

    /** 00 to 99, two digits each. */
    private static final byte[] PAIRS = new byte[200];

    static {
        for (int i = 0; i < 100; i++) {
            PAIRS[2 * i] = (byte) ('0' + i / 10);
            PAIRS[2 * i + 1] = (byte) ('0' + i % 10);
        }
    }

    public byte[] bytes;
    public int length;

    public JsonWriter() {
        bytes = new byte[INITIAL_CAPACITY];
    }

    /** What is written already, not copied. */
    public JsonWriter(byte[] written) {
        bytes = written;
        length = written.length;
    }

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** {@code "name":} */
    public static byte[] key(String name) {
        return ascii('"' + name + "\":");
    }

    /** {@code ,"name":} */
    public static byte[] nextKey(String name) {
        return ascii(",\"" + name + "\":");
    }

    public void clear() {
        length = 0;
        if (bytes.length > KEPT_CAPACITY) {
            bytes = new byte[INITIAL_CAPACITY];
        }
    }

    public JsonWriter raw(byte[] text) {
        ensure(text.length);
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
        return this;
    }

    public JsonWriter raw(char ascii) {
        ensure(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    public JsonWriter number(byte[] key, long value) {
        return raw(key).number(value);
    }

    public JsonWriter bool(byte[] key, boolean value) {
        return raw(key).raw(value ? TRUE : FALSE);
    }

    public JsonWriter string(byte[] key, String value) {
        return raw(key).string(value);
    }

    /** Leaves out the field when there is no value. */
    public JsonWriter optional(byte[] key, String value) {
        return value == null ? this : string(key, value);
    }

    public JsonWriter number(long value) {
        if (value == Long.MIN_VALUE) {
            return raw(MIN_LONG);
        }
        ensure(20);
        if (value < 0) {
            bytes[length++] = '-';
            value = -value;
        }
        int digits = digits(value);
        int at = length + digits;
        length = at;
        while (value >= 100) {
            long rest = value / 100;
            int pair = (int) (value - rest * 100) * 2;
            bytes[--at] = PAIRS[pair + 1];
            bytes[--at] = PAIRS[pair];
            value = rest;
        }
        if (value >= 10) {
            bytes[--at] = PAIRS[(int) value * 2 + 1];
            bytes[--at] = PAIRS[(int) value * 2];
        } else {
            bytes[--at] = (byte) ('0' + value);
        }
        return this;
    }

    private static int digits(long value) {
        int digits = 1;
        long bound = 10;
        while (digits < 19 && value >= bound) {
            digits++;
            bound *= 10;
        }
        return digits;
    }

    /** A finite number; null for what JSON has no number for. */
    JsonWriter number(double value) {
        return Double.isNaN(value) || Double.isInfinite(value) ? raw(NULL) : raw(ascii(Double.toString(value)));
    }

    public JsonWriter string(String value) {
        if (value == null) {
            return raw(NULL);
        }
        int chars = value.length();
        ensure(chars + 2);
        bytes[length++] = '"';
        for (int i = 0; i < chars; i++) {
            char c = value.charAt(i);
            if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
                // Room for the rest of the characters as single bytes is always kept.
                bytes[length++] = (byte) c;
            } else {
                ensure(chars - i + 6);
                if (Character.isHighSurrogate(c) && i + 1 < chars && Character.isLowSurrogate(value.charAt(i + 1))) {
                    utf8(Character.toCodePoint(c, value.charAt(++i)));
                } else {
                    special(c);
                }
            }
        }
        ensure(1);
        bytes[length++] = '"';
        return this;
    }

    private void special(char c) {
        if (c == '"' || c == '\\') {
            bytes[length++] = '\\';
            bytes[length++] = (byte) c;
        } else if (c == '\n') {
            bytes[length++] = '\\';
            bytes[length++] = 'n';
        } else if (c < ' ' || c == 0x7f) {
            bytes[length++] = '\\';
            bytes[length++] = 'u';
            bytes[length++] = '0';
            bytes[length++] = '0';
            bytes[length++] = HEX[c >> 4];
            bytes[length++] = HEX[c & 15];
        } else if (Character.isSurrogate(c)) {
            System.arraycopy(REPLACEMENT, 0, bytes, length, REPLACEMENT.length);
            length += REPLACEMENT.length;
        } else {
            utf8(c);
        }
    }

    private void utf8(int codePoint) {
        if (codePoint < 0x800) {
            bytes[length++] = (byte) (0xc0 | codePoint >> 6);
        } else {
            if (codePoint < 0x10000) {
                bytes[length++] = (byte) (0xe0 | codePoint >> 12);
            } else {
                bytes[length++] = (byte) (0xf0 | codePoint >> 18);
                bytes[length++] = (byte) (0x80 | codePoint >> 12 & 0x3f);
            }
            bytes[length++] = (byte) (0x80 | codePoint >> 6 & 0x3f);
        }
        bytes[length++] = (byte) (0x80 | codePoint & 0x3f);
    }

    /** Makes room for this many more bytes. */
    void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
