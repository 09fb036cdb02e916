package io.sparkobs.calls;

import java.util.Locale;

/** A word of SQL that means something to {@link SqlSummary}, found in a text without making a string of it. */
final class SqlKeyword {
    /** Stands between a verb and the name of a table. */
    static final int BEFORE_NAME = 1;

    /** Stands between CREATE, DROP or ALTER and the kind of object. */
    static final int BEFORE_KIND = 2;

    /** Ends a list of tables. */
    static final int AFTER_TABLES = 4;

    private static final int LONGEST = 16;

    /** Open addressing; nearly four times as many places as words. */
    private static final SqlKeyword[] TABLE = new SqlKeyword[256];

    static {
        add(BEFORE_NAME, "TABLE", "IF", "NOT", "EXISTS", "ONLY", "INTO", "OVERWRITE", "LATERAL", "IGNORE", "FROM", "LOW_PRIORITY", "DELAYED",
                "HIGH_PRIORITY", "CONCURRENTLY");
        add(BEFORE_NAME | BEFORE_KIND, "OR", "REPLACE");
        add(BEFORE_KIND, "TEMPORARY", "TEMP", "GLOBAL", "LOCAL", "UNIQUE", "UNLOGGED", "EXTERNAL", "FOREIGN", "MATERIALIZED", "CACHED",
                "MEMORY", "RECURSIVE", "PUBLIC");
        add(AFTER_TABLES, "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "FETCH", "SET", "USING", "UNION", "EXCEPT", "INTERSECT",
                "MINUS", "VALUES", "WINDOW", "FOR", "WHEN", "RETURNING", "QUALIFY");
        add(0, "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "EXPLAIN", "CREATE", "DROP", "ALTER", "UPSERT", "TRUNCATE", "CALL",
                "EXEC", "EXECUTE", "JOIN", "IN", "VIEW", "INDEX");
    }

    /** In upper case. */
    final String text;

    private final int roles;

    private SqlKeyword(String text, int roles) {
        this.text = text;
        this.roles = roles;
    }

    /** @return the word from {@code start} to {@code end}, in any case, or null when it is none of these */
    static SqlKeyword find(String sql, int start, int end) {
        if (end - start > LONGEST) {
            return null;
        }
        SqlKeyword found;
        for (int at = place(sql, start, end); (found = TABLE[at]) != null; at = at + 1 & TABLE.length - 1) {
            if (found.text.length() == end - start && sql.regionMatches(true, start, found.text, 0, end - start)) {
                return found;
            }
        }
        return null;
    }

    /** The word as a verb is told: a keyword's own text, else in upper case unless it is too long for one. */
    static String verb(SqlKeyword keyword, String sql, int start, int end) {
        if (keyword != null) {
            return keyword.text;
        }
        String word = sql.substring(start, end);
        return word.length() > LONGEST ? word : word.toUpperCase(Locale.ROOT);
    }

    boolean is(int role) {
        return (roles & role) != 0;
    }

    private static void add(int roles, String... words) {
        for (String word : words) {
            int at = place(word, 0, word.length());
            while (TABLE[at] != null) {
                at = at + 1 & TABLE.length - 1;
            }
            TABLE[at] = new SqlKeyword(word, roles);
        }
    }

    /** Letters of either case are one; few words of a statement share a place with a keyword. */
    private static int place(String sql, int start, int end) {
        int hash = end - start;
        for (int i = start; i < end; i++) {
            hash = 31 * hash + (sql.charAt(i) | 0x20);
        }
        return (hash ^ hash >>> 9) & TABLE.length - 1;
    }
}
