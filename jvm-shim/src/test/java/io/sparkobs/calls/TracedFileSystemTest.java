package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wrapping file systems beside those that they wrap: all that is asked of one is asked of the other. */
class TracedFileSystemTest {
    @TempDir
    java.nio.file.Path folder;

    private final List<String> log = new ArrayList<>();

    /** Of scheme "raw", without checksums. */
    public static final class Raw extends RawLocalFileSystem {
        @Override
        public URI getUri() {
            return URI.create("raw:///");
        }

        @Override
        public String getScheme() {
            return "raw";
        }

        @Override
        public FileStatus getFileStatus(Path path) throws IOException {
            return withoutPermission(super.getFileStatus(path));
        }

        @Override
        public FileStatus[] listStatus(Path path) throws IOException {
            return Arrays.stream(super.listStatus(path)).map(Raw::withoutPermission).toArray(FileStatus[]::new);
        }

        /** The local one is found out by a path of scheme "file". */
        private static FileStatus withoutPermission(FileStatus status) {
            return new FileStatus(status.getLen(), status.isDirectory(), 1, status.getBlockSize(), status.getModificationTime(),
                    status.getPath());
        }
    }

    private static Configuration conf() {
        Configuration conf = new Configuration(false);
        conf.set("fs.raw.impl", Raw.class.getName());
        conf.set("fs.defaultFS", "other:///");
        return conf;
    }

    private static FileSystem plain(String scheme) throws IOException {
        return FileSystem.newInstance(URI.create(scheme + ":///"), conf());
    }

    private static FileSystem wrapped(String scheme) throws Exception {
        Configuration conf = conf();
        assertNull(FsHook.wrap(new SparkConf(false), conf, scheme));
        return FileSystem.newInstance(URI.create(scheme + ":///"), conf);
    }

    /** Asks for everything, and keeps what came back. */
    private String answers(FileSystem fs, String name) throws Exception {
        log.clear();
        Path root = new Path(fs.getUri().getScheme() + "://" + folder.resolve(name));
        Path file = new Path(root, "a/one");
        say("uri", fs.getUri(), fs.getScheme(), fs.makeQualified(new Path("/x")), fs.getCanonicalServiceName());
        say("absent", fs.exists(file), thrown(() -> fs.getFileStatus(file)), thrown(() -> fs.open(file)),
                thrown(() -> fs.listStatus(root)), thrown(() -> fs.openFile(file).build().get()));
        say("mkdirs", fs.mkdirs(root), fs.mkdirs(new Path(root, "b"), FsPermission.getDirDefault()));
        write(fs.create(file), "one");
        write(fs.create(file, true), "one again");
        say("create", thrown(() -> fs.create(file, false)), thrown(() -> fs.createNonRecursive(new Path(root, "no/x"), true, 4096,
                (short) 1, 1 << 20, null)));
        write(fs.create(new Path(root, "b/two"), FsPermission.getFileDefault(), EnumSet.of(CreateFlag.CREATE), 4096, (short) 1, 1 << 20,
                null), "two");
        write(fs.createNonRecursive(new Path(root, "b/three"), true, 4096, (short) 1, 1 << 20, null), "three");
        write(fs.createFile(new Path(root, "b/four")).build(), "four");
        say("append", thrown(() -> write(fs.append(file), " and more")));
        say("read", read(fs.open(file)), read(fs.open(file, 16)), read(fs.openFile(file).build().get()),
                read(fs.openFile(file).opt("fs.option.openfile.read.policy", "sequential").build().get()),
                thrown(() -> fs.openFile(file).must("no.such.option", "x").build()));
        say("status", status(fs.getFileStatus(file)), fs.isFile(file), fs.isDirectory(root), fs.getContentSummary(root).getLength());
        say("list", list(fs.listStatus(root)), list(fs.listStatus(new Path[] {root, new Path(root, "b")})),
                list(fs.listStatus(root, path -> path.getName().equals("b"))), list(fs.globStatus(new Path(root, "*/t*"))),
                list(fs.globStatus(new Path(root, "*/*"), path -> path.getName().length() > 3)), iterate(fs.listFiles(root, true)),
                iterate(fs.listLocatedStatus(new Path(root, "b"))), iterate(fs.listStatusIterator(new Path(root, "b"))));
        say("rename", fs.rename(file, new Path(root, "b/one")), fs.rename(new Path(root, "b"), new Path(root, "c")),
                thrown(() -> fs.rename(new Path(root, "none"), new Path(root, "d"))));
        say("locations", fs.getFileBlockLocations(fs.getFileStatus(new Path(root, "c/one")), 0, 3).length,
                fs.getFileChecksum(new Path(root, "c/one")), fs.getDefaultBlockSize(root), fs.getTrashRoot(file).getName());
        say("delete", fs.delete(new Path(root, "none"), true), thrown(() -> fs.delete(new Path(root, "c"), false)),
                fs.delete(new Path(root, "c/one"), false));
        say("wrong", thrown(() -> fs.getFileStatus(new Path("wrong://x/y"))));
        try (Stream<java.nio.file.Path> found = Files.walk(folder.resolve(name))) {
            say("on disk", found.map(path -> folder.resolve(name).relativize(path).toString()).sorted().collect(Collectors.toList()));
        }
        return String.join("\n", log).replace(name, "NAME");
    }

