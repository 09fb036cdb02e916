package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DriverTest {
    @TempDir
    Path root;

    private Driver start(String endpoint) {
        return Driver.start(new SparkConf(false)
                .set("spark.sparkobs.endpoint", endpoint)
                .set("spark.sparkobs.session", "run")
                .set("spark.sparkobs.shutdown.timeout", "2s")
                .set("spark.sparkobs.spool.dir", root.resolve("spool").toString()));
    }

    private static void offer(Driver driver) {
        JsonWriter line = new JsonWriter();
        line.raw(JsonWriter.ascii("\"Event\":\"x\"}"));
        driver.outbox.offer(Rank.TASK, line);
    }

    private List<Path> folders() throws Exception {
        try (Stream<Path> folders = Files.list(root.resolve("spool"))) {
            return folders.collect(Collectors.toList());
        }
    }

    /** The events of the lines in the spool, which are numbered from 1 on. */
    private List<String> spooled() throws Exception {
        List<String> events = new ArrayList<>();
        for (String line : Files.readAllLines(folders().get(0).resolve("spool-000001.jsonl"))) {
            String start = "{\"SparkObsSeq\":" + (events.size() + 1) + ",\"Event\":\"";
            assertTrue(line.startsWith(start), line);
            events.add(line.substring(start.length(), line.indexOf('"', start.length())));
        }
        return events;
    }

    @Test
    void Without_a_bridge_the_whole_run_is_in_the_spool_with_a_last_heartbeat() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Driver driver = start("127.0.0.1:" + port);
        offer(driver);
        offer(driver);
        driver.shutdown();
        assertEquals(Arrays.asList("SparkListenerLogStart", "x", "x", "SparkObsHeartbeat"), spooled());
    }

    @Test
    void A_bridge_that_refuses_for_good_leaves_the_run_to_a_replay() throws Exception {
        try (FakeBridge bridge = new FakeBridge(peer -> peer.send("{\"error\":\"wrong token\"}"))) {
            Driver driver = start(bridge.endpoint().toString());
            offer(driver);
            bridge.hellos.take();
            driver.shutdown();
            assertEquals(Arrays.asList("SparkListenerLogStart", "x", "SparkObsHeartbeat"), spooled());
        }
    }

    @Test
    void A_bridge_that_acknowledges_nothing_does_not_lose_the_run() throws Exception {
        try (FakeBridge bridge = new FakeBridge(peer -> {
            peer.send("{\"ok\":true,\"ack\":0}");
            while (peer.readLine() != null) {
                // No word.
            }
        })) {
            Driver driver = start(bridge.endpoint().toString());
            offer(driver);
            driver.shutdown();
            List<String> events = spooled();
            assertEquals(Arrays.asList("SparkListenerLogStart", "x"),
                    events.stream().filter(event -> !event.equals("SparkObsHeartbeat")).collect(Collectors.toList()));
            assertEquals("SparkObsHeartbeat", events.get(events.size() - 1));
        }
    }

    @Test
    void A_run_that_was_spooled_and_then_delivered_leaves_nothing() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Driver driver = start("127.0.0.1:" + port);
        offer(driver);
        while (driver.outbox.spooled() < 1) {
            Thread.sleep(10);
        }
        try (FakeBridge bridge = new FakeBridge(port, FakeBridge.GOOD)) {
            assertTrue(bridge.lines.take().startsWith("{\"SparkObsSeq\":1,\"Event\":\"SparkListenerLogStart\""));
            driver.shutdown();
            assertEquals(new ArrayList<>(), folders());
            assertEquals("{\"SparkObsSeq\":2,\"Event\":\"x\"}", bridge.lines.take());
        }
    }

    @Test
    void A_bridge_that_hangs_and_dies_costs_nothing() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        FakeBridge.Script hanging = peer -> {
            peer.send("{\"ok\":true,\"ack\":0}");
            over.await();
        };
        try (FakeBridge bridge = new FakeBridge(hanging, FakeBridge.GOOD)) {
            Driver driver = Driver.start(new SparkConf(false)
                    .set("spark.sparkobs.endpoint", bridge.endpoint().toString())
                    .set("spark.sparkobs.buffer.bytes", "1m")
                    .set("spark.sparkobs.spool.dir", root.resolve("spool").toString()));
            bridge.hellos.take();
            // More than memory and a socket's buffers hold.
            JsonWriter line = new JsonWriter();
            line.raw(JsonWriter.ascii(TestSpool.text(2_000)));
            for (int i = 0; i < 10_000; i++) {
                while (driver.outbox.memoryBytes() > 512 * 1024) {
                    Thread.sleep(1);
                }
                assertTrue(driver.outbox.offer(Rank.TASK, line) > 0);
            }
            over.countDown();
            long number = 0;
            for (int i = 0; i < 10_000; number++) {
                String received = bridge.lines.take();
                assertTrue(received.startsWith("{\"SparkObsSeq\":" + (number + 1) + ","), received);
                i += received.contains("\"Event\":\"xxx") ? 1 : 0;
            }
            driver.shutdown();
            assertEquals(new ArrayList<>(), folders());
        }
    }

    @Test
    void Without_a_spool_no_folder_is_made() throws Exception {
        Driver driver = Driver.start(new SparkConf(false).set("spark.sparkobs.endpoint", "127.0.0.1:1")
                .set("spark.sparkobs.spool.bytes", "0").set("spark.sparkobs.spool.dir", root.resolve("spool").toString()));
        offer(driver);
        driver.shutdown();
        assertFalse(Files.exists(root.resolve("spool")));
    }
}
