package io.sparkobs;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** Encryption between a connection and its socket. It never waits by itself: the connection does, with an end. */
final class TlsLayer {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final Connection connection;

    /** What is to leave: filled and sent at once. */
    private ByteBuffer out;

    /** What has come, from 0 to its position. */
    private ByteBuffer encrypted;

    /** What was in it, from its position to its limit. */
    private ByteBuffer plain;

    TlsLayer(SSLEngine engine, Connection connection) {
        this.engine = engine;
        this.connection = connection;
        int packet = engine.getSession().getPacketBufferSize();
        out = ByteBuffer.allocate(packet);
        encrypted = ByteBuffer.allocate(packet);
        plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        plain.flip();
    }

    /** @param millis for all of it */
    void handshake(long millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            engine.beginHandshake();
            while (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw new SocketTimeoutException("the bridge did not finish the TLS handshake within " + millis + " ms");
                }
                settle(left);
                if (engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP && !unwrap(left)) {
                    connection.awaitBytes(left, "finish the TLS handshake");
                    receive();
                }
            }
        } catch (SSLException e) {
            alert();
            throw new IOException("TLS: " + e.getMessage() + "; look at " + ShimConf.TLS_CA + ", " + ShimConf.TLS_CERT
                    + " and the bridge's log", e);
        }
    }

    /** @param stallMillis how long the other side may take nothing */
    void write(ByteBuffer text, long stallMillis) throws IOException {
        while (text.hasRemaining()) {
            if (!wrap(text, stallMillis)) {
                throw new IOException("TLS: the bridge asks for another handshake in the middle");
            }
        }
    }

    /** So much of what has come as fits; 0 when nothing has. */
    int read(ByteBuffer target, long stallMillis) throws IOException {
        while (!plain.hasRemaining()) {
            if (!unwrap(stallMillis) && receive() == 0) {
                return 0;
            }
        }
        int length = Math.min(plain.remaining(), target.remaining());
        ByteBuffer part = plain.duplicate();
        part.limit(part.position() + length);
        target.put(part);
        plain.position(plain.position() + length);
        return length;
    }

    private int receive() throws IOException {
        int read = connection.receive(encrypted);
        if (read < 0) {
            throw new EOFException("the bridge closed the connection");
        }
        return read;
    }

    /** Does what the engine has to do before it can read on. */
    private void settle(long stallMillis) throws IOException {
        while (true) {
            HandshakeStatus status = engine.getHandshakeStatus();
            if (status == HandshakeStatus.NEED_TASK) {
                for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                    task.run();
                }
            } else if (status == HandshakeStatus.NEED_WRAP) {
                wrap(NOTHING, stallMillis);
            } else {
                return;
            }
        }
    }

    /** Whether it took any of the text, or had something of its own to send. */
    private boolean wrap(ByteBuffer text, long stallMillis) throws IOException {
        while (true) {
            out.clear();
            SSLEngineResult result = engine.wrap(text, out);
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                out = ByteBuffer.allocate(Math.max(out.capacity() * 2, engine.getSession().getPacketBufferSize()));
                continue;
            }
            out.flip();
            connection.send(out, stallMillis);
            if (result.getStatus() == Status.CLOSED) {
                throw new EOFException("the bridge closed the connection");
            }
            return result.bytesConsumed() + result.bytesProduced() > 0;
        }
    }

    /** Takes one record, which may hold no text. False when no whole one has come. */
    private boolean unwrap(long stallMillis) throws IOException {
        encrypted.flip();
        plain.clear();
        SSLEngineResult result;
        try {
            result = engine.unwrap(encrypted, plain);
        } finally {
            encrypted.compact();
            plain.flip();
        }
        switch (result.getStatus()) {
            case BUFFER_UNDERFLOW:
                if (!encrypted.hasRemaining()) {
                    encrypted = larger(encrypted);
                }
                return false;
            case BUFFER_OVERFLOW:
                plain = ByteBuffer.allocate(Math.max(plain.capacity() * 2, engine.getSession().getApplicationBufferSize()));
                plain.flip();
                return true;
            case CLOSED:
                throw new EOFException("the bridge closed the connection");
            default:
                settle(stallMillis);
                return true;
        }
    }

    /** Tells the other side why, if it takes it at once. */
    private void alert() {
        try {
            out.clear();
            engine.wrap(NOTHING, out);
            out.flip();
            connection.send(out, 1);
        } catch (IOException ignored) {
            // It has its own idea of what went wrong.
        }
    }

    private static ByteBuffer larger(ByteBuffer full) {
        full.flip();
        return ByteBuffer.allocate(full.capacity() * 2).put(full);
    }
}
