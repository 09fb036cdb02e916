package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The connection against real TLS servers: what is sent arrives, and nothing is sent to whom is not trusted. */
@Timeout(60)
class TlsTest {
    private static final long MILLIS = 2_000;
    private static final String HELLO = "{\"token\":\"t0ken\"}\n";

    @TempDir
    static Path folder;

    private static Certificates certificates;

    @BeforeAll
    static void make() throws Exception {
        certificates = new Certificates(folder);
        certificates.make("bridge", "RSA", "dns:localhost,ip:127.0.0.1");
        certificates.make("elsewhere", "EC", "dns:elsewhere.example");
        certificates.make("driver", "EC", "dns:driver");
        certificates.make("driver-rsa", "RSA", "dns:driver");
    }

    private static Tls tls(String ca, String own) {
        return new Tls(ca == null ? null : certificates.path(ca + ".crt"), own == null ? null : certificates.path(own + ".crt"),
                own == null ? null : certificates.path(own + ".key"));
    }

    private static Endpoint endpoint(FakeBridge bridge, Tls tls) {
        return Endpoint.parse("tls://localhost:" + bridge.port(), tls);
    }

    private static void write(Connection connection, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        connection.write(bytes, bytes.length, 10_000);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.3,", "TLSv1.2,", "TLSv1.3,driver", "TLSv1.2,driver", "TLSv1.3,driver-rsa"})
    void Lines_go_both_ways(String version, String own) throws Exception {
        char[] much = new char[300_000];
        Arrays.fill(much, 'x');
        String line = new String(much);
        FakeBridge.Script script = peer -> {
            peer.send("{\"ok\":true}");
            assertEquals(line, peer.readLine());
            peer.send(line.substring(0, 60_000));
            peer.readLine();
        };
        try (FakeBridge bridge = new FakeBridge(certificates.listen("bridge", own, version), script);
                Connection connection = Connection.open(endpoint(bridge, tls("bridge", own)), MILLIS)) {
            write(connection, HELLO);
            assertEquals("{\"ok\":true}", connection.readLine(10_000));
            assertNull(connection.readLine(0));
            write(connection, line + "\n");
            assertEquals(line.substring(0, 60_000), connection.readLine(10_000));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bridge,,driver", // Not this authority's.
        "bridge,,", // None that the JVM knows.
        "elsewhere,,elsewhere", // Another host's.
        "bridge,driver-rsa,bridge", // Asks for a certificate, and there is none.
    })
    void To_whom_is_not_trusted_or_does_not_trust_nothing_is_sent(String server, String client, String ca) throws Exception {
        try (FakeBridge bridge = new FakeBridge(certificates.listen(server, client), FakeBridge.GOOD)) {
            assertThrows(IOException.class, () -> {
                try (Connection connection = Connection.open(endpoint(bridge, tls(ca, null)), MILLIS)) {
                    // With TLS 1.3 the server's refusal comes behind the handshake.
                    connection.readLine(10_000);
                }
            });
            assertTrue(bridge.hellos.isEmpty());
        }
    }

    @Test
    void A_wrong_certificate_of_the_drivers_is_refused() throws Exception {
        try (FakeBridge bridge = new FakeBridge(certificates.listen("bridge", "driver"), FakeBridge.GOOD)) {
            assertThrows(IOException.class, () -> {
                try (Connection connection = Connection.open(endpoint(bridge, tls("bridge", "driver-rsa")), MILLIS)) {
                    connection.readLine(10_000);
                }
            });
            assertTrue(bridge.hellos.isEmpty());
        }
    }

    @Test
    void A_server_without_TLS_gets_no_word_in_the_clear() throws Exception {
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread serving = new Thread(() -> {
                try (Socket socket = server.accept()) {
                    socket.getOutputStream().write("{\"error\":\"the first line is no hello of SparkObs\"}\n".getBytes(StandardCharsets.US_ASCII));
                    InputStream in = socket.getInputStream();
                    for (int b = in.read(); b >= 0; b = in.read()) {
                        heard.write(b);
                    }
                } catch (IOException gone) {
                    // What was heard counts.
                }
            });
            serving.start();
            String said = assertThrows(IOException.class, () -> Connection.open(
                    Endpoint.parse("tls://localhost:" + server.getLocalPort(), tls("bridge", null)), MILLIS)).getMessage();
            assertTrue(said.startsWith("TLS: "), said);
            serving.join();
            assertFalse(heard.toString("ISO-8859-1").contains("token"));
        }
    }

