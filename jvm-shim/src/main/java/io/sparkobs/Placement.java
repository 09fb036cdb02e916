package io.sparkobs;

import java.util.function.UnaryOperator;

/**
 * In which trace a top SQL execution or job stands, and below which span, as its local properties say. A twin of the
 * reader's {@code JobOrigin.cs} and {@code Placement.cs}; tests/vectors/parents.json holds both.
 */
public final class Placement {
    private static final String OPERATION_TAG = "SparkConnect_OperationTag_User_";
    private static final String OPERATION_MARK = "_Operation_";
    static final String CALLER_MARK = "traceparent=";

    /** The local properties by which a job finds its place. */
    static final String QUERY_ID = "sql.streaming.queryId";

    static final String BATCH_ID = "streaming.sql.batchId";

    /** A stream's run id. */
    static final String JOB_GROUP = "spark.jobGroup.id";

    static final String TAGS = "spark.job.tags";
    static final String CALLER = "traceparent";

    /** {@code application}, {@code batch}, {@code operation} or {@code caller}. */
    final String kind;

    public final String trace;
    final String parent;
    final boolean sampled;

    private Placement(String kind, String trace, String parent, boolean sampled) {
        this.kind = kind;
        this.trace = trace;
        this.parent = parent;
        this.sampled = sampled;
    }

    /**
     * The batch's trace and span, else the operation's (whose trace is the caller's where there is one), else the
     * caller's, else the application's. A batch wins because a stream's thread inherits the properties of whoever
     * started it, for ever.
     *
     * @param properties answers a local property, or null
     * @param sampled whether the application's own caller, if it has one, is sampled
     */
    public static Placement of(UnaryOperator<String> properties, SpanIds ids, String applicationTrace, boolean sampled) {
        String query = properties.apply(QUERY_ID);
        String run = properties.apply(JOB_GROUP);
        String batch = properties.apply(BATCH_ID);
        if (query != null && run != null && batch != null) {
            String key = query + '.' + run + '.' + batch;
            return new Placement("batch", ids.ownTrace("batch", key), ids.span("batch", key), true);
        }

        String joined = properties.apply(TAGS);
        String[] tags = joined == null ? new String[0] : joined.split(",");
        Traceparent caller = Traceparent.parse(properties.apply(CALLER));
        if (caller == null) {
            caller = callerIn(tags);
        }
        String operation = operationIn(tags);
        if (operation != null) {
            String trace = caller != null ? caller.trace : ids.ownTrace("op", operation);
            return new Placement("operation", trace, ids.span("op", operation), caller == null || caller.sampled);
        }
        return caller != null
                ? new Placement("caller", caller.trace, caller.span, caller.sampled)
                : new Placement("application", applicationTrace, ids.span("app", ""), sampled);
    }

    private static String operationIn(String[] tags) {
        for (String tag : tags) {
            int mark = tag.lastIndexOf(OPERATION_MARK);
            int id = mark + OPERATION_MARK.length();
            if (mark > 0 && id < tag.length() && tag.startsWith(OPERATION_TAG)) {
                return tag.substring(id);
            }
        }
        return null;
    }

    /** Of the tags that are or end in {@code traceparent=…} the first, in ordinal order, that can be read: tags are a set. */
    private static Traceparent callerIn(String[] tags) {
        Traceparent first = null;
        String firstTag = null;
        for (String tag : tags) {
            int mark = tag.lastIndexOf(CALLER_MARK);
            if (mark < 0 || firstTag != null && tag.compareTo(firstTag) >= 0) {
                continue;
            }
            Traceparent caller = Traceparent.parse(tag.substring(mark + CALLER_MARK.length()));
            if (caller != null) {
                first = caller;
                firstTag = tag;
            }
        }
        return first;
    }
}
