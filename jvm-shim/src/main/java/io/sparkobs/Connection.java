package io.sparkobs;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/** One socket to the bridge: lines both ways, every wait with an end. For one thread. */
final class Connection implements Closeable {
    /** The bridge's lines are short; a longer one is none of a bridge's. */
    private static final int MAX_ANSWER = 64 * 1024;

    /** The JVM copies what is written into a buffer outside the heap of this size. */
    private static final int SLICE = 64 * 1024;

    /** A TLS handshake goes back and forth, and costs a busy machine more than a connection. */
    private static final int HANDSHAKES = 5;

    /** What TLS itself has to send in between is short. */
    private static final long ANSWER_STALL_MILLIS = 10_000;

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer in = ByteBuffer.allocate(8 * 1024);
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private SelectionKey key;

    /** Null where nothing is encrypted. */
    private TlsLayer tls;

    private Connection(SocketChannel channel) throws IOException {
        this.channel = channel;
        selector = Selector.open();
        in.flip();
    }

    static Connection open(Endpoint endpoint, long millis) throws IOException {
        Connection connection = new Connection(endpoint.newChannel());
        try {
            connection.connect(endpoint, millis);
            connection.encrypt(endpoint, millis);
            return connection;
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private void connect(Endpoint endpoint, long millis) throws IOException {
        channel.configureBlocking(false);
        boolean connected = channel.connect(endpoint.address());
        key = channel.register(selector, SelectionKey.OP_CONNECT);
        if (!connected) {
            await(SelectionKey.OP_CONNECT, millis, "connect");
            channel.finishConnect();
        }
        if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
    }

    private void encrypt(Endpoint endpoint, long millis) throws IOException {
        SSLEngine engine = endpoint.engine();
        if (engine != null) {
            TlsLayer layer = new TlsLayer(engine, this);
            layer.handshake(HANDSHAKES * millis);
            tls = layer;
        }
    }

    /** @param stallMillis how long the other side may take nothing */
    void write(byte[] bytes, int length, long stallMillis) throws IOException {
        for (int at = 0; at < length; at += SLICE) {
            ByteBuffer slice = ByteBuffer.wrap(bytes, at, Math.min(SLICE, length - at));
            if (tls == null) {
                send(slice, stallMillis);
            } else {
                tls.write(slice, stallMillis);
            }
        }
    }

    /** To the socket, as it is. */
    void send(ByteBuffer bytes, long stallMillis) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                await(SelectionKey.OP_WRITE, stallMillis, "take what is sent");
            }
        }
    }

    /** From the socket, as it is: what is there, -1 at the end. */
    int receive(ByteBuffer bytes) throws IOException {
        return channel.read(bytes);
    }

    /** Waits until the socket has something. */
    void awaitBytes(long millis, String what) throws IOException {
        await(SelectionKey.OP_READ, millis, what);
    }

    /** The next line, or null when none has come within the time; 0 does not wait. */
    String readLine(long millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (true) {
            String found = bufferedLine();
            if (found != null) {
                return found;
            }
            if (fill()) {
                continue;
            }
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0 || !isReady(SelectionKey.OP_READ, left)) {
                return null;
            }
        }
    }

    /** Whether anything was there. */
    private boolean fill() throws IOException {
        in.clear();
        int read;
        try {
            read = tls == null ? receive(in) : tls.read(in, ANSWER_STALL_MILLIS);
        } finally {
            in.flip();
        }
        if (read < 0) {
            throw new EOFException("the bridge closed the connection");
        }
        return read > 0;
    }

    private String bufferedLine() throws IOException {
        while (in.hasRemaining()) {
            byte b = in.get();
            if (b == '\n') {
                String text = line.toString("UTF-8");
                line.reset();
                return text;
            }
            if (line.size() == MAX_ANSWER) {
                throw new IOException("a line of over " + MAX_ANSWER + " bytes: that is no bridge");
            }
            line.write(b);
        }
        return null;
    }

    private void await(int operation, long millis, String what) throws IOException {
        if (!isReady(operation, millis)) {
            throw new SocketTimeoutException("the bridge did not " + what + " within " + millis + " ms");
        }
    }

    private boolean isReady(int operation, long millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        key.interestOps(operation);
        do {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            selector.select(Math.max(1, left));
            selector.selectedKeys().clear();
            if ((key.readyOps() & operation) != 0) {
                return true;
            }
        } while (System.nanoTime() - end < 0);
        return false;
    }

    @Override
    public void close() {
        try {
            channel.close();
            selector.close();
        } catch (IOException ignored) {
            // It is of no use any more either way.
        }
    }
}
