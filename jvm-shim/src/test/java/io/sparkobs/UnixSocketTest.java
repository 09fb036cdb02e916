package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UnixSocketTest {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    @Test
    @EnabledForJreRange(min = JRE.JAVA_16)
    void Lines_arrive_over_a_Unix_domain_socket(@TempDir Path folder) throws Exception {
        Endpoint endpoint = Endpoint.parse("unix:" + folder.resolve("bridge.sock"));
        try (ServerSocketChannel server = (ServerSocketChannel) ServerSocketChannel.class
                .getMethod("open", ProtocolFamily.class)
                .invoke(null, StandardProtocolFamily.valueOf("UNIX"))) {
            server.bind(endpoint.address());
            Thread bridge = new Thread(() -> serve(server));
            bridge.setDaemon(true);
            bridge.start();

            Outbox outbox = new Outbox(1 << 20, SpoolTest.OFF);
            JsonWriter line = new JsonWriter();
            line.raw(JsonWriter.ascii("\"Event\":\"x\"}"));
            outbox.offer(Rank.STRUCTURE, line);
            BridgeClient client = new BridgeClient(endpoint, new Session("", "s", "a", "3.5.3"), outbox,
                    new Ledger(outbox, SpoolTest.OFF), false, () -> {});
            client.start();
            assertEquals("{\"SparkObsSeq\":1,\"Event\":\"x\"}", lines.poll(30, TimeUnit.SECONDS));
            assertTrue(client.drain(30_000));
        }
    }

    private void serve(ServerSocketChannel server) {
        try (SocketChannel channel = server.accept()) {
            BufferedReader in = new BufferedReader(Channels.newReader(channel, "UTF-8"));
            in.readLine();
            send(channel, "{\"ok\":true,\"ack\":0}\n");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
                send(channel, "{\"ack\":" + line.replaceAll("^.*?:([0-9]+),.*$", "$1") + "}\n");
            }
        } catch (IOException gone) {
            // The test is over.
        }
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void A_socket_that_is_not_there_is_an_IOException(@TempDir Path folder) {
        Endpoint endpoint = Endpoint.parse("unix:" + folder.resolve("none.sock"));
        assertThrows(IOException.class, () -> Connection.open(endpoint, 1_000));
    }
}
