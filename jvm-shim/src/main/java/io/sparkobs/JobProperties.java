package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.key;

import java.util.Properties;

/** The local properties of a job or stage that the reader uses ({@code JobEvents.cs}); all others stay in the JVM. */
final class JobProperties {
    /** By these a job finds its place: {@link Texts#identity}. */
    private static final String[] IDENTITIES = {
        "spark.sql.execution.id",
        "spark.sql.execution.root.id",
        Placement.QUERY_ID,
        Placement.BATCH_ID,
        Placement.JOB_GROUP,
        "spark.scheduler.pool",
        Placement.CALLER,
        Placement.TAGS,
    };

    private static final String[] TEXTS = {"spark.job.description", "callSite.short"};

    private static final byte[][] IDENTITY_KEYS = keys(IDENTITIES);
    private static final byte[][] TEXT_KEYS = keys(TEXTS);
    private static final byte[] PROPERTIES = ascii(",\"Properties\":{");

    private JobProperties() {}

    static void write(JsonWriter out, Texts texts, Properties properties) {
        if (properties == null) {
            return;
        }
        out.raw(PROPERTIES);
        int start = out.length;
        for (int i = 0; i < IDENTITIES.length; i++) {
            String value = properties.getProperty(IDENTITIES[i]);
            if (value != null) {
                comma(out, start);
                texts.identity(IDENTITY_KEYS[i], value, Limits.MESSAGE);
            }
        }
        for (int i = 0; i < TEXTS.length; i++) {
            String value = properties.getProperty(TEXTS[i]);
            if (value != null) {
                comma(out, start);
                texts.write(TEXT_KEYS[i], value, Limits.NAME);
            }
        }
        out.raw('}');
    }

    private static void comma(JsonWriter out, int start) {
        if (out.length > start) {
            out.raw(',');
        }
    }

    private static byte[][] keys(String[] names) {
        byte[][] keys = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            keys[i] = key(names[i]);
        }
        return keys;
    }
}
