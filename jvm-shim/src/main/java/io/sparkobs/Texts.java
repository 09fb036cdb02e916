package io.sparkobs;

import java.util.LinkedHashMap;
import java.util.Map;
import scala.Option;
import scala.collection.Iterable;
import scala.collection.Iterator;

/**
 * Texts that users wrote or Spark made of what they wrote: redacted, then cut. Identities ({@link #identity}) are only
 * cut: the reader finds the span's place by them, and redacts them where it shows them.
 */
final class Texts {
    /** Call sites and the nodes of plans come again and again. */
    private static final int REMEMBERED = 1_024;

    /** Characters of a text that is remembered: all together at most some MiB. */
    private static final int REMEMBERED_LENGTH = 512;

    private final JsonWriter out;
    private final Redaction redaction;
    private final Map<String, String> redacted = new LinkedHashMap<String, String>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };

    Texts(JsonWriter out, Redaction redaction) {
        this.out = out;
        this.redaction = redaction;
    }

    /** The field with its text, or nothing where there is none. */
    void write(byte[] key, String text, int limit) {
        if (text != null) {
            out.string(key, clean(text, limit));
        }
    }

    void write(byte[] key, Option<?> text, int limit) {
        if (text != null && text.isDefined()) {
            write(key, String.valueOf(text.get()), limit);
        }
    }

    /** The field with what something is known by, or nothing where there is none. */
    void identity(byte[] key, String text, int limit) {
        if (text != null) {
            out.string(key, Cut.text(text, limit));
        }
    }

    /** An array of the tags in a Scala collection, or nothing where there is none. */
    void tags(byte[] key, Object collection) {
        if (collection == null) {
            return;
        }
        out.raw(key).raw('[');
        Iterator<?> items = ((Iterable<?>) collection).iterator();
        for (int i = 0; items.hasNext() && i < Limits.LIST_ITEMS; i++) {
            if (i > 0) {
                out.raw(',');
            }
            out.string(Cut.text(String.valueOf(items.next()), Limits.NAME));
        }
        out.raw(']');
    }

    String clean(String text, int limit) {
        return Cut.text(redact(Cut.prefix(text, limit + Limits.REDACTION_MARGIN)), limit);
    }

    private String redact(String text) {
        if (text.length() > REMEMBERED_LENGTH) {
            return redaction.apply(text);
        }
        String clean = redacted.get(text);
        if (clean == null) {
            clean = redaction.apply(text);
            redacted.put(text, clean);
        }
        return clean;
    }
}
