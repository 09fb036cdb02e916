package io.sparkobs;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Few lines in the logs of drivers and executors: each subject once a JVM. */
public final class Log {
    private static final Logger LOGGER = LoggerFactory.getLogger("io.sparkobs");

    /** Subjects are literals of this code, so they bound the set. */
    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    private Log() {}

    public static void info(String message) {
        LOGGER.info(message);
    }

    public static void warnOnce(String subject, String message) {
        if (SAID.add(subject)) {
            LOGGER.warn(message);
        }
    }

    /** A failure of ours, which the application must not notice. Itself never throws. */
    public static void failure(String where, Throwable failure) {
        try {
            if (SAID.add(where)) {
                LOGGER.warn("SparkObs: " + where + " failed, and goes on without; the application is not affected.", failure);
            }
        } catch (Throwable ignored) {
            // Nothing is left to be tried.
        }
    }
}
