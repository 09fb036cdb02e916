package io.sparkobs;

import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.function.Function;
import org.apache.spark.SparkConf;

/** Every key that this side reads or sets, with its default. A wrong value is a line in the log, and the default. */
public final class ShimConf {
    /** Where the bridge listens: {@code host:port} on this machine, {@code tls://host:port} or {@code unix:/path}. */
    static final String ENDPOINT = "spark.sparkobs.endpoint";

    static final String DEFAULT_ENDPOINT = "127.0.0.1:4319";

    /** A PEM file of the authorities that the bridge's certificate is from; else those that the JVM trusts. */
    static final String TLS_CA = "spark.sparkobs.tls.ca";

    /** A PEM file of the driver's own certificate, for a bridge that asks for one. */
    static final String TLS_CERT = "spark.sparkobs.tls.cert";

    /** A PEM file of that certificate's key: PKCS#8, not encrypted, RSA or EC. */
    static final String TLS_KEY = "spark.sparkobs.tls.key";

    /** A file of mode 0600 with the bridge's token; the environment's SPARKOBS_TOKEN comes first. */
    static final String TOKEN_FILE = "spark.sparkobs.token.file";

    /** What the bridge knows this run by; else {@link #ID}. */
    static final String SESSION = "spark.sparkobs.session";

    /** Memory for lines that the bridge has not acknowledged; a size. */
    static final String BUFFER_BYTES = "spark.sparkobs.buffer.bytes";

    static final long DEFAULT_BUFFER_BYTES = 32L * 1024 * 1024;
    private static final long SMALLEST_BUFFER_BYTES = 64 * 1024;
    private static final long LARGEST_BUFFER_BYTES = 1024L * 1024 * 1024;

    /** Where the lines go that memory has no place for, or that no bridge takes: a folder of folders. */
    static final String SPOOL_DIR = "spark.sparkobs.spool.dir";

    /** How much of them; a size, 0 for none. */
    static final String SPOOL_BYTES = "spark.sparkobs.spool.bytes";

    static final long DEFAULT_SPOOL_BYTES = 1024L * 1024 * 1024;
    private static final long LARGEST_SPOOL_BYTES = 1024L * 1024 * 1024 * 1024;

    /** How long the end of the application may wait for the last lines to leave; a time. */
    static final String SHUTDOWN_TIMEOUT = "spark.sparkobs.shutdown.timeout";

    static final long DEFAULT_SHUTDOWN_MILLIS = 10_000;
    private static final long LONGEST_SHUTDOWN_MILLIS = 600_000;

    /** The caller's span, W3C Trace Context. */
    public static final String TRACEPARENT = "spark.sparkobs.traceparent";

    /** A trace's page, with {@code {traceId}} in it. */
    static final String UI_URL = "spark.sparkobs.ui.url";

    /** Set at each start: the seed of all span ids. */
    public static final String ID = "spark.sparkobs.id";

    /** Set when missing: the trace that the application's span is in. */
    public static final String TRACE_ID = "spark.sparkobs.traceId";

    /** Set when {@link #UI_URL} is: the trace's page. */
    static final String TRACE_URL = "spark.sparkobs.traceUrl";

    private final SparkConf conf;

    ShimConf(SparkConf conf) {
        this.conf = conf;
    }

    /** Gives this run its ids, where executors, the Environment tab and event logs see them. */
    void setIds() {
        String id = Hex.random(16);
        conf.set(ID, id);
        Traceparent caller = Traceparent.parse(text(TRACEPARENT));
        if (caller == null && text(TRACEPARENT) != null) {
            wrong(TRACEPARENT, "not a W3C traceparent", "no caller");
        }
        String given = text(TRACE_ID);
        if (!Hex.isId(given, 32)) {
            if (given != null) {
                wrong(TRACE_ID, "not 32 lower-case hex digits", "a trace of its own");
            }
            conf.set(TRACE_ID, caller != null ? caller.trace : id);
        }
        String page = text(UI_URL);
        if (page != null) {
            conf.set(TRACE_URL, page.replace("{traceId}", caller != null ? caller.trace : conf.get(TRACE_ID)));
        }
    }

    /** Whether the driver's JVM runs the tasks, too. */
    public static boolean isLocal(SparkConf conf) {
        String master = conf.get("spark.master", "");
        return master.startsWith("local") && !master.startsWith("local-cluster");
    }

    Endpoint endpoint() {
        Tls tls = new Tls(text(TLS_CA), text(TLS_CERT), text(TLS_KEY));
        String given = text(ENDPOINT);
        Endpoint fallback = given != null && Endpoint.isTls(given.trim()) ? Endpoint.nowhere() : Endpoint.parse(DEFAULT_ENDPOINT);
        return value(ENDPOINT, text -> Endpoint.parse(text, tls), fallback);
    }

    String tokenFile() {
        return text(TOKEN_FILE);
    }

    String session() {
        String session = text(SESSION);
        return session != null ? session : text(ID);
    }

    long bufferBytes() {
        return value(BUFFER_BYTES, v -> within(conf.getSizeAsBytes(BUFFER_BYTES), SMALLEST_BUFFER_BYTES, LARGEST_BUFFER_BYTES),
                DEFAULT_BUFFER_BYTES);
    }

    Path spoolDir() {
        return value(SPOOL_DIR, ShimConf::folder, folder(System.getProperty("java.io.tmpdir", ".")).resolve("sparkobs-spool"));
    }

    private static Path folder(String path) {
        if (path.isEmpty()) {
            throw new IllegalArgumentException("expected a folder");
        }
        return Paths.get(path).toAbsolutePath();
    }

    long spoolBytes() {
        return value(SPOOL_BYTES, v -> within(conf.getSizeAsBytes(SPOOL_BYTES), 0, LARGEST_SPOOL_BYTES), DEFAULT_SPOOL_BYTES);
    }

    long shutdownMillis() {
        return value(SHUTDOWN_TIMEOUT, v -> within(conf.getTimeAsMs(SHUTDOWN_TIMEOUT), 0, LONGEST_SHUTDOWN_MILLIS),
                DEFAULT_SHUTDOWN_MILLIS);
    }

    private static long within(long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("expected " + least + " to " + most);
        }
        return value;
    }

    /** The value of any key, or null. */
    String text(String key) {
        return conf.get(key, null);
    }

    private <T> T value(String key, Function<String, T> parse, T fallback) {
        String text = text(key);
        if (text == null) {
            return fallback;
        }
        try {
            return parse.apply(text.trim());
        } catch (RuntimeException wrong) {
            wrong(key, wrong.getMessage(), fallback.toString());
            return fallback;
        }
    }

    private void wrong(String key, String why, String instead) {
        Log.warnOnce(key, "SparkObs: " + key + " = " + text(key) + " is not used (" + why + "); instead: " + instead + '.');
    }
}
