package io.sparkobs;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Ids as a function of what they identify: whoever knows an application's seed can compute the id of any of its spans. A
 * twin of the reader's {@code SpanIds.cs}; tests/vectors/ids.json holds both. Ids are lower-case hex.
 */
public final class SpanIds {
    private static final String NO_SPAN = "0000000000000000";

    private final String seed;

    public SpanIds(String seed) {
        this.seed = seed;
    }

    /** The id of the span of this kind and key: the first 8 bytes of SHA-256 of {@code seed|kind|key}. */
    public String span(String kind, String key) {
        String id = hash(seed + '|' + kind + '|' + key, 8);
        // Zeros mean "none" (W3C Trace Context), so the one hash in 2^64 becomes 1.
        return id.equals(NO_SPAN) ? "0000000000000001" : id;
    }

    /** The id of a trace that a micro-batch or an operation has for itself. */
    String ownTrace(String kind, String key) {
        return hash(seed + "|trace|" + kind + '|' + key, 16);
    }

    /** The seed of an application whose conf has no {@code spark.sparkobs.id}. */
    static String seedOf(String appId, String attemptId) {
        return hash("sparkobs|" + appId + '|' + (attemptId == null ? "" : attemptId), 16);
    }

    private static String hash(String text, int bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Hex.of(hash, bytes);
        } catch (NoSuchAlgorithmException impossible) {
            // Every Java has SHA-256.
            throw new IllegalStateException(impossible);
        }
    }
}
