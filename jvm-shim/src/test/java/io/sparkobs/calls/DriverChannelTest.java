package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.sparkobs.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

class DriverChannelTest {
    private final List<String> sent = new ArrayList<>();
    private boolean unreachable;
    private final DriverChannel channel = new DriverChannel(new Context());

    private static JsonWriter line(int bytes) {
        char[] text = new char[bytes];
        Arrays.fill(text, 'x');
        return new JsonWriter(new String(text).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void Lines_wait_until_the_driver_has_answered_once() {
        assertTrue(channel.offer(line(3)));
        assertEquals(Collections.emptyList(), sent);
        channel.confirm();
        assertEquals(Arrays.asList("?", "xxx"), sent);
        assertTrue(channel.offer(line(2)));
        assertEquals(Arrays.asList("?", "xxx", "xx"), sent);
    }

    @Test
    void Without_answers_no_more_than_the_window_is_under_way() {
        channel.confirm();
        assertTrue(channel.offer(line(DriverChannel.WINDOW - 1)));
        assertTrue(channel.offer(line(1)));
        assertFalse(channel.offer(line(1)));
        unreachable = true;
        channel.confirm();
        assertFalse(channel.offer(line(1)));
        unreachable = false;
        channel.confirm();
        assertTrue(channel.offer(line(DriverChannel.WINDOW)));
    }

    @Test
    void The_driver_is_asked_only_when_something_is_under_way() {
        channel.confirm();
        channel.confirm();
        assertEquals(Collections.singletonList("?"), sent);
    }

    @Test
    void A_send_that_fails_is_a_line_that_was_dropped() {
        channel.confirm();
        unreachable = true;
        assertFalse(channel.offer(line(1)));
    }

    @Test
    void The_driver_takes_lines_of_calls_and_nothing_else() {
        Lines lines = new Lines();
        String good = "\"Event\":\"SparkObsCalls\",\"Executor ID\":\"1\",\"Calls\":[],\"Aggregates\":[]}";
        assertNull(DriverChannel.receive(good.getBytes(StandardCharsets.UTF_8), lines));
        assertNull(DriverChannel.receive("\"Event\":\"SparkListenerJobEnd\"}".getBytes(StandardCharsets.UTF_8), lines));
        assertNull(DriverChannel.receive(good.substring(0, 60).getBytes(StandardCharsets.UTF_8), lines));
        assertNull(DriverChannel.receive("text", lines));
        assertNull(DriverChannel.receive(null, lines));
        assertEquals(true, DriverChannel.receive(new byte[0], lines));
        assertEquals(Collections.singletonList('{' + good), lines.take());
    }

    private final class Context implements PluginContext {
        @Override
        public void send(Object message) {
            if (unreachable) {
                throw new IllegalStateException("no driver");
            }
            sent.add(new String((byte[]) message, StandardCharsets.UTF_8));
        }

        @Override
        public Object ask(Object message) {
            if (unreachable) {
                throw new IllegalStateException("no driver");
            }
            assertEquals(0, ((byte[]) message).length);
            sent.add("?");
            return true;
        }

        @Override
        public MetricRegistry metricRegistry() {
            return null;
        }

        @Override
        public SparkConf conf() {
            return null;
        }

        @Override
        public String executorID() {
            return "7";
        }

        @Override
        public String hostname() {
            return null;
        }

        @Override
        public Map<String, ResourceInformation> resources() {
            return null;
        }
    }
}
