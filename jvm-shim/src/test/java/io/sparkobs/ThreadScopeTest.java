package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ThreadScopeTest {
    private final Properties properties = new Properties();

    @Test
    void nested_scopes_give_back_what_was_before() {
        properties.setProperty("user", "1");
        properties.setProperty("traceparent", "theirs");
        properties.setProperty("spark.job.tags", "nightly,traceparent=theirs");

        long outer = enter("outer");
        assertEquals(state("outer", "nightly,traceparent=outer"), properties);
        long inner = enter("inner");
        assertEquals(state("inner", "nightly,traceparent=inner"), properties);
        ThreadScope.leave(inner);
        assertEquals(state("outer", "nightly,traceparent=outer"), properties);
        ThreadScope.leave(outer);
        assertEquals(state("theirs", "nightly,traceparent=theirs"), properties);
        ThreadScope.leave(outer);
        ThreadScope.leave(0);
        assertEquals(state("theirs", "nightly,traceparent=theirs"), properties);
    }

    @Test
    void nothing_is_left_where_nothing_was() {
        ThreadScope.leave(enter("a"));
        assertEquals(new Properties(), properties);
    }

    @Test
    void left_on_another_thread_it_is_the_first_one_that_gets_back_what_it_had() throws Exception {
        long scope = enter("a");
        Properties others = new Properties();
        Thread other = new Thread(() -> {
            enter(others, "other's");
            ThreadScope.leave(scope);
        });
        other.start();
        other.join();

        assertEquals(new Properties(), properties);
        assertEquals("other's", others.getProperty("traceparent"));
    }

    @Test
    void left_out_of_order_the_inner_one_stays_in_force_and_then_nothing_is_left() {
        long outer = enter("outer");
        long middle = enter("middle");
        long inner = enter("inner");

        ThreadScope.leave(outer);
        ThreadScope.leave(middle);
        assertEquals("inner", properties.getProperty("traceparent"));
        assertEquals("traceparent=inner", properties.getProperty("spark.job.tags"));
        ThreadScope.leave(inner);
        assertEquals(new Properties(), properties);
    }

    @Test
    void left_below_a_scope_of_other_keys_its_own_are_given_back_at_once() {
        long caller = enter("caller");
        Map<String, String> batch = new HashMap<>();
        batch.put("streaming.sql.batchId", "7");
        long other = ThreadScope.enter(properties, batch);

        ThreadScope.leave(caller);
        Properties left = new Properties();
        left.setProperty("streaming.sql.batchId", "7");
        assertEquals(left, properties);
        ThreadScope.leave(other);
        assertEquals(new Properties(), properties);
    }

    @Test
    void what_others_set_in_between_stays() {
        long scope = enter("a");
        properties.setProperty("traceparent", "theirs");
        properties.setProperty("spark.job.tags", "traceparent=a,added");
        ThreadScope.leave(scope);
        assertEquals("theirs", properties.getProperty("traceparent"));
        assertEquals("added", properties.getProperty("spark.job.tags"));
    }

    @Test
    void scopes_that_are_never_left_are_bounded() {
        List<Properties> all = new ArrayList<>();
        for (int i = 0; i < ThreadScope.MOST + 3; i++) {
            Properties one = new Properties();
            enter(one, "a");
            all.add(one);
        }
        assertTrue(all.get(0).isEmpty() && all.get(2).isEmpty());
        assertEquals("a", all.get(ThreadScope.MOST + 2).getProperty("traceparent"));
    }

    private static Properties state(String traceparent, String tags) {
        Properties expected = new Properties();
        expected.setProperty("user", "1");
        expected.setProperty("traceparent", traceparent);
        expected.setProperty("spark.job.tags", tags);
        return expected;
    }

    private long enter(String traceparent) {
        return enter(properties, traceparent);
    }

    private static long enter(Properties properties, String traceparent) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("traceparent", traceparent);
        values.put("spark.job.tags", "traceparent=" + traceparent);
        return ThreadScope.enter(properties, values);
    }
}
