package io.sparkobs.calls;

import io.sparkobs.Log;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;

/** Which calls are recorded, as driver and executors read it from the conf. A wrong value is a line in the log, and the default. */
final class CallsConf {
    /** {@code s3}, {@code s3:exact}, {@code jdbc}, {@code fs:<scheme>}, with commas between them; or {@code none}. */
    static final String CALLS = "spark.sparkobs.calls";

    static final String DEFAULT_CALLS = "s3";

    /** Calls shorter than this are only in aggregates, unless they failed; a time. */
    static final String THRESHOLD = "spark.sparkobs.calls.threshold";

    private static final String SCHEME = "[a-z][a-z0-9+.-]{0,31}";

    /** S3A's committers look at the class of their file system, so it is never wrapped: s3 sees its requests. */
    private static final String UNWRAPPED = "s3a?|s3n";

    final boolean s3;
    final boolean s3Exact;
    final boolean jdbc;
    final Set<String> schemes;

    /** ns. */
    final long threshold;

    CallsConf(SparkConf conf) {
        this(conf.get(CALLS, DEFAULT_CALLS), threshold(conf));
    }

    private CallsConf(String calls, long threshold) {
        String wrong = firstWrong(calls);
        if (wrong != null) {
            Log.warnOnce(CALLS, "SparkObs: " + CALLS + " = " + calls + " is not used (\"" + wrong
                    + "\" is none of s3, s3:exact, jdbc, fs:<scheme>, none); instead: " + DEFAULT_CALLS + '.');
            calls = DEFAULT_CALLS;
        }
        Set<String> words = words(calls);
        s3Exact = words.contains("s3:exact");
        s3 = s3Exact || words.contains("s3");
        jdbc = words.contains("jdbc");
        Set<String> found = new LinkedHashSet<>();
        for (String word : words) {
            if (word.startsWith("fs:")) {
                found.add(word.substring(3));
            }
        }
        schemes = Collections.unmodifiableSet(found);
        this.threshold = threshold;
    }

    private static Set<String> words(String calls) {
        Set<String> words = new LinkedHashSet<>();
        for (String word : calls.split(",")) {
            words.add(word.trim());
        }
        return words;
    }

    private static String firstWrong(String calls) {
        Set<String> words = words(calls);
        for (String word : words) {
            boolean known = word.equals("s3") || word.equals("s3:exact") || word.equals("jdbc")
                    || word.equals("none") && words.size() == 1
                    || word.startsWith("fs:") && word.substring(3).matches(SCHEME) && !word.substring(3).matches(UNWRAPPED);
            if (!known) {
                return word;
            }
        }
        return null;
    }

    private static long threshold(SparkConf conf) {
        try {
            long millis = conf.getTimeAsMs(THRESHOLD, "0");
            if (millis >= 0) {
                return TimeUnit.MILLISECONDS.toNanos(millis);
            }
        } catch (RuntimeException wrong) {
            // Said below.
        }
        Log.warnOnce(THRESHOLD, "SparkObs: " + THRESHOLD + " = " + conf.get(THRESHOLD, "") + " is not used (not a time); instead: 0.");
        return 0;
    }

    boolean isOn(CallKind kind) {
        switch (kind) {
            case JDBC:
                return jdbc;
            case FS:
                return !schemes.isEmpty();
            default:
                return s3;
        }
    }

    boolean isAnyOn() {
        return s3 || jdbc || !schemes.isEmpty();
    }
}
