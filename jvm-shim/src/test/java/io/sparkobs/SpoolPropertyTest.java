package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations on the outbox, compared with a list of what was offered. */
@Timeout(120)
class SpoolPropertyTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path root;

    /** What must be true of an outbox. */
    private static final class Model {
        final TestSpool box;
        final Random random;

        /** Lines that were taken in, as on the wire; null for a heartbeat, whose text is the outbox's. */
        final List<String> lines = new ArrayList<>();
        final List<Long> numbers = new ArrayList<>();
        final List<Boolean> events = new ArrayList<>();

        /** For each heartbeat not yet received: events acknowledged and dropped when it was written. */
        final Deque<Long> acknowledgedThen = new ArrayDeque<>();
        final Deque<Long> droppedThen = new ArrayDeque<>();
        long last;
        long dropped;

        /** How many lines were acknowledged, sent. */
        int acknowledged;
        int sent;
        int heartbeats;

        Model(TestSpool box, long seed) {
            this.box = box;
            random = new Random(seed);
        }

        void offer() {
            Rank rank = Rank.of(random.nextInt(Rank.OWN.ordinal()));
            int size = random.nextInt(20) == 0 ? random.nextInt(100_000) : random.nextInt(2_000);
            last++;
            if (box.offer(rank, size)) {
                add(TestSpool.line(last, size), rank.isEvent());
            } else if (rank.isEvent()) {
                dropped++;
            }
        }

        void beat() {
            if (box.ledger.beat()) {
                last++;
                add(null, false);
                acknowledgedThen.add(acknowledgedEvents());
                droppedThen.add(dropped);
            }
        }

        private void add(String line, boolean event) {
            lines.add(line);
            numbers.add(last);
            events.add(event);
        }

        long acknowledgedEvents() {
            return events.subList(0, acknowledged).stream().filter(e -> e).count();
        }

        void take() throws Exception {
            String taken = box.take(random.nextInt(5) == 0 ? 1 : random.nextInt(150_000));
            int at = 0;
            while (at < taken.length()) {
                int end = taken.indexOf('\n', at) + 1;
                received(taken.substring(at, end));
                at = end;
            }
        }

        private void received(String line) throws IOException {
            String expected = lines.get(sent);
            if (expected != null) {
                assertEquals(expected, line);
            } else if (sent >= heartbeats) {
                heartbeats = sent + 1;
                heartbeat(JSON.readTree(line));
            }
            sent++;
        }

        private void heartbeat(JsonNode heartbeat) {
            long number = numbers.get(sent);
            assertEquals(number, heartbeat.get("SparkObsSeq").asLong());
            long offered = events.subList(0, sent).stream().filter(e -> e).count();
            JsonNode lost = heartbeat.get("Outbox Dropped");
            long drops = lost.get("task").asLong() + lost.get("detail").asLong() + lost.get("structure").asLong();
            assertEquals(offered, heartbeat.get("In Memory").asLong() + heartbeat.get("In Spool").asLong()
                    + acknowledgedThen.remove(), heartbeat.toString());
            assertEquals(droppedThen.remove(), drops, heartbeat.toString());
        }

        /** Of a number that may be among those sent, or not; the same in the model. */
        void acknowledge() {
            long number = last == 0 ? 0 : (long) random.nextInt((int) last + 3);
            box.outbox.acknowledge(number);
            acknowledged(number);
        }

        private void acknowledged(long number) {
            while (acknowledged < sent && numbers.get(acknowledged) <= number) {
                acknowledged++;
            }
        }

        void reconnect() {
            long has = sent == 0 ? 0 : numbers.get(random.nextInt(sent));
            box.outbox.resendAfter(has);
            sent = lines.size();
            acknowledged(has);
            sent = acknowledged;
            assertEquals(acknowledged == lines.size() ? last + 1 : numbers.get(acknowledged), box.outbox.firstNumber());
        }

        void spool() throws IOException {
            long head = box.outbox.head();
            box.outbox.spool(head + random.nextInt(1 + (int) (box.outbox.tail() - head)));
        }

        void check() throws IOException {
            long held = box.outbox.held(Rank.TASK) + box.outbox.held(Rank.DETAIL) + box.outbox.held(Rank.STRUCTURE);
            assertEquals(events.stream().filter(e -> e).count(), acknowledgedEvents() + held + box.outbox.spooled());
            assertEquals(dropped, box.outbox.dropped(Rank.TASK) + box.outbox.dropped(Rank.DETAIL)
                    + box.outbox.dropped(Rank.STRUCTURE));
            assertEquals(acknowledged == lines.size(), box.outbox.isEmpty());
            String content = box.content();
            assertTrue(content.isEmpty() || content.endsWith("\n"));
            assertEquals(box.spool.bytes(), content.length());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {100_000, 1_000_000, 20_000_000})
    void Random_operations_give_what_was_offered_in_order(long disk) throws Exception {
        for (long seed = 0; seed < 15; seed++) {
            Model model = new Model(new TestSpool(root, 300_000, disk), seed);
            for (int step = 0; step < 1_500; step++) {
                int choice = model.random.nextInt(100);
                if (choice < 60) {
                    model.offer();
                } else if (choice < 75) {
                    model.take();
                } else if (choice < 82) {
                    model.acknowledge();
                } else if (choice < 84) {
                    model.reconnect();
                } else if (choice < 94) {
                    model.spool();
                } else if (choice < 96) {
                    model.beat();
                } else if (choice < 97) {
                    model.box.outbox.tidySpool();
                }
                if (step % 100 == 0) {
                    model.check();
                    assertTrue(model.box.spool.bytes() <= disk);
                }
            }
            model.box.outbox.resendAfter(0);
            model.sent = model.acknowledged;
            while (model.sent < model.lines.size()) {
                model.take();
            }
            model.box.outbox.acknowledge(model.last);
            model.acknowledged(model.last);
            model.check();
            model.box.outbox.close();
            assertFalse(Files.exists(model.box.folder.path()));
        }
    }

    @Test
    void The_equation_holds_at_every_heartbeat_while_threads_offer_and_spool() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 4 << 20);
        int threads = 2;
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            Random random = new Random(t);
            new Thread(() -> {
                JsonWriter line = new JsonWriter();
                line.raw(JsonWriter.ascii(TestSpool.text(300)));
                for (int i = 0; i < 150_000; i++) {
                    box.outbox.offer(Rank.of(random.nextInt(3) + 1), line);
                    if (i % 100 == 0) {
                        LockSupport.parkNanos(random.nextInt(1_000_000));
                    }
                }
                done.countDown();
            }).start();
        }
        AtomicBoolean spooling = new AtomicBoolean(true);
        Thread spooler = new Thread(() -> {
            try {
                while (spooling.get()) {
                    box.outbox.pause(1, true);
                    box.outbox.spool(box.outbox.tail());
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        spooler.start();

        Random random = new Random(7);
        List<Long> received = new ArrayList<>();
        List<Boolean> own = new ArrayList<>();
        Deque<Long> acknowledgedThen = new ArrayDeque<>();
        long acknowledged = 0;
        int position = 0;
        int heartbeats = 0;
        long everSpooled = 0;
        while (done.getCount() > 0 || !box.outbox.isEmpty()) {
            if (random.nextInt(3) == 0 && box.ledger.beat()) {
                acknowledgedThen.add(acknowledged);
            }
            JsonWriter lines = new JsonWriter();
            box.outbox.take(lines, 64 * 1024, 1);
            for (String line : lines.toString().split("\n")) {
                if (line.isEmpty()) {
                    continue;
                }
                long number = Long.parseLong(line.substring(15, line.indexOf(',')));
                assertTrue(received.isEmpty() || number > received.get(received.size() - 1));
                boolean heartbeat = line.contains("SparkObsHeartbeat");
                if (heartbeat) {
                    JsonNode counts = JSON.readTree(line);
                    JsonNode lost = counts.get("Outbox Dropped");
                    long offered = number - 1 - heartbeats++;
                    assertEquals(offered, lost.get("task").asLong() + lost.get("detail").asLong() + lost.get("structure").asLong()
                            + counts.get("In Memory").asLong() + counts.get("In Spool").asLong() + acknowledgedThen.remove(), line);
                    everSpooled += counts.get("In Spool").asLong();
                }
                received.add(number);
                own.add(heartbeat);
            }
            if (random.nextInt(4) == 0 && position < received.size()) {
                int upTo = done.getCount() == 0 ? received.size() : position + random.nextInt(received.size() - position) + 1;
                for (; position < upTo; position++) {
                    acknowledged += own.get(position) ? 0 : 1;
                }
                box.outbox.acknowledge(received.get(upTo - 1));
            }
        }
        spooling.set(false);
        spooler.join();
        assertEquals(300_000, received.size() - heartbeats + box.outbox.dropped(Rank.TASK) + box.outbox.dropped(Rank.DETAIL)
                + box.outbox.dropped(Rank.STRUCTURE));
        assertEquals(0, box.outbox.spooled());
        assertTrue(heartbeats > 50, heartbeats + " heartbeats");
        assertTrue(everSpooled > 0);
        box.outbox.close();
        assertFalse(Files.exists(box.folder.path()));
    }
}
