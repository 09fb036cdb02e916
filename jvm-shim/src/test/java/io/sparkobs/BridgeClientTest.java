package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BridgeClientTest {
    private final Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
    private final Session session = new Session("t0ken", "0123", "na\"me", "3.5.3");
    private final CountDownLatch stopped = new CountDownLatch(1);
    private FakeBridge bridge;

    private BridgeClient connect(FakeBridge.Script... scripts) throws Exception {
        bridge = new FakeBridge(scripts);
        return connect(bridge.endpoint());
    }

    private BridgeClient connect(Endpoint endpoint) {
        BridgeClient client = new BridgeClient(endpoint, session, outbox, new Ledger(outbox, SpoolTest.OFF), false, stopped::countDown);
        client.start();
        return client;
    }

    @AfterEach
    void close() throws Exception {
        if (bridge != null) {
            bridge.close();
        }
    }

    private void offer(int lines) {
        JsonWriter line = new JsonWriter();
        line.raw(JsonWriter.ascii("\"Event\":\"x\"}"));
        for (int i = 0; i < lines; i++) {
            outbox.offer(Rank.STRUCTURE, line);
        }
    }

    /** So many lines of events; heartbeats, which come when they will, are passed over. */
    private List<String> events(int count) throws InterruptedException {
        List<String> events = new ArrayList<>();
        while (events.size() < count) {
            String line = bridge.lines.poll(30, TimeUnit.SECONDS);
            assertNotNull(line, "only " + events);
            if (line.contains("\"Event\":\"x\"")) {
                events.add(line);
            }
        }
        return events;
    }

    @Test
    void Hello_says_who_is_there() throws Exception {
        session.appId = "app-1";
        offer(3);
        connect(FakeBridge.GOOD);
        JsonNode hello = new ObjectMapper().readTree(bridge.hellos.poll(30, TimeUnit.SECONDS));
        JsonNode expected = new ObjectMapper().readTree("{\"SparkObsHello\":1,\"token\":\"t0ken\",\"session\":\"0123\",\"instance\":\""
                + session.instance + "\",\"firstSeq\":1,\"appName\":\"na\\\"me\",\"appId\":\"app-1\",\"sparkVersion\":\"3.5.3\","
                + "\"shimVersion\":\"unknown\"}");
        assertEquals(expected, hello);
    }

    @Test
    void Lines_arrive_and_are_forgotten_when_acknowledged() throws Exception {
        BridgeClient client = connect(FakeBridge.GOOD);
        offer(1_000);
        events(1_000);
        assertTrue(client.drain(30_000));
        assertTrue(outbox.isEmpty());
    }

    @Test
    void A_heartbeat_comes_with_the_connection_and_with_each_drain() throws Exception {
        BridgeClient client = connect(FakeBridge.GOOD);
        assertTrue(client.drain(30_000));
        JsonNode heartbeat = new ObjectMapper().readTree(bridge.lines.poll(30, TimeUnit.SECONDS));
        assertTrue(heartbeat.get("Time").asLong() > 0);
        ((ObjectNode) heartbeat).remove("Time");
        assertEquals(new ObjectMapper().readTree("{\"SparkObsSeq\":1,\"Event\":\"SparkObsHeartbeat\",\"Ignored\":0,\"Failed\":0,"
                + "\"Outbox Dropped\":{\"task\":0,\"detail\":0,\"structure\":0},\"In Memory\":0,\"In Spool\":0,\"Calls Dropped\":0,"
                + "\"Memory Bytes\":0,\"Spool Bytes\":0}"), heartbeat);
    }

    @Test
    void After_a_broken_connection_the_rest_is_sent_again() throws Exception {
        // Takes five lines, keeps two, acknowledges one, and is gone.
        FakeBridge.Script breaking = peer -> {
            peer.send("{\"ok\":true,\"ack\":0,\"durability\":\"memory\"}");
            for (int i = 0; i < 5; i++) {
                String line = peer.readLine();
                if (i < 2) {
                    peer.bridge.keep(line);
                }
            }
            peer.send("{\"ack\":1}");
        };
        offer(10);
        BridgeClient client = connect(breaking, FakeBridge.GOOD);
        List<String> events = events(10);
        for (int i = 0; i < 10; i++) {
            assertEquals("{\"SparkObsSeq\":" + (i + 1) + ",\"Event\":\"x\"}", events.get(i));
        }
        assertTrue(client.drain(30_000));
        assertEquals(2, bridge.hellos.size());
    }

    @Test
    void A_refused_token_ends_it_for_the_run() throws Exception {
        BridgeClient client = connect(peer -> peer.send("{\"error\":\"wrong token\"}"));
        offer(1);
        assertTrue(stopped.await(30, TimeUnit.SECONDS));
        assertFalse(client.drain(30_000));
        assertFalse(client.canReach());
        assertEquals(1, bridge.hellos.size());
    }

    @Test
    void With_a_spool_a_refused_run_goes_on_without_the_bridge() throws Exception {
        bridge = new FakeBridge(peer -> peer.send("{\"error\":\"wrong token\"}"));
        BridgeClient client = new BridgeClient(bridge.endpoint(), session, outbox, new Ledger(outbox, SpoolTest.OFF), true,
                stopped::countDown);
        client.start();
        while (client.canReach() || !client.isStalled()) {
            Thread.sleep(10);
        }
        assertEquals(1, stopped.getCount());
        assertFalse(client.drain(30_000));
        assertEquals(1, bridge.hellos.size());
    }

    @Test
    void Another_refusal_is_tried_again() throws Exception {
        BridgeClient client = connect(peer -> peer.send("{\"error\":\"another instance is connected\"}"), FakeBridge.GOOD);
        offer(1);
        events(1);
        assertTrue(client.drain(30_000));
        assertEquals(2, bridge.hellos.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 400 Bad Request", "{}", "", "{\"ok\":true}", "{\"ok\":false,\"ack\":0}", "{\"ok\":true,\"ack\":99}",
        "\u0000\u0001\ufffd", "{\"ok\":true,\"ack\":99999999999999999999}"})
    void A_greeting_that_is_no_bridges_is_tried_again(String answer) throws Exception {
        BridgeClient client = connect(peer -> peer.send(answer), FakeBridge.GOOD);
        offer(1);
        assertEquals("{\"SparkObsSeq\":1,\"Event\":\"x\"}", events(1).get(0));
        assertTrue(client.drain(30_000));
    }

    @Test
    void Garbage_instead_of_acknowledgements_breaks_the_connection() throws Exception {
        FakeBridge.Script garbage = peer -> {
            peer.send("{\"ok\":true,\"ack\":0}");
            peer.readLine();
            peer.send("garbage");
            Thread.sleep(200);
        };
        offer(1);
        BridgeClient client = connect(garbage, FakeBridge.GOOD);
        events(1);
        assertTrue(client.drain(30_000));
    }

    @Test
    void An_endless_answer_breaks_the_connection() throws Exception {
        FakeBridge.Script endless = peer -> {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < 100_000; i++) {
                line.append('x');
            }
            peer.send(line.toString());
        };
        offer(1);
        connect(endless, FakeBridge.GOOD);
        events(1);
    }

    @Test
    void A_bridge_that_does_not_read_costs_lines_but_no_time() throws Exception {
        CountDownLatch greeted = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        BridgeClient client = connect(peer -> {
            peer.send("{\"ok\":true,\"ack\":0}");
            greeted.countDown();
            over.await();
        });
        assertTrue(greeted.await(30, TimeUnit.SECONDS));
        // More than the outbox and a socket's buffers hold.
        for (int i = 0; i < 2_000_000 && outbox.dropped(Rank.STRUCTURE) == 0; i++) {
            offer(1);
        }
        assertTrue(outbox.dropped(Rank.STRUCTURE) > 0);
        assertFalse(client.drain(100));
        over.countDown();
    }

    @Test
    void Without_a_bridge_nobody_waits() throws Exception {
        FakeBridge gone = new FakeBridge(FakeBridge.GOOD);
        Endpoint endpoint = gone.endpoint();
        gone.close();
        BridgeClient client = connect(endpoint);
        offer(1);
        while (client.canReach()) {
            Thread.sleep(10);
        }
        long start = System.nanoTime();
        assertFalse(client.drain(60_000));
        assertTrue(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) < 30);
    }

    @Test
    void A_bridge_that_was_there_a_moment_ago_is_waited_for() throws Exception {
        CountDownLatch found = new CountDownLatch(1);
        FakeBridge.Script dying = peer -> {
            peer.send("{\"ok\":true,\"ack\":0}");
            peer.readLine();
            found.countDown();
        };
        FakeBridge first = new FakeBridge(dying);
        int port = first.port();
        BridgeClient client = connect(first.endpoint());
        // Its first line, a heartbeat, says that it has taken the answer.
        found.await();
        first.close();
        offer(3);
        CountDownLatch drained = new CountDownLatch(1);
        new Thread(() -> {
            try {
                if (client.drain(30_000)) {
                    drained.countDown();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }).start();
        bridge = new FakeBridge(port, FakeBridge.GOOD);
        events(3);
        assertTrue(drained.await(30, TimeUnit.SECONDS));
    }

    /** As one in the driver's own program does, which ends before its JVM. */
    @Test
    void A_bridge_that_goes_when_it_has_been_told_all_is_not_waited_for() throws Exception {
        BridgeClient client = connect(FakeBridge.GOOD);
        offer(3);
        client.end();
        assertTrue(client.drain(30_000));
        bridge.close();
        while (client.canReach()) {
            Thread.sleep(10);
        }
        assertTrue(client.drain(30_000));
    }

    @Test
    void A_bridge_that_comes_late_gets_all() throws Exception {
        FakeBridge gone = new FakeBridge(FakeBridge.GOOD);
        int port = gone.port();
        gone.close();
        BridgeClient client = connect(Endpoint.parse("127.0.0.1:" + port));
        offer(3);
        while (client.canReach()) {
            Thread.sleep(10);
        }
        bridge = new FakeBridge(port, FakeBridge.GOOD);
        events(3);
        assertTrue(client.drain(30_000));
    }
}
