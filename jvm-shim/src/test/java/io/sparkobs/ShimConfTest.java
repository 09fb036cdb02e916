package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShimConfTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final SparkConf conf = new SparkConf(false);
    private final ShimConf shim = new ShimConf(conf);

    @Test
    void Nothing_set_gives_the_defaults() {
        assertEquals("127.0.0.1:4319", shim.endpoint().toString());
        assertEquals(32 << 20, shim.bufferBytes());
        assertEquals(10_000, shim.shutdownMillis());
        assertEquals(1 << 30, shim.spoolBytes());
        assertEquals(Paths.get(System.getProperty("java.io.tmpdir"), "sparkobs-spool").toAbsolutePath(), shim.spoolDir());
    }

    @Test
    void Values_are_read() {
        conf.set("spark.sparkobs.endpoint", "unix:/run/sparkobs.sock");
        conf.set("spark.sparkobs.buffer.bytes", "8m");
        conf.set("spark.sparkobs.shutdown.timeout", "2s");
        conf.set("spark.sparkobs.spool.bytes", "0");
        conf.set("spark.sparkobs.spool.dir", "/var/spool/sparkobs");
        assertEquals("unix:/run/sparkobs.sock", shim.endpoint().toString());
        assertEquals(8 << 20, shim.bufferBytes());
        assertEquals(2_000, shim.shutdownMillis());
        assertEquals(0, shim.spoolBytes());
        assertEquals(Paths.get("/var/spool/sparkobs"), shim.spoolDir());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "99999999999999999999", "1q", "unix:", ":1", "host:", "host:99999", "\u0000"})
    void Wrong_values_are_the_defaults(String wrong) {
        conf.set("spark.sparkobs.endpoint", wrong);
        conf.set("spark.sparkobs.buffer.bytes", wrong);
        conf.set("spark.sparkobs.shutdown.timeout", wrong);
        conf.set("spark.sparkobs.spool.bytes", wrong);
        Nothing_set_gives_the_defaults();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\u0000"})
    void A_folder_that_is_none_is_the_default(String wrong) {
        conf.set("spark.sparkobs.spool.dir", wrong);
        Nothing_set_gives_the_defaults();
    }

    @Test
    void Without_a_caller_the_trace_is_the_id() {
        shim.setIds();
        assertTrue(Hex.isId(conf.get("spark.sparkobs.id"), 32));
        assertEquals(conf.get("spark.sparkobs.id"), conf.get("spark.sparkobs.traceId"));
        assertFalse(conf.contains("spark.sparkobs.traceUrl"));
        assertEquals(conf.get("spark.sparkobs.id"), shim.session());
    }

    @Test
    void The_id_is_fresh_at_each_start_and_a_given_trace_stays() {
        conf.set("spark.sparkobs.id", TRACE);
        conf.set("spark.sparkobs.traceId", TRACE);
        conf.set("spark.sparkobs.session", "s");
        shim.setIds();
        assertNotEquals(TRACE, conf.get("spark.sparkobs.id"));
        assertEquals(TRACE, conf.get("spark.sparkobs.traceId"));
        assertEquals("s", shim.session());
    }

    @Test
    void A_caller_gives_the_trace() {
        conf.set("spark.sparkobs.traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01");
        conf.set("spark.sparkobs.ui.url", "http://h/{traceId}?x");
        shim.setIds();
        assertEquals(TRACE, conf.get("spark.sparkobs.traceId"));
        assertEquals("http://h/" + TRACE + "?x", conf.get("spark.sparkobs.traceUrl"));
    }

    @Test
    void Unreadable_ids_are_replaced() {
        conf.set("spark.sparkobs.traceparent", "00-x");
        conf.set("spark.sparkobs.traceId", TRACE.toUpperCase());
        shim.setIds();
        assertEquals(conf.get("spark.sparkobs.id"), conf.get("spark.sparkobs.traceId"));
    }

    @Test
    void A_token_comes_from_the_environment_first(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("token"), "from the file\n".getBytes());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertEquals("from the environment", Token.find("from the environment", file.toString()));
        assertEquals("from the file", Token.find(null, file.toString()));
        assertEquals("from the file", Token.find(" ", file.toString()));
    }

    @Test
    void A_token_that_others_can_read_is_not_used(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("token"), "open".getBytes());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertEquals("", Token.find(null, file.toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/nowhere/at/all", "/", "\u0000"})
    void No_file_is_no_token(String file) {
        assertEquals("", Token.find(null, file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[::1]:4319", "localhost:1", "10.0.0.1:65535", "unix:relative"})
    void Endpoints(String text) {
        assertEquals(text, Endpoint.parse(text).toString());
    }

    @Test
    void An_endpoint_without_a_port_is_wrong() {
        assertThrows(IllegalArgumentException.class, () -> Endpoint.parse("localhost"));
    }
}
