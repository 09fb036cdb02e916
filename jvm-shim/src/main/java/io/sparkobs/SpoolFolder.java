package io.sparkobs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Where a run's spool is: a folder for its owner alone, with {@code lock}, which the driver holds while it lives, and
 * {@code session.json}, the hello without the token. It is made when there is something to put into it.
 */
class SpoolFolder {
    private static final FileAttribute<?>[] NONE = {};

    /** A session may be named as the user likes. */
    private static final int LONGEST_NAME = 100;

    private final Path root;
    private final Path path;
    private final Session session;
    private boolean made;
    private FileChannel lock;

    /** What session.json says; the application's id may be known later than the rest. */
    private String describedId;

    SpoolFolder(Path root, Session session) {
        this.root = root;
        this.session = session;
        String name = session.id.replaceAll("[^A-Za-z0-9._-]", "_");
        path = root.resolve(name.substring(0, Math.min(LONGEST_NAME, name.length())) + '-' + session.instance);
    }

    final Path path() {
        return path;
    }

    /** Makes folder, lock and description where they are missing or old. */
    final void prepare() throws IOException {
        if (lock == null) {
            Files.createDirectories(path, ownerOnly("rwx------"));
            made = true;
            FileChannel channel = open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (channel.tryLock() == null) {
                    throw new IOException("another process has locked " + path);
                }
                describe();
                lock = channel;
            } finally {
                if (lock == null) {
                    close(channel);
                }
            }
        } else if (describedId == null && session.appId != null) {
            describe();
        }
    }

    private void describe() throws IOException {
        String id = session.appId;
        JsonWriter hello = new JsonWriter();
        session.writeHello(hello, null, 1);
        Path fresh = path.resolve("session.json.new");
        try (FileChannel file = open(fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer text = ByteBuffer.wrap(hello.bytes, 0, hello.length);
            while (text.hasRemaining()) {
                file.write(text);
            }
        }
        Files.move(fresh, path.resolve("session.json"), StandardCopyOption.REPLACE_EXISTING);
        describedId = id;
    }

    /** A new file to be written. */
    FileChannel create(Path file) throws IOException {
        return open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** A file that is there, to be written. */
    FileChannel reopen(Path file) throws IOException {
        return open(file, StandardOpenOption.WRITE);
    }

    private FileChannel open(Path file, OpenOption first, OpenOption... others) throws IOException {
        Set<OpenOption> options = new HashSet<>(Arrays.asList(others));
        options.add(first);
        return FileChannel.open(file, options, ownerOnly("rw-------"));
    }

    /** Where the file system has no such permissions, those of the folder above hold. */
    private FileAttribute<?>[] ownerOnly(String permissions) {
        return root.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
                : NONE;
    }

    /** Leaves what is there to whoever reads it. */
    final void release() {
        if (lock != null) {
            close(lock);
            lock = null;
        }
    }

    /** When nothing is left in it. */
    final void remove() throws IOException {
        if (made) {
            describedId = null;
            Files.deleteIfExists(path.resolve("session.json"));
            release();
            Files.deleteIfExists(path.resolve("lock"));
            Files.deleteIfExists(path);
            made = false;
        }
    }

    static void close(Closeable file) {
        try {
            file.close();
        } catch (IOException ignored) {
            // It is of no use any more either way.
        }
    }
}
