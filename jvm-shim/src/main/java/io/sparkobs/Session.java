package io.sparkobs;

/** What the hello line says of this application. */
final class Session {
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
}
