package io.sparkobs;

import java.security.SecureRandom;

/** Lower-case hex, the one spelling that W3C Trace Context allows. */
final class Hex {
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private Hex() {}

    static String of(byte[] bytes, int count) {
        char[] text = new char[2 * count];
        for (int i = 0; i < count; i++) {
            text[2 * i] = DIGITS[bytes[i] >> 4 & 15];
            text[2 * i + 1] = DIGITS[bytes[i] & 15];
        }
        return new String(text);
    }

    static String random(int bytes) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        return of(random, bytes);
    }

    /** Whether this is an id: so many digits, not all of them zero. */
    static boolean isId(String text, int digits) {
        if (text == null || text.length() != digits) {
            return false;
        }
        boolean zeros = true;
        for (int i = 0; i < digits; i++) {
            char c = text.charAt(i);
            if (!isDigit(c)) {
                return false;
            }
            zeros &= c == '0';
        }
        return !zeros;
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
    }
}
