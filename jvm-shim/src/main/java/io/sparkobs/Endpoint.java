package io.sparkobs;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;

/** Where the bridge listens: {@code host:port}, or {@code unix:/path} where the JVM has such sockets (16 and later). */
final class Endpoint {
    private static final String UNIX = "unix:";

    private final String text;

    /** Null for TCP. */
    private final String path;

    private final String host;
    private final int port;

    private Endpoint(String text, String path, String host, int port) {
        this.text = text;
        this.path = path;
        this.host = host;
        this.port = port;
    }

    /** @throws IllegalArgumentException says what is expected */
    static Endpoint parse(String text) {
        if (text.startsWith(UNIX) && text.length() > UNIX.length()) {
            return new Endpoint(text, text.substring(UNIX.length()), null, 0);
        }
        int colon = text.lastIndexOf(':');
        if (colon > 0) {
            String host = text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
            String port = text.substring(colon + 1);
            if (port.matches("[0-9]{1,5}") && Integer.parseInt(port) > 0 && Integer.parseInt(port) < 65_536) {
                return new Endpoint(text, null, host, Integer.parseInt(port));
            }
        }
        throw new IllegalArgumentException("expected host:port or unix:/path");
    }

    SocketChannel newChannel() throws IOException {
        return path == null ? SocketChannel.open() : newUnixChannel();
    }

    SocketAddress address() throws IOException {
        return path == null ? new InetSocketAddress(host, port) : unixAddress();
    }

    private static SocketChannel newUnixChannel() throws IOException {
        try {
            ProtocolFamily family = StandardProtocolFamily.valueOf("UNIX");
            return (SocketChannel) SocketChannel.class.getMethod("open", ProtocolFamily.class).invoke(null, family);
        } catch (InvocationTargetException e) {
            throw new IOException(e.getCause());
        } catch (ReflectiveOperationException | IllegalArgumentException absent) {
            throw new IOException("this JVM has no Unix domain sockets (Java 16 and later have)", absent);
        }
    }

    private SocketAddress unixAddress() throws IOException {
        try {
            return (SocketAddress) Class.forName("java.net.UnixDomainSocketAddress")
                    .getMethod("of", String.class)
                    .invoke(null, path);
        } catch (ReflectiveOperationException e) {
            throw new IOException("not a path for a Unix domain socket: " + path, e);
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
