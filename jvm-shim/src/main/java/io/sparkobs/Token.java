package io.sparkobs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** The secret that the bridge asks for: never in Spark's conf, which the UI and event logs show. */
final class Token {
    private static final String VARIABLE = "SPARKOBS_TOKEN";

    /** A larger file is no token's. */
    private static final long MAX_BYTES = 4 * 1024;

    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private Token() {}

    /** The environment's, else the file's; empty when there is none, which the bridge then refuses. */
    static String find(String variable, String file) {
        if (variable != null && !variable.trim().isEmpty()) {
            return variable.trim();
        }
        if (file == null || file.isEmpty()) {
            return "";
        }
        try {
            return read(Paths.get(file));
        } catch (IOException | InvalidPathException | UnsupportedOperationException e) {
            Log.warnOnce(ShimConf.TOKEN_FILE, "SparkObs: " + ShimConf.TOKEN_FILE + " = " + file + " is not used: " + e + '.');
            return "";
        }
    }

    static String fromEnvironment() {
        return System.getenv(VARIABLE);
    }

    private static String read(Path file) throws IOException {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        if (posix && !OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
            throw new IOException("others can read it; chmod 600 makes it the owner's alone");
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("over " + MAX_BYTES + " bytes");
        }
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).trim();
    }
}
