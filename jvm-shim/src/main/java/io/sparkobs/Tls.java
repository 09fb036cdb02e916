package io.sparkobs;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Whom this side trusts, and what it shows of itself. The files are read for each connection: there are few, and what was
 * renewed meanwhile counts.
 */
final class Tls {
    /** Nothing is given: the JVM's authorities, and no certificate of ours. */
    static final Tls DEFAULT = new Tls(null, null, null);

    private static final List<String> VERSIONS = Arrays.asList("TLSv1.3", "TLSv1.2");

    /** For a key store in memory, which asks for one. */
    private static final char[] NO_PASSWORD = new char[0];

    private final String ca;
    private final String certificate;
    private final String key;

    /** Paths of PEM files, each null when it is not given. */
    Tls(String ca, String certificate, String key) {
        this.ca = ca;
        this.certificate = certificate;
        this.key = key;
    }

    /** @throws IOException a file cannot be used; says which key of the conf names it */
    SSLEngine engine(String host, int port) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(), trust().getTrustManagers(), null);
            SSLEngine engine = context.createSSLEngine(host, port);
            engine.setUseClientMode(true);
            List<String> versions = new ArrayList<>(VERSIONS);
            versions.retainAll(Arrays.asList(engine.getSupportedProtocols()));
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setProtocols(versions.toArray(new String[0]));
            // The certificate must be that host's.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
            return engine;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("TLS cannot be set up: " + e, e);
        }
    }

    private TrustManagerFactory trust() throws IOException, GeneralSecurityException {
        KeyStore authorities = null;
        if (ca != null) {
            authorities = emptyStore();
            try {
                for (Certificate authority : Pem.certificates(ca)) {
                    authorities.setCertificateEntry("ca" + authorities.size(), authority);
                }
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                throw wrong(ShimConf.TLS_CA, ca, e);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities);
        return trust;
    }

    private KeyManager[] keys() throws IOException, GeneralSecurityException {
        if (certificate == null && key == null) {
            return null;
        }
        if (certificate == null || key == null) {
            throw new IOException("of " + ShimConf.TLS_CERT + " and " + ShimConf.TLS_KEY + " only one is set");
        }
        KeyStore own = emptyStore();
        Certificate[] chain;
        try {
            chain = Pem.certificates(certificate).toArray(new Certificate[0]);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw wrong(ShimConf.TLS_CERT, certificate, e);
        }
        try {
            own.setKeyEntry("own", Pem.key(key), NO_PASSWORD, chain);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw wrong(ShimConf.TLS_KEY, key, e);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, NO_PASSWORD);
        return keys.getKeyManagers();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static IOException wrong(String name, String file, Exception e) {
        return new IOException(name + " = " + file + " cannot be used: " + e, e);
    }
}