    @Test
    void A_server_that_says_nothing_is_not_waited_for() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Endpoint endpoint = Endpoint.parse("tls://localhost:" + server.getLocalPort(), tls("bridge", null));
            assertThrows(SocketTimeoutException.class, () -> Connection.open(endpoint, 20));
        }
    }

    @Test
    void The_other_sides_end_is_an_end() throws Exception {
        try (FakeBridge bridge = new FakeBridge(certificates.listen("bridge", null), peer -> peer.send("half"));
                Connection connection = Connection.open(endpoint(bridge, tls("bridge", null)), MILLIS)) {
            write(connection, HELLO);
            assertEquals("half", connection.readLine(10_000));
            assertThrows(IOException.class, () -> connection.readLine(10_000));
        }
    }

    @Test
    void A_file_that_was_renewed_counts_for_the_next_connection() throws Exception {
        Path ca = folder.resolve("ca.crt");
        Files.copy(folder.resolve("driver.crt"), ca);
        try (FakeBridge bridge = new FakeBridge(certificates.listen("bridge", null), FakeBridge.GOOD)) {
            Endpoint endpoint = endpoint(bridge, new Tls(ca.toString(), null, null));
            assertThrows(IOException.class, () -> Connection.open(endpoint, MILLIS));
            Files.write(ca, Files.readAllBytes(folder.resolve("bridge.crt")));
            try (Connection connection = Connection.open(endpoint, MILLIS)) {
                write(connection, HELLO);
                assertEquals(HELLO.trim(), bridge.hellos.poll(10, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void A_file_that_cannot_be_used_is_named_and_not_shown() throws Exception {
        Path secret = Files.write(folder.resolve("rsa.key"), ("-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n"
                + "-----END RSA PRIVATE KEY-----\n").getBytes(StandardCharsets.US_ASCII));
        String bridge = certificates.path("bridge.crt");
        assertSaid("spark.sparkobs.tls.ca = /nowhere.pem cannot be used: java.nio.file.NoSuchFileException: /nowhere.pem",
                new Tls("/nowhere.pem", null, null));
        assertSaid("spark.sparkobs.tls.ca = " + secret + " cannot be used: java.io.IOException: " + secret + " has no certificate in PEM form",
                new Tls(secret.toString(), null, null));
        assertSaid("of spark.sparkobs.tls.cert and spark.sparkobs.tls.key only one is set", new Tls(null, bridge, null));
        assertSaid("spark.sparkobs.tls.key = " + secret + " cannot be used: java.io.IOException: " + secret
                + " has no key in the form that is read here, PKCS#8 and not encrypted; openssl pkcs8 -topk8 -nocrypt makes it",
                new Tls(null, bridge, secret.toString()));
    }

    private static void assertSaid(String message, Tls tls) {
        assertEquals(message, assertThrows(IOException.class, () -> tls.engine("localhost", 1)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1:4319", "tcp://192.0.2.1:4319", "[2001:db8::1]:4319", "0.0.0.0:4319"})
    void In_the_clear_nothing_is_sent_elsewhere(String text) {
        String said = assertThrows(IOException.class, () -> Connection.open(Endpoint.parse(text), MILLIS)).getMessage();
        assertTrue(said.contains(" is not this machine's loopback, and nothing is sent there in the clear; use tls://"), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:", "127.0.0.1:", "tcp://localhost:", "tcp://127.0.0.1:"})
    void In_the_clear_loopback_is_reached(String text) throws Exception {
        try (FakeBridge bridge = new FakeBridge(FakeBridge.GOOD);
                Connection connection = Connection.open(Endpoint.parse(text + bridge.port()), MILLIS)) {
            write(connection, HELLO);
            assertTrue(new Answer(connection.readLine(10_000)).isOk());
        }
    }
}
