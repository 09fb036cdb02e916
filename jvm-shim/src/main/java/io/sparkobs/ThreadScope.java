package io.sparkobs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/**
 * Local properties that a program in another language has in force on one of Spark's threads, for a while. Its own threads
 * and ours go together one to one, but what it opened on one thread it may close on another (its {@code await} moved), or in
 * another order: the scope holds the thread's properties themselves, so wherever it is left, it is that thread that gets back
 * what it had. A value that somebody else has set in between stays.
 */
public final class ThreadScope {
    /** More than that many are never open but by mistake; then the oldest is left. */
    static final int MOST = 10_000;

    /** Guards everything here: what is done holding it takes a microsecond. */
    private static final Object LOCK = new Object();

    private static final Map<Long, ThreadScope> OPEN = new LinkedHashMap<>();
    private static final ThreadLocal<Top> TOP = ThreadLocal.withInitial(Top::new);
    private static long lastId;

    private final Properties properties;
    private final Top top;
    private final Map<String, String> values;
    private final Map<String, String> earlier = new LinkedHashMap<>();
    private ThreadScope enclosing;

    private static final class Top {
        private ThreadScope scope;
    }

    private ThreadScope(Properties properties, Map<String, String> values) {
        this.properties = properties;
        this.values = values;
        this.top = TOP.get();
        this.enclosing = top.scope;
    }

    /**
     * Sets the values on this thread.
     *
     * @param properties the thread's
     * @param values the value of the job tags is one tag: it takes the place of the callers' tags, and other tags stay
     * @return what {@link #leave} wants to know; never 0
     */
    static long enter(Properties properties, Map<String, String> values) {
        synchronized (LOCK) {
            if (OPEN.size() >= MOST) {
                leave(OPEN.keySet().iterator().next());
                Log.warnOnce("scopes", "SparkObs: " + MOST + " activities on Spark's threads were never disposed; the oldest are taken back.");
            }
            ThreadScope scope = new ThreadScope(properties, values);
            for (Map.Entry<String, String> value : values.entrySet()) {
                scope.earlier.put(value.getKey(), replace(properties, value.getKey(), value.getValue()));
            }
            scope.top.scope = scope;
            OPEN.put(++lastId, scope);
            return lastId;
        }
    }

    /** Takes back what was entered, from any thread; for .NET. A second time, or with an id that nobody has, it does nothing. */
    public static void leave(long id) {
        try {
            synchronized (LOCK) {
                ThreadScope scope = OPEN.remove(id);
                if (scope != null) {
                    scope.leave();
                }
            }
        } catch (Throwable failure) {
            Log.failure("leaving a caller's span", failure);
        }
    }

    private void leave() {
        for (Map.Entry<String, String> value : values.entrySet()) {
            String key = value.getKey();
            ThreadScope over = null;
            for (ThreadScope scope = top.scope; scope != this; scope = scope.enclosing) {
                over = scope.properties == properties && scope.values.containsKey(key) ? scope : over;
            }
            if (over == null) {
                restore(properties, key, value.getValue(), earlier.get(key));
            } else {
                over.earlier.put(key, earlier.get(key));
            }
        }
        if (top.scope == this) {
            top.scope = enclosing;
            return;
        }
        ThreadScope above = top.scope;
        while (above.enclosing != this) {
            above = above.enclosing;
        }
        above.enclosing = enclosing;
    }

    /** Sets the value, and answers what to restore. */
    private static String replace(Properties properties, String key, String value) {
        String before = properties.getProperty(key);
        if (!key.equals(Placement.TAGS)) {
            set(properties, key, value);
            return before;
        }
        List<String> others = tags(before);
        List<String> callers = new ArrayList<>();
        others.removeIf(tag -> tag.startsWith(Placement.CALLER_MARK) && callers.add(tag));
        others.add(value);
        set(properties, key, String.join(",", others));
        return callers.isEmpty() ? null : String.join(",", callers);
    }

    private static void restore(Properties properties, String key, String value, String earlier) {
        String now = properties.getProperty(key);
        if (!key.equals(Placement.TAGS)) {
            if (Objects.equals(now, value)) {
                set(properties, key, earlier);
            }
            return;
        }
        List<String> tags = tags(now);
        if (tags.remove(value)) {
            tags.addAll(tags(earlier));
            set(properties, key, tags.isEmpty() ? null : String.join(",", tags));
        }
    }

    private static List<String> tags(String joined) {
        return joined == null || joined.isEmpty() ? new ArrayList<>() : new ArrayList<>(Arrays.asList(joined.split(",")));
    }

    private static void set(Properties properties, String key, String value) {
        if (value == null) {
            properties.remove(key);
        } else {
            properties.setProperty(key, value);
        }
    }
}
