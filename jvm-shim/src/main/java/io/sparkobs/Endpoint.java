package io.sparkobs;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;

/**
 * Where the bridge listens: {@code host:port} on this machine, {@code tls://host:port} anywhere, or {@code unix:/path} where
 * the JVM has such sockets (16 and later). In the clear nothing leaves the machine.
 */
final class Endpoint {
    private static final String UNIX = "unix:";
    private static final String TCP = "tcp://";
    private static final String TLS = "tls://";

    private final String text;

    /** Null for TCP. */
    private final String path;

    private final String host;
    private final int port;

    /** Null where nothing is encrypted. */
    private final Tls tls;

    private Endpoint(String text, String path, String host, int port, Tls tls) {
        this.text = text;
        this.path = path;
        this.host = host;
        this.port = port;
        this.tls = tls;
    }

    static Endpoint parse(String text) {
        return parse(text, Tls.DEFAULT);
    }

    /** Whether a bridge elsewhere is meant, well written or not: then none in the clear takes its place. */
    static boolean isTls(String text) {
        return text.regionMatches(true, 0, TLS, 0, "tls:".length());
    }

    /** @throws IllegalArgumentException says what is expected */
    static Endpoint parse(String text, Tls tls) {
        if (text.startsWith(UNIX) && text.length() > UNIX.length()) {
            return new Endpoint(text, text.substring(UNIX.length()), null, 0, null);
        }
        boolean encrypted = text.startsWith(TLS);
        String address = encrypted || text.startsWith(TCP) ? text.substring(TCP.length()) : text;
        int colon = address.lastIndexOf(':');
        if (colon > 0 && address.indexOf('/') < 0 && isTls(text) == encrypted) {
            String host = address.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
            String port = address.substring(colon + 1);
            if (port.matches("[0-9]{1,5}") && Integer.parseInt(port) > 0 && Integer.parseInt(port) < 65_536) {
                return new Endpoint(text, null, host, Integer.parseInt(port), encrypted ? tls : null);
            }
        }
        throw new IllegalArgumentException("expected host:port, tls://host:port or unix:/path");
    }

    /** A place that cannot be: whoever connects is told why. */
    static Endpoint nowhere() {
        return new Endpoint("nowhere", null, null, 0, Tls.DEFAULT);
    }

    SocketChannel newChannel() throws IOException {
        return path == null ? SocketChannel.open() : newUnixChannel();
    }

    SocketAddress address() throws IOException {
        return path == null ? new InetSocketAddress(tcpAddress(), port) : unixAddress();
    }

    /** For one connection; null where nothing is encrypted. */
    SSLEngine engine() throws IOException {
        return tls == null ? null : tls.engine(host, port);
    }

    /** What is looked at is what is connected to. */
    private InetAddress tcpAddress() throws IOException {
        if (host == null) {
            throw new IOException("expected tls://host:port; nothing is sent in the clear instead");
        }
        InetAddress[] all = InetAddress.getAllByName(host);
        for (InetAddress one : all) {
            if (tls == null && !one.isLoopbackAddress()) {
                throw new IOException(one.getHostAddress() + " is not this machine's loopback, and nothing is sent there in the"
                        + " clear; use tls://" + host + ':' + port + ", or a bridge beside the driver");
            }
        }
        return all[0];
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
