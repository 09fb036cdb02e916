package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final int ALL = Integer.MAX_VALUE;

    private static JsonWriter line(String text) {
        JsonWriter line = new JsonWriter();
        line.raw(JsonWriter.ascii(text));
        return line;
    }

    private static void offer(Outbox outbox, Rank rank, String text) {
        outbox.offer(rank, line(text));
    }

    private static String take(Outbox outbox, int size) throws InterruptedException {
        JsonWriter taken = new JsonWriter();
        outbox.take(taken, size, 0);
        return taken.toString();
    }

    /** The numbers of the lines taken. */
    private static List<Long> numbers(String taken) {
        List<Long> numbers = new ArrayList<>();
        for (String line : taken.split("\n")) {
            if (!line.isEmpty()) {
                numbers.add(Long.valueOf(line.replaceAll("^\\{\"SparkObsSeq\":([0-9]+),.*}$", "$1")));
            }
        }
        return numbers;
    }

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().collect(Collectors.toList());
    }

    @Test
    void Lines_leave_numbered_and_in_order() throws Exception {
        Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
        offer(outbox, Rank.TASK, "\"a\":1}");
        offer(outbox, Rank.STRUCTURE, "\"b\":2}");
        assertEquals("{\"SparkObsSeq\":1,\"a\":1}\n{\"SparkObsSeq\":2,\"b\":2}\n", take(outbox, ALL));
        assertEquals("", take(outbox, ALL));
    }

    @Test
    void A_batch_ends_after_the_line_that_fills_it() throws Exception {
        Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
        for (int i = 0; i < 5; i++) {
            offer(outbox, Rank.TASK, "\"a\":1}");
        }
        assertEquals(range(1, 2), numbers(take(outbox, 30)));
        assertEquals(range(3, 5), numbers(take(outbox, ALL)));
    }

    @Test
    void What_is_not_acknowledged_is_sent_again() throws Exception {
        Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
        for (int i = 0; i < 10; i++) {
            offer(outbox, Rank.TASK, "\"a\":1}");
        }
        take(outbox, ALL);
        outbox.acknowledge(4);
        outbox.resendAfter(6);
        assertEquals(7, outbox.firstNumber());
        assertEquals(range(7, 10), numbers(take(outbox, ALL)));
        outbox.acknowledge(10);
        assertTrue(outbox.isEmpty());
        assertEquals(11, outbox.firstNumber());
    }

    @Test
    void An_acknowledgement_of_what_was_not_sent_counts_for_nothing() throws Exception {
        Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
        offer(outbox, Rank.TASK, "\"a\":1}");
        outbox.acknowledge(99);
        assertEquals(range(1, 1), numbers(take(outbox, ALL)));
    }

    @Test
    void When_full_task_lines_are_dropped_first_and_applications_last() throws Exception {
        String filler = "\"x\":\"" + String.join("", Collections.nCopies(1_000, "y")) + "\"}";
        int record = 13 + filler.length();
        Outbox outbox = new Outbox(record * 8L, SpoolTest.OFF);
        for (Rank rank : new Rank[] {Rank.TASK, Rank.DETAIL, Rank.STRUCTURE}) {
            for (int i = 0; i < 10; i++) {
                offer(outbox, rank, filler);
            }
        }
        // Six of eight for tasks, one more for details, the last for structure.
        assertEquals(Arrays.asList(1L, 2L, 3L, 4L, 5L, 6L, 11L, 21L), numbers(take(outbox, ALL)));
        assertEquals(4, outbox.dropped(Rank.TASK));
        assertEquals(9, outbox.dropped(Rank.DETAIL));
        assertEquals(9, outbox.dropped(Rank.STRUCTURE));
        assertEquals(6, outbox.held(Rank.TASK));
        assertEquals(1, outbox.held(Rank.DETAIL));
        assertEquals(1, outbox.held(Rank.STRUCTURE));

        outbox.acknowledge(30);
        offer(outbox, Rank.TASK, filler);
        assertEquals(range(31, 31), numbers(take(outbox, ALL)));
        assertEquals(1, outbox.held(Rank.TASK));
        assertEquals(4, outbox.dropped(Rank.TASK));
    }

    @Test
    void A_line_over_the_limit_is_dropped_and_counted() {
        Outbox outbox = new Outbox(64 << 20, SpoolTest.OFF);
        JsonWriter line = new JsonWriter();
        line.ensure(Outbox.MAX_LINE + 1);
        line.length = Outbox.MAX_LINE + 1;
        outbox.offer(Rank.STRUCTURE, line);
        assertEquals(1, outbox.dropped(Rank.STRUCTURE));
        assertTrue(outbox.isEmpty());
    }

    @Test
    void Lines_survive_many_turns_of_the_ring() throws Exception {
        Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
        StringBuilder expected = new StringBuilder();
        StringBuilder actual = new StringBuilder();
        long number = 0;
        for (int turn = 0; turn < 60; turn++) {
            for (int i = 0; i < 7; i++) {
                char c = (char) ('a' + (turn + i) % 26);
                String text = "\"" + String.join("", Collections.nCopies(1 + (turn * 7919 + i * 104_729) % 90_000, "" + c)) + "\":1}";
                offer(outbox, Rank.TASK, text);
                expected.append("{\"SparkObsSeq\":").append(++number).append(',').append(text).append('\n');
            }
            while (outbox.held(Rank.TASK) > 0) {
                String taken = take(outbox, 100_000);
                actual.append(taken);
                List<Long> numbers = numbers(taken);
                outbox.acknowledge(numbers.get(numbers.size() - 1));
            }
        }
        assertEquals(0, outbox.dropped(Rank.TASK));
        assertTrue(expected.toString().contentEquals(actual));
    }

    @Test
    void Threads_offer_while_another_takes() throws Exception {
        Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
        int threads = 3;
        int each = 20_000;
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            new Thread(() -> {
                JsonWriter line = line("\"a\":1}");
                IntStream.range(0, each).forEach(i -> outbox.offer(Rank.STRUCTURE, line));
                done.countDown();
            }).start();
        }
        long taken = 0;
        long last = 0;
        while (done.getCount() > 0 || !outbox.isEmpty()) {
            JsonWriter lines = new JsonWriter();
            outbox.take(lines, 64 * 1024, 10);
            for (long number : numbers(lines.toString())) {
                assertTrue(number > last);
                last = number;
                taken++;
            }
            outbox.acknowledge(last);
        }
        assertEquals(threads * each, taken + outbox.dropped(Rank.STRUCTURE));
        assertEquals(threads * each, outbox.lastNumber());
    }

    @Test
    void A_closed_outbox_takes_nothing_more() throws Exception {
        Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
        offer(outbox, Rank.TASK, "\"a\":1}");
        outbox.close();
        offer(outbox, Rank.TASK, "\"a\":1}");
        assertEquals("", take(outbox, ALL));
        assertTrue(outbox.isEmpty());
    }
}