    private void say(Object... what) {
        log.add(Arrays.toString(what));
    }

    private static String thrown(java.util.concurrent.Callable<?> action) {
        try {
            return String.valueOf(action.call() == null ? null : "fine");
        } catch (Throwable failure) {
            return failure.getClass().getName() + ": " + failure.getMessage();
        }
    }

    private static Object write(FSDataOutputStream stream, String text) throws IOException {
        stream.write(text.getBytes(StandardCharsets.UTF_8));
        stream.close();
        return "";
    }

    private static String read(FSDataInputStream stream) throws IOException {
        byte[] bytes = new byte[100];
        try (FSDataInputStream open = stream) {
            int length = open.read(bytes);
            return new String(bytes, 0, length, StandardCharsets.UTF_8) + ' ' + open.getWrappedStream().getClass().getName();
        }
    }

    private static String status(FileStatus status) {
        return status.getPath() + " " + status.getLen() + ' ' + status.isDirectory() + ' ' + status.getClass().getName();
    }

    private static List<String> list(FileStatus[] statuses) {
        return Arrays.stream(statuses).map(TracedFileSystemTest::status).sorted().collect(Collectors.toList());
    }

    private static List<String> iterate(RemoteIterator<? extends FileStatus> statuses) throws IOException {
        List<String> all = new ArrayList<>();
        while (statuses.hasNext()) {
            FileStatus status = statuses.next();
            all.add(status(status) + (status instanceof LocatedFileStatus
                    ? Arrays.toString(((LocatedFileStatus) status).getBlockLocations()) : ""));
        }
        Collections.sort(all);
        return all;
    }

    @Test
    void The_local_file_system_answers_as_unwrapped() throws Exception {
        String plain = answers(plain("file"), "plain");
        FileSystem wrapped = wrapped("file");
        assertInstanceOf(TracedLocalFileSystem.class, wrapped);
        assertInstanceOf(LocalFileSystem.class, wrapped);
        try (CallsSeen calls = new CallsSeen("fs:file")) {
            assertEquals(plain, answers(wrapped, "traced"));
            assertEquals(Arrays.asList("file.append !java.lang.UnsupportedOperationException", "file.create",
                    "file.create !org.apache.hadoop.fs.FileAlreadyExistsException", "file.delete", "file.delete !java.io.IOException",
                    "file.list", "file.list !java.io.FileNotFoundException", "file.mkdirs", "file.open",
                    "file.open !java.io.FileNotFoundException", "file.rename", "file.rename !java.io.FileNotFoundException",
                    "file.status", "file.status !java.lang.IllegalArgumentException"), new ArrayList<>(new TreeSet<>(calls.takeNames())));
        }
        assertEquals(plain, answers(wrapped, "off"));
        assertTrue(plain.contains("c/.two.crc"), plain);
    }

