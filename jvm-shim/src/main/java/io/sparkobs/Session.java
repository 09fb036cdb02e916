package io.sparkobs;

import static io.sparkobs.JsonWriter.ascii;
import static io.sparkobs.JsonWriter.nextKey;

/** What the hello line says of this application. */
final class Session {
    private static final int PROTOCOL = 1;

    private static final byte[] HELLO = ascii("{\"SparkObsHello\":");
    private static final byte[] TOKEN = nextKey("token");
    private static final byte[] SESSION = nextKey("session");
    private static final byte[] INSTANCE = nextKey("instance");
    private static final byte[] FIRST_SEQ = nextKey("firstSeq");
    private static final byte[] APP_NAME = nextKey("appName");
    private static final byte[] APP_ID = nextKey("appId");
    private static final byte[] SPARK_VERSION = nextKey("sparkVersion");
    private static final byte[] SHIM_VERSION = nextKey("shimVersion");
    private static final byte[] END_OF_LINE = ascii("}\n");

    final String token;
    final String id;
    final String appName;
    final String sparkVersion;
    final String shimVersion;

    /** The bridge knows a driver that comes back by it. */
    final String instance = Hex.random(8);

    /** Null until the application has one. */
    volatile String appId;

    Session(String token, String id, String appName, String sparkVersion) {
        this.token = token;
        this.id = id;
        this.appName = appName;
        this.sparkVersion = sparkVersion;
        String version = Session.class.getPackage().getImplementationVersion();
        shimVersion = version == null ? "unknown" : version;
    }

    /**
     * The line with which a connection begins, and which the spool keeps.
     *
     * @param secret the token; null leaves it out
     * @param firstNumber of the first line that can still be had
     */
    void writeHello(JsonWriter out, String secret, long firstNumber) {
        out.number(HELLO, PROTOCOL);
        if (secret != null) {
            out.string(TOKEN, secret);
        }
        out.string(SESSION, id);
        out.string(INSTANCE, instance);
        out.number(FIRST_SEQ, firstNumber);
        out.string(APP_NAME, appName);
        out.string(APP_ID, appId);
        out.string(SPARK_VERSION, sparkVersion);
        out.string(SHIM_VERSION, shimVersion);
        out.raw(END_OF_LINE);
    }
}
