package io.sparkobs;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;

/** Certificates that sign themselves, made by the JDK's keytool, and servers that use them. */
final class Certificates {
    private static final String PASSWORD = "changeit";

    private final Path folder;

    Certificates(Path folder) {
        this.folder = folder;
    }

    /** Writes {@code name.p12}, {@code name.crt} and {@code name.key}. */
    void make(String name, String algorithm, String alternativeNames) throws Exception {
        Process keytool = new ProcessBuilder(Paths.get(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
                "-alias", name, "-dname", "CN=" + name, "-keyalg", algorithm, "-keysize", algorithm.equals("RSA") ? "2048" : "256",
                "-ext", "san=" + alternativeNames, "-storetype", "PKCS12", "-keystore", path(name + ".p12"), "-storepass", PASSWORD,
                "-keypass", PASSWORD).redirectErrorStream(true).redirectOutput(folder.resolve("keytool.log").toFile()).start();
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool failed: " + new String(Files.readAllBytes(folder.resolve("keytool.log"))));
        }
        KeyStore store = store(name);
        write(name + ".crt", "CERTIFICATE", store.getCertificate(name).getEncoded());
        write(name + ".key", "PRIVATE KEY", store.getKey(name, PASSWORD.toCharArray()).getEncoded());
    }

    String path(String file) {
        return folder.resolve(file).toString();
    }

    /** @param client whose certificate must be shown, or null */
    ServerSocket listen(String name, String client, String... versions) throws IOException, GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(name), PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        if (client != null) {
            trusted.setCertificateEntry(client, store(client).getCertificate(client));
        }
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), client == null ? null : trust.getTrustManagers(), null);
        SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setNeedClientAuth(client != null);
        if (versions.length > 0) {
            server.setEnabledProtocols(versions);
        }
        return server;
    }

    private KeyStore store(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(folder.resolve(name + ".p12"))) {
            store.load(file, PASSWORD.toCharArray());
        }
        return store;
    }

    private void write(String file, String label, byte[] bytes) throws IOException {
        Files.write(folder.resolve(file), ("-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes)
                + "\n-----END " + label + "-----\n").getBytes("US-ASCII"));
    }
}