    @Test
    void Another_file_system_answers_as_unwrapped() throws Exception {
        String plain = answers(plain("raw"), "plain");
        FileSystem wrapped = wrapped("raw");
        assertInstanceOf(TracedFileSystem.class, wrapped);
        try (CallsSeen calls = new CallsSeen("fs:raw")) {
            assertEquals(plain, answers(wrapped, "traced"));
            assertEquals(Arrays.asList("raw.append", "raw.create", "raw.create !org.apache.hadoop.fs.FileAlreadyExistsException",
                    "raw.delete", "raw.delete !java.io.IOException", "raw.list", "raw.list !java.io.FileNotFoundException", "raw.mkdirs",
                    "raw.open", "raw.open !java.io.FileNotFoundException", "raw.open !java.lang.IllegalArgumentException", "raw.rename",
                    "raw.rename !java.io.FileNotFoundException", "raw.status", "raw.status !java.lang.IllegalArgumentException"),
                    new ArrayList<>(new TreeSet<>(calls.takeNames())));
        }
        assertEquals(plain, answers(wrapped, "off"));
    }

    @Test
    void Each_call_is_recorded_once() throws Exception {
        for (String scheme : Arrays.asList("file", "raw")) {
            FileSystem fs = wrapped(scheme);
            Path file = new Path(scheme + "://" + folder.resolve(scheme) + "/a/one");
            Path target = new Path(file.getParent(), "two");
            try (CallsSeen calls = new CallsSeen("fs:" + scheme)) {
                fs.mkdirs(file.getParent());
                write(fs.create(file), "one");
                read(fs.open(file));
                read(fs.openFile(file).build().get());
                fs.rename(file, target);
                fs.getFileStatus(target);
                fs.exists(file);
                fs.listStatus(file.getParent());
                fs.globStatus(new Path(file.getParent(), "*"));
                fs.delete(target, false);
                assertThrows(FileNotFoundException.class, () -> fs.open(target));
                String at = " {sparkobs.fs.path=" + scheme + ':' + file.toUri().getPath();
                String of = ", sparkobs.fs.scheme=" + scheme + '}';
                List<String> seen = calls.take();
                assertEquals(scheme + ".mkdirs" + at.replace("/one", "") + of, seen.get(0));
                assertEquals(scheme + ".create" + at + of, seen.get(1));
                assertEquals(scheme + ".open" + at + of, seen.get(2));
                assertEquals(scheme + ".open" + at + of, seen.get(3));
                assertEquals(scheme + ".rename" + at + ", sparkobs.fs.path.target=" + scheme + ':' + target.toUri().getPath() + of, seen.get(4));
                assertEquals(scheme + ".status" + at.replace("/one", "/two") + of, seen.get(5));
                assertEquals(scheme + ".status" + at + of, seen.get(6));
                assertEquals(scheme + ".list" + at.replace("/one", "") + of, seen.get(7));
                assertEquals(scheme + ".list" + at.replace("/one", "/*") + of, seen.get(8));
                assertEquals(scheme + ".delete" + at.replace("/one", "/two") + of, seen.get(9));
                assertTrue(seen.get(10).startsWith(scheme + ".open !java.io.FileNotFoundException ("), seen.get(10));
                assertEquals(11, seen.size());
            }
        }
    }

