package io.sparkobs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** An outbox with a spool, and what tests ask of them. */
final class TestSpool {
    final SpoolFolder folder;
    final Spool spool;
    final Outbox outbox;
    final Ledger ledger;
    private final JsonWriter line = new JsonWriter();

    TestSpool(Path root, long memory, long disk) {
        this(new SpoolFolder(root, new Session("t0ken", "sess/ion", "a", "3.5.3")), memory, disk);
    }

    TestSpool(SpoolFolder folder, long memory, long disk) {
        this.folder = folder;
        spool = new Spool(folder, disk);
        outbox = new Outbox(memory, spool);
        ledger = new Ledger(outbox, spool);
    }

    boolean offer(Rank rank, int size) {
        line.clear();
        line.raw(JsonWriter.ascii(text(size)));
        return outbox.offer(rank, line) > 0;
    }

    /** A line's text without its number. */
    static String text(int size) {
        return "\"Event\":\"" + String.join("", Collections.nCopies(size, "x")) + "\"}";
    }

    static String line(long number, int size) {
        return "{\"SparkObsSeq\":" + number + ',' + text(size) + '\n';
    }

    static String lines(long from, long to, int size) {
        return LongStream.rangeClosed(from, to).mapToObj(n -> line(n, size)).collect(Collectors.joining());
    }

    String take(int size) throws InterruptedException {
        JsonWriter taken = new JsonWriter();
        outbox.take(taken, size, 0);
        return taken.toString();
    }

    String takeAll() throws InterruptedException {
        StringBuilder all = new StringBuilder();
        for (String some = take(64 * 1024); !some.isEmpty(); some = take(64 * 1024)) {
            all.append(some);
        }
        return all.toString();
    }

    /** Moves all of memory. */
    void spoolAll() throws IOException {
        while (outbox.spool(outbox.tail())) {
            // The next part.
        }
    }

    List<Path> files() throws IOException {
        if (!Files.exists(folder.path())) {
            return Collections.emptyList();
        }
        try (Stream<Path> files = Files.list(folder.path())) {
            return files.filter(f -> f.getFileName().toString().startsWith("spool-")).sorted()
                    .collect(Collectors.toCollection(ArrayList::new));
        }
    }

    /** What the files hold. */
    String content() throws IOException {
        StringBuilder content = new StringBuilder();
        for (Path file : files()) {
            content.append(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        }
        return content.toString();
    }
}
