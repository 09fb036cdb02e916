package io.sparkobs;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * A .NET program's span in force on the thread that serves it: what starts there is below it ({@link Placement}). Called over
 * Microsoft.Spark's bridge, one call each way, because each of them is a round trip.
 */
public final class CallerScope {
    /** By the tag a SQL execution without jobs finds its caller. Spark 3.5 and later know tags. */
    private static final boolean HAS_TAGS = hasTags();

    private CallerScope() {}

    /** As the other, by the session. */
    public static long enter(SparkSession session, String traceparent) {
        try {
            return enter(session.sparkContext(), traceparent);
        } catch (Throwable failure) {
            Log.failure("entering a caller's span", failure);
            return 0;
        }
    }

    /**
     * @param traceparent W3C Trace Context
     * @return for {@link ThreadScope#leave}, or 0 where nothing was done
     */
    public static long enter(SparkContext context, String traceparent) {
        try {
            if (Traceparent.parse(traceparent) == null) {
                return 0;
            }
            Map<String, String> values = new LinkedHashMap<>();
            values.put(Placement.CALLER, traceparent);
            if (HAS_TAGS) {
                values.put(Placement.TAGS, Placement.CALLER_MARK + traceparent);
            }
            return ThreadScope.enter(context.getLocalProperties(), values);
        } catch (Throwable failure) {
            Log.failure("entering a caller's span", failure);
            return 0;
        }
    }

    private static boolean hasTags() {
        try {
            SparkContext.class.getMethod("addJobTag", String.class);
            return true;
        } catch (NoSuchMethodException | LinkageError absent) {
            return false;
        }
    }
}
