package io.sparkobs;

import static io.sparkobs.TestSpool.line;
import static io.sparkobs.TestSpool.lines;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
    static final Spool OFF = new Spool(new SpoolFolder(Paths.get("none"), new Session("", "s", "a", "3.5.3")), 0);

    private static final int ALL = Integer.MAX_VALUE;

    @TempDir
    Path root;

    private void offer(TestSpool box, int count, int size) {
        for (int i = 0; i < count; i++) {
            assertTrue(box.offer(Rank.TASK, size));
        }
    }

    @Test
    void Lines_leave_the_files_first_and_then_memory() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        offer(box, 3, 10);
        box.spoolAll();
        offer(box, 2, 10);
        assertEquals(lines(1, 3, 10), box.content());
        assertEquals(3, box.outbox.spooled());
        assertEquals(2, box.outbox.held(Rank.TASK));
        assertEquals(lines(1, 5, 10), box.take(ALL));
        assertEquals("", box.take(ALL));
    }

    @Test
    void Lines_that_were_sent_from_memory_are_not_sent_again_from_the_files() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        offer(box, 4, 10);
        assertEquals(lines(1, 2, 10), box.take(50));
        box.spoolAll();
        offer(box, 1, 10);
        assertEquals(lines(1, 4, 10), box.content());
        assertEquals(lines(3, 5, 10), box.takeAll());
    }

    @Test
    void After_a_reconnect_lines_go_on_after_what_the_bridge_has() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        offer(box, 6, 10);
        assertTrue(box.outbox.spool(box.outbox.tail()));
        offer(box, 4, 10);
        box.takeAll();
        box.outbox.resendAfter(3);
        assertEquals(4, box.outbox.firstNumber());
        assertEquals(lines(4, 10, 10), box.takeAll());
        box.outbox.resendAfter(8);
        assertEquals(9, box.outbox.firstNumber());
        assertEquals(lines(9, 10, 10), box.takeAll());
        box.outbox.acknowledge(10);
        assertTrue(box.outbox.isEmpty());
        assertEquals(11, box.outbox.firstNumber());
    }

    @Test
    void An_acknowledgement_of_what_was_not_sent_counts_for_nothing() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        offer(box, 3, 10);
        box.spoolAll();
        box.outbox.acknowledge(99);
        assertEquals(lines(1, 3, 10), box.take(ALL));
    }

    @Test
    void Lines_longer_than_a_read_and_than_a_segment_are_whole() throws Exception {
        TestSpool box = new TestSpool(root, 8 << 20, 4 << 20);
        int[] sizes = {200_000, 10, 1_500_000, 70_000, 10};
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < sizes.length; i++) {
            assertTrue(box.offer(Rank.STRUCTURE, sizes[i]));
            expected.append(line(i + 1, sizes[i]));
        }
        box.spoolAll();
        assertEquals(expected.toString(), box.content());
        assertEquals(expected.toString(), box.takeAll());
        box.outbox.acknowledge(3);
        assertEquals(4, box.outbox.firstNumber());
        box.outbox.acknowledge(5);
        assertTrue(box.outbox.isEmpty());
    }

    @Test
    void A_file_is_deleted_when_all_its_lines_are_acknowledged() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 400_000);
        offer(box, 300, 1_000);
        box.spoolAll();
        List<Path> files = box.files();
        assertEquals(4, files.size());
        long lines = Files.readAllLines(files.get(0)).size();
        box.takeAll();
        box.outbox.acknowledge(lines - 1);
        assertEquals(files, box.files());
        box.outbox.acknowledge(lines);
        assertEquals(files.subList(1, 4), box.files());
        box.outbox.acknowledge(299);
        assertEquals(files.subList(3, 4), box.files());
        box.outbox.acknowledge(300);
        assertEquals(new ArrayList<>(), box.files());
        assertEquals(0, box.spool.bytes());
        offer(box, 1, 10);
        box.spoolAll();
        assertEquals("spool-000005.jsonl", box.files().get(0).getFileName().toString());
        assertEquals(line(301, 10), box.content());
    }

    @Test
    void Files_hold_no_more_than_the_bound_and_take_more_when_there_is_room() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 100_000);
        offer(box, 200, 1_000);
        box.spoolAll();
        assertTrue(box.spool.bytes() <= 100_000 && box.spool.bytes() > 98_000, box.spool.bytes() + " bytes");
        assertEquals(box.spool.bytes(), box.content().length());
        box.take(64 * 1024);
        box.outbox.acknowledge(30);
        assertTrue(box.outbox.spool(box.outbox.tail()));
        assertTrue(box.spool.bytes() <= 100_000);
        box.outbox.resendAfter(30);
        assertEquals(lines(31, 200, 1_000), box.takeAll());
    }

    @Test
    void Without_room_in_files_structure_may_use_all_memory_and_tasks_are_dropped_first() throws Exception {
        TestSpool box = new TestSpool(root, 100_000, 10_000);
        for (int i = 0; i < 2_000; i++) {
            box.offer(new Rank[] {Rank.CALLS, Rank.TASK, Rank.DETAIL, Rank.STRUCTURE}[i / 500], 986);
            box.outbox.spool(box.outbox.tail());
        }
        // Records of 1,010 bytes, lines of 1,014 and more.
        assertEquals(lines(1, 9, 986), box.content());
        assertEquals(Arrays.asList(49L, 25L, 12L, 13L), Arrays.asList(box.outbox.held(Rank.CALLS), box.outbox.held(Rank.TASK),
                box.outbox.held(Rank.DETAIL), box.outbox.held(Rank.STRUCTURE)));
        assertEquals(Arrays.asList(442L, 475L, 488L, 487L), Arrays.asList(box.outbox.dropped(Rank.CALLS),
                box.outbox.dropped(Rank.TASK), box.outbox.dropped(Rank.DETAIL), box.outbox.dropped(Rank.STRUCTURE)));
        assertTrue(box.ledger.beat());
    }

    @Test
    void What_a_full_disk_cut_off_is_written_again_and_the_file_stays_readable() throws Exception {
        FailingFolder folder = new FailingFolder(root);
        TestSpool box = new TestSpool(folder, 1 << 20, 1 << 20);
        offer(box, 10, 100);
        box.spoolAll();
        offer(box, 10, 100);
        for (int room : new int[] {0, 1, 150, 1_000}) {
            folder.room = room;
            assertThrows(IOException.class, () -> box.outbox.spool(box.outbox.tail()));
            assertEquals(lines(1, 10, 100), box.content());
            assertEquals(10, box.outbox.held(Rank.TASK));
        }
        folder.truncates = false;
        folder.room = 150;
        assertThrows(IOException.class, () -> box.outbox.spool(box.outbox.tail()));
        folder.truncates = true;
        folder.room = ALL;
        box.spoolAll();
        assertEquals(lines(1, 20, 100), box.content());
        assertEquals(lines(1, 20, 100), box.takeAll());
        assertEquals(20, box.outbox.spooled());
    }

    @Test
    void A_file_that_somebody_took_away_costs_its_lines_and_no_more() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        offer(box, 3, 10);
        box.spoolAll();
        offer(box, 2, 10);
        Files.delete(box.files().get(0));
        assertEquals(lines(4, 5, 10), box.takeAll());
        assertTrue(box.spool.error().contains("NoSuchFileException"), box.spool.error());
        assertEquals(4, box.outbox.firstNumber());
        box.outbox.acknowledge(5);
        assertTrue(box.outbox.isEmpty());
        assertEquals(3, box.outbox.spooled());
        offer(box, 1, 10);
        assertFalse(box.outbox.spool(box.outbox.tail()));
        box.outbox.close();
    }

    @Test
    void A_folder_that_somebody_took_away_is_made_again() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        offer(box, 3, 10);
        box.spoolAll();
        box.takeAll();
        box.outbox.acknowledge(3);
        for (String file : new String[] {"lock", "session.json", ""}) {
            Files.delete(box.folder.path().resolve(file));
        }
        offer(box, 2, 10);
        assertThrows(IOException.class, () -> box.outbox.spool(box.outbox.tail()));
        box.spoolAll();
        assertEquals(lines(4, 5, 10), box.content());
        assertTrue(Files.exists(box.folder.path().resolve("session.json")));
        assertEquals(lines(4, 5, 10), box.takeAll());
    }

    @Test
    void The_folder_is_its_owners_alone_and_says_whose_it_is() throws Exception {
        Session session = new Session("t0ken", "sess/ion", "a", "3.5.3");
        TestSpool box = new TestSpool(new SpoolFolder(root.resolve("a/b"), session), 1 << 20, 1 << 20);
        offer(box, 1, 10);
        assertFalse(Files.exists(root.resolve("a")));
        box.spoolAll();
        Path folder = root.resolve("a/b/sess_ion-" + session.instance);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        for (String file : new String[] {"lock", "session.json", "spool-000001.jsonl"}) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))), file);
        }
        String hello = "{\"SparkObsHello\":1,\"session\":\"sess/ion\",\"instance\":\"" + session.instance
                + "\",\"firstSeq\":1,\"appName\":\"a\",\"appId\":%s,\"sparkVersion\":\"3.5.3\",\"shimVersion\":\"unknown\"}";
        ObjectMapper json = new ObjectMapper();
        assertEquals(json.readTree(String.format(hello, "null")), json.readTree(folder.resolve("session.json").toFile()));
        session.appId = "app-1";
        offer(box, 1, 10);
        box.spoolAll();
        assertEquals(json.readTree(String.format(hello, "\"app-1\"")), json.readTree(folder.resolve("session.json").toFile()));
    }

    @Test
    void The_lock_is_held_until_the_end() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        offer(box, 1, 10);
        box.spoolAll();
        try (FileChannel other = FileChannel.open(box.folder.path().resolve("lock"), StandardOpenOption.WRITE)) {
            assertThrows(OverlappingFileLockException.class, other::tryLock);
            box.outbox.close();
            assertTrue(other.tryLock().isValid());
        }
        assertEquals(line(1, 10), box.content());
    }

    @Test
    void An_empty_folder_is_removed_and_comes_again() throws Exception {
        TestSpool box = new TestSpool(root, 1 << 20, 1 << 20);
        offer(box, 1, 10);
        box.spoolAll();
        box.outbox.tidySpool();
        assertEquals(line(1, 10), box.takeAll());
        box.outbox.acknowledge(1);
        box.outbox.tidySpool();
        assertFalse(Files.exists(box.folder.path()));
        offer(box, 1, 10);
        box.spoolAll();
        assertEquals(line(2, 10), box.content());
        assertEquals(line(2, 10), box.takeAll());
        box.outbox.acknowledge(2);
        box.outbox.close();
        assertFalse(Files.exists(box.folder.path()));
    }

    @Test
    void A_folder_that_cannot_be_made_leaves_lines_in_memory() throws Exception {
        Path file = Files.createFile(root.resolve("file"));
        TestSpool box = new TestSpool(file, 1 << 20, 1 << 20);
        offer(box, 2, 10);
        assertThrows(IOException.class, () -> box.outbox.spool(box.outbox.tail()));
        assertEquals(lines(1, 2, 10), box.takeAll());
        assertEquals(0, box.outbox.spooled());
        assertNull(box.spool.error());
        box.outbox.close();
    }
}
