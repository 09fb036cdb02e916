package io.sparkobs;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A bridge that does what a script says, a script for each connection; the last one for all that follow. */
final class FakeBridge implements Closeable {
    interface Script {
        void serve(Peer peer) throws IOException, InterruptedException;
    }

    /** Accepts, keeps the lines, acknowledges each. */
    static final Script GOOD = peer -> {
        peer.send("{\"ok\":true,\"ack\":" + peer.bridge.last + ",\"durability\":\"memory\"}");
        for (String line = peer.readLine(); line != null; line = peer.readLine()) {
            peer.bridge.keep(line);
            peer.send("{\"ack\":" + peer.bridge.last + "}");
        }
    };

    final BlockingQueue<String> hellos = new LinkedBlockingQueue<>();
    final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    volatile long last;

    private final ServerSocket server;
    private final Script[] scripts;
    private volatile Socket connected;

    FakeBridge(Script... scripts) throws IOException {
        this(0, scripts);
    }

    FakeBridge(int port, Script... scripts) throws IOException {
        this(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()), scripts);
    }

    FakeBridge(ServerSocket server, Script... scripts) {
        this.scripts = scripts;
        this.server = server;
        Thread thread = new Thread(this::accept, "fake-bridge");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    Endpoint endpoint() {
        return Endpoint.parse("127.0.0.1:" + port());
    }

    void keep(String line) {
        last = Long.parseLong(line.substring(line.indexOf(':') + 1, line.indexOf(',')));
        lines.add(line);
    }

    private void accept() {
        for (int i = 0; !server.isClosed(); i++) {
            try (Socket socket = server.accept()) {
                connected = socket;
                Peer peer = new Peer(this, socket);
                String hello = peer.readLine();
                if (hello != null) {
                    hellos.add(hello);
                    scripts[Math.min(i, scripts.length - 1)].serve(peer);
                }
            } catch (IOException gone) {
                // The next connection.
            } catch (InterruptedException asked) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        Socket last = connected;
        if (last != null) {
            last.close();
        }
    }

    static final class Peer {
        final FakeBridge bridge;
        private final BufferedReader in;
        private final OutputStream out;

        Peer(FakeBridge bridge, Socket socket) throws IOException {
            this.bridge = bridge;
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            out = socket.getOutputStream();
        }

        String readLine() throws IOException {
            return in.readLine();
        }

        void send(String line) throws IOException {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