    @Test
    void Paths_lose_user_and_query() throws Exception {
        FsCalls fs = new FsCalls("hdfs");
        try (CallsSeen calls = new CallsSeen("fs:hdfs")) {
            fs.record(FsCalls.Operation.OPEN, new Path(URI.create("hdfs://user:pw@nn:8020/a%20b?sig=x")), () -> null);
            fs.record(FsCalls.Operation.OPEN, new Path("a/b"), () -> null);
            assertEquals(Arrays.asList("hdfs.open {sparkobs.fs.path=hdfs://nn:8020/a b, sparkobs.fs.scheme=hdfs}",
                    "hdfs.open {sparkobs.fs.path=a/b, sparkobs.fs.scheme=hdfs}"), calls.take());
        }
    }

    @Test
    void What_is_thrown_arrives_as_it_is_and_a_recorder_that_fails_is_not_noticed() throws Exception {
        FsCalls fs = new FsCalls("hdfs");
        try (CallsSeen calls = new CallsSeen("fs:hdfs")) {
            for (Throwable failure : Arrays.asList(new IOException("x"), new IllegalStateException(), new OutOfMemoryError("of a test"))) {
                Throwable thrown = assertThrows(Throwable.class, () -> fs.record(FsCalls.Operation.LIST, new Path("/a"), () -> {
                    if (failure instanceof IOException) {
                        throw (IOException) failure;
                    } else if (failure instanceof Error) {
                        throw (Error) failure;
                    }
                    throw (RuntimeException) failure;
                }));
                assertSame(failure, thrown);
            }
            assertEquals(3, calls.takeNames().size());
            calls.failure = new IllegalStateException("of a test");
            assertEquals("x", fs.record(FsCalls.Operation.LIST, new Path("/a"), () -> "x"));
            calls.failure = null;
            assertEquals("x", fs.record(FsCalls.Operation.LIST, new Path("/a"), () -> "x"));
            assertEquals(Collections.singletonList("hdfs.list"), calls.takeNames());
        }
    }

    @Test
    void Nothing_is_wrapped_where_something_stands_in_the_way() throws Exception {
        SparkConf spark = new SparkConf(false);
        Configuration conf = conf();
        conf.set("fs.file.impl", RawLocalFileSystem.class.getName());
        conf.set("mapreduce.outputcommitter.factory.scheme.raw", "Some");
        assertTrue(FsHook.wrap(spark, conf, "file").contains("RawLocalFileSystem"));
        assertTrue(FsHook.wrap(spark, conf, "raw").contains("committer"));
        conf.unset("mapreduce.outputcommitter.factory.scheme.raw");
        SparkConf hive = new SparkConf(false).set("spark.sql.hive.metastore.jars", "maven");
        assertTrue(FsHook.wrap(hive, conf, "raw").contains("spark.sql.hive.metastore.sharedPrefixes"));
        assertThrows(IOException.class, () -> FsHook.wrap(spark, conf, "nosuch"));
        conf.setClassLoader(ClassLoader.getSystemClassLoader().getParent());
        assertTrue(FsHook.wrap(spark, conf, "raw").contains("spark.driver.extraClassPath"));
        assertEquals(Raw.class.getName(), conf.get("fs.raw.impl"));
        assertEquals(RawLocalFileSystem.class.getName(), conf.get("fs.file.impl"));
    }

    @Test
    void A_cached_local_file_system_gives_way_and_goes_on() throws Exception {
        URI local = URI.create("file:///");
        FileSystem before = FileSystem.get(local, conf());
        assertSame(LocalFileSystem.class, before.getClass());
        Configuration conf = conf();
        FsHook.wrap(new SparkConf(false), conf, "file");
        FileSystem after = FileSystem.get(local, conf);
        try {
            assertInstanceOf(TracedLocalFileSystem.class, after);
            Path file = new Path(folder.toUri().toString(), "x");
            write(before.create(file), "x");
            assertArrayEquals(new long[] {1, 1}, new long[] {before.getFileStatus(file).getLen(), after.getFileStatus(file).getLen()});
        } finally {
            after.close();
        }
        assertFalse(FileSystem.get(local, conf()) instanceof TracedLocalFileSystem);
    }
}
