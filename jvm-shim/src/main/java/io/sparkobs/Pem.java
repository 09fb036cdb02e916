package io.sparkobs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys in PEM files. Errors name the file, never what is in it. */
final class Pem {
    /** A larger file is none of certificates: the largest bundles of authorities have some hundred kB. */
    private static final long MAX_BYTES = 4 * 1024 * 1024;

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \\1-----");

    private Pem() {}

    /** At least one. */
    static List<Certificate> certificates(String file) throws IOException, GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> found = new ArrayList<>();
        for (byte[] block : blocks(file, "CERTIFICATE")) {
            found.add(factory.generateCertificate(new ByteArrayInputStream(block)));
        }
        if (found.isEmpty()) {
            throw new IOException(file + " has no certificate in PEM form");
        }
        return found;
    }

    /** The first key: PKCS#8, not encrypted, RSA or EC. */
    static PrivateKey key(String file) throws IOException, GeneralSecurityException {
        List<byte[]> blocks = blocks(file, "PRIVATE KEY");
        if (blocks.isEmpty()) {
            throw new IOException(file + " has no key in the form that is read here, PKCS#8 and not encrypted;"
                    + " openssl pkcs8 -topk8 -nocrypt makes it");
        }
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(blocks.get(0));
        for (String algorithm : new String[] {"RSA", "EC"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException another) {
                // Only the algorithm itself can tell.
            }
        }
        throw new IOException("the key in " + file + " is neither RSA nor EC");
    }

    private static List<byte[]> blocks(String file, String label) throws IOException {
        Path path = Paths.get(file);
        if (Files.size(path) > MAX_BYTES) {
            throw new IOException(file + " has over " + MAX_BYTES + " bytes");
        }
        List<byte[]> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
        while (block.find()) {
            if (block.group(1).equals(label)) {
                blocks.add(Base64.getMimeDecoder().decode(block.group(2)));
            }
        }
        return blocks;
    }
}
