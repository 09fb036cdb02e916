package io.sparkobs.calls;

import io.sparkobs.Log;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a JDBC URL says of the database, and nothing of who logs in; what cannot be told for sure is left out. */
final class JdbcUrl {
    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9_.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\])(?::([0-9]{1,5}))?");
    private static final Pattern NAMESPACE = Pattern.compile("[^@=&?;\\s]{1,255}");
    private static final Pattern DATABASE = Pattern.compile("(?i)[;?&](?:databaseName|database)=([^;&]*)");
    private static final Pattern DESCRIPTION_HOST = Pattern.compile("(?i)\\(\\s*host\\s*=\\s*([^)\\s]+)\\s*\\)");
    private static final Pattern DESCRIPTION_PORT = Pattern.compile("(?i)\\(\\s*port\\s*=\\s*([0-9]+)\\s*\\)");
    private static final Pattern DESCRIPTION_SERVICE =
            Pattern.compile("(?i)\\(\\s*(?:service_name|sid)\\s*=\\s*([^)\\s]+)\\s*\\)");

    private static final JdbcUrl UNKNOWN = new JdbcUrl("other_sql", null, null, -1);

    /** By the URL's subprotocol, where the conventions' name is another. */
    private static final Map<String, String> SYSTEMS = new HashMap<>();

    static {
        for (String same : new String[] {"postgresql", "mysql", "mariadb", "derby", "hsqldb", "sqlite", "teradata", "trino",
            "clickhouse", "cockroachdb"}) {
            SYSTEMS.put(same, same);
        }
        SYSTEMS.put("h2", "h2database");
        SYSTEMS.put("sqlserver", "microsoft.sql_server");
        SYSTEMS.put("jtds", "microsoft.sql_server");
        SYSTEMS.put("oracle", "oracle.db");
        SYSTEMS.put("db2", "ibm.db2");
        SYSTEMS.put("netezza", "ibm.netezza");
        SYSTEMS.put("informix-sqli", "ibm.informix");
        SYSTEMS.put("redshift", "aws.redshift");
        SYSTEMS.put("sap", "sap.hana");
        SYSTEMS.put("hive2", "hive");
    }

    /** {@code db.system.name}. */
    final String system;

    /** Null where unknown, like the host. */
    final String namespace;

    final String host;

    /** -1 where the URL names none. */
    final int port;

    private JdbcUrl(String system, String namespace, String host, int port) {
        this.system = system;
        this.namespace = namespace != null && NAMESPACE.matcher(namespace).matches() ? namespace : null;
        this.host = host;
        this.port = port;
    }

    /** Never throws; of null nothing is known. */
    static JdbcUrl of(String url) {
        try {
            return url == null || !url.startsWith("jdbc:") ? UNKNOWN : parse(url);
        } catch (Throwable failure) {
            Log.failure("reading a JDBC URL", failure);
            return UNKNOWN;
        }
    }

    private static JdbcUrl parse(String url) {
        int colon = url.indexOf(':', 5);
        String protocol = url.substring(5, colon < 0 ? url.length() : colon).toLowerCase(Locale.ROOT);
        String system = SYSTEMS.getOrDefault(protocol, "other_sql");
        String rest = colon < 0 ? "" : url.substring(colon + 1);
        if (rest.indexOf('(') >= 0) {
            return ofDescription(system, rest);
        }
        int options = firstOf(rest, "?;", 0);
        String parameters = rest.substring(options);
        String place = rest.substring(0, options);
        if (parameters.indexOf('@') >= 0 && parameters.lastIndexOf('=', parameters.indexOf('@')) < 0) {
            // A password with ? or ; in it.
            return new JdbcUrl(system, null, null, -1);
        }
        Matcher named = DATABASE.matcher(parameters);
        String database = named.find() ? named.group(1) : null;
        int user = place.lastIndexOf('@');
        int slashes = place.indexOf("//");
        if (system.equals("oracle.db")) {
            String target = user < 0 ? "" : place.substring(user + 1);
            return ofServer(system, target.startsWith("//") ? target.substring(2) : target, database);
        }
        if (slashes < 0) {
            return new JdbcUrl(system, database != null ? database : local(place), null, -1);
        }
        return ofServer(system, place.substring(Math.max(slashes + 2, user + 1)), database);
    }

    /** @param text {@code host:port/namespace}, or {@code host:port:namespace} */
    private static JdbcUrl ofServer(String system, String text, String database) {
        int path = firstOf(text, "/", 0);
        String authority = text.substring(0, path);
        String namespace = path < text.length() ? text.substring(path + 1) : null;
        Matcher host = HOST.matcher(authority.substring(0, firstOf(authority, ",\\", 0)));
        if (!host.lookingAt() || !(host.hitEnd() || isSid(authority, host.end()))) {
            return new JdbcUrl(system, database, null, -1);
        }
        if (host.end() < authority.length() && authority.charAt(host.end()) == ':') {
            namespace = authority.substring(host.end() + 1);
        }
        int options = namespace == null ? -1 : namespace.indexOf(':');
        namespace = options < 0 ? namespace : namespace.substring(0, options);
        return new JdbcUrl(system, database != null ? database : namespace, host.group(1),
                host.group(2) == null ? -1 : Integer.parseInt(host.group(2)));
    }

    private static boolean isSid(String authority, int end) {
        return end == authority.length() || authority.charAt(end) == ',' || authority.charAt(end) == '\\'
                || authority.charAt(end) == ':';
    }

    private static JdbcUrl ofDescription(String system, String text) {
        Matcher host = DESCRIPTION_HOST.matcher(text);
        Matcher port = DESCRIPTION_PORT.matcher(text);
        Matcher service = DESCRIPTION_SERVICE.matcher(text);
        boolean hasHost = host.find() && HOST.matcher(host.group(1)).matches();
        return new JdbcUrl(system, service.find() ? service.group(1) : null, hasHost ? host.group(1) : null,
                hasHost && port.find() ? Integer.parseInt(port.group(1)) : -1);
    }

    /** The name of an embedded database: {@code mem:name}, {@code file:path}, a path. */
    private static String local(String place) {
        int from = place.startsWith("mem:") || place.startsWith("file:") || place.startsWith("memory:") ? place.indexOf(':') + 1 : 0;
        return place.substring(from);
    }

    /** Whether "double quotes" hold names; in the others they may hold literals. Spark writes them around names itself. */
    boolean quotesNames() {
        return !system.equals("mysql") && !system.equals("mariadb") && !system.equals("hive");
    }

    boolean hasHashComments() {
        return system.equals("mysql") || system.equals("mariadb");
    }

    void describe(Call call) {
        call.set(CallAttributes.DB_SYSTEM, system);
        call.set(CallAttributes.DB_NAMESPACE, namespace);
        call.set(CallAttributes.SERVER_ADDRESS, host);
        if (port >= 0) {
            call.set(CallAttributes.SERVER_PORT, port);
        }
    }

    private static int firstOf(String text, String characters, int from) {
        for (int i = from; i < text.length(); i++) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return text.length();
    }
}
