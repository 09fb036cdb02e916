package io.sparkobs;

import static io.sparkobs.TestSpool.lines;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SpoolerTest {
    @TempDir
    Path root;

    private final AtomicBoolean stalled = new AtomicBoolean();
    private Spooler spooler;

    private void start(TestSpool box) {
        spooler = new Spooler(box.outbox, box.spool, stalled::get);
        spooler.start();
    }

    @AfterEach
    void stop() {
        spooler.stop();
    }

    private static void offer(TestSpool box, int count, int size) {
        for (int i = 0; i < count; i++) {
            assertTrue(box.offer(Rank.STRUCTURE, size));
        }
    }

    @Test
    void While_the_bridge_takes_nothing_lines_are_soon_on_disk_where_a_killed_driver_leaves_them() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        stalled.set(true);
        start(box);
        offer(box, 1_000, 100);
        while (box.outbox.spooled() < 1_000) {
            Thread.sleep(10);
        }
        assertEquals(lines(1, 1_000, 100), box.content());
        assertEquals(lines(1, 1_000, 100), box.takeAll());
    }

    @Test
    void While_the_bridge_takes_lines_only_what_crowds_memory_goes_to_disk() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 8 << 20);
        start(box);
        offer(box, 300, 1_000);
        spooler.settle(false, 30_000);
        Thread.sleep(1_200);
        assertFalse(Files.exists(box.folder.path()));
        offer(box, 300, 1_000);
        while (box.outbox.memoryBytes() > 384 * 1024) {
            Thread.sleep(10);
        }
        assertTrue(box.outbox.held(Rank.STRUCTURE) > 200, "left in memory: " + box.outbox.held(Rank.STRUCTURE));
        assertEquals(lines(1, 600, 1_000), box.takeAll());
    }

    @Test
    void Nothing_is_dropped_for_want_of_memory_while_the_disk_is_fast_enough() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 64 << 20);
        start(box);
        for (int burst = 0; burst < 60; burst++) {
            for (int i = 0; i < 100; i++) {
                assertTrue(box.offer(Rank.CALLS, 1_000));
            }
            while (box.outbox.memoryBytes() > 384 * 1024) {
                Thread.sleep(1);
            }
        }
        assertEquals(lines(1, 6_000, 1_000), box.takeAll());
    }

    @Test
    void At_the_end_all_of_memory_is_written_and_an_empty_folder_is_removed() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        start(box);
        offer(box, 500, 1_000);
        spooler.settle(true, 30_000);
        assertEquals(lines(1, 500, 1_000), box.content());
        assertEquals(lines(1, 500, 1_000), box.takeAll());
        box.outbox.acknowledge(500);
        spooler.settle(false, 30_000);
        assertFalse(Files.exists(box.folder.path()));
    }

    @Test
    void A_full_disk_is_told_by_the_heartbeat_until_it_takes_lines_again() throws Exception {
        FailingFolder folder = new FailingFolder(root);
        TestSpool box = new TestSpool(folder, 1 << 20, 1 << 20);
        folder.room = 1_000;
        start(box);
        offer(box, 100, 100);
        spooler.settle(true, 30_000);
        assertEquals("java.io.IOException: No space left on device", box.spool.error());
        assertTrue(box.ledger.beat());
        assertTrue(box.take(Integer.MAX_VALUE).endsWith("\"Spool Error\":\"java.io.IOException: No space left on device\"}\n"));
        folder.room = Integer.MAX_VALUE;
        box.outbox.resendAfter(0);
        spooler.settle(true, 30_000);
        assertNull(box.spool.error());
        assertTrue(box.content().startsWith(lines(1, 100, 100)));
    }

    @Test
    void At_its_bound_the_spool_goes_on_when_acknowledged_lines_have_made_room() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 100_000);
        stalled.set(true);
        start(box);
        offer(box, 150, 1_000);
        while (box.spool.error() == null) {
            Thread.sleep(10);
        }
        assertEquals("no room within spark.sparkobs.spool.bytes", box.spool.error());
        long onDisk = box.outbox.spooled();
        assertEquals(lines(1, 150, 1_000), box.takeAll());
        box.outbox.acknowledge(onDisk);
        while (box.outbox.held(Rank.STRUCTURE) > 0) {
            Thread.sleep(10);
        }
        assertNull(box.spool.error());
        assertEquals(lines(onDisk + 1, 150, 1_000), box.content());
    }
}
