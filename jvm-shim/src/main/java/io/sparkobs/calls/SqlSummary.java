package io.sparkobs.calls;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * What a statement does to what: its verbs and the tables they name, in their order, as {@code db.query.summary} wants it
 * ({@code SELECT orders}, {@code INSERT totals SELECT orders}). It is fed the words that {@link SqlText} meets, and knows
 * of SQL only what leads to a table's name.
 */
final class SqlSummary {
    static final int LONGEST_KEYWORD = 16;

    /** The conventions' limit; a word that does not fit is left out whole, and what follows it. */
    private static final int MAX_LENGTH = 255;

    /** Deeper parentheses are as one. */
    private static final int MAX_DEPTH = 64;

    private static final int SELECTING = 1;
    private static final int FROM_LIST = 2;

    /** Words between a verb and the name. */
    private static final Set<String> BEFORE_NAME = set("TABLE", "IF", "NOT", "EXISTS", "ONLY", "INTO", "OVERWRITE", "LATERAL",
            "IGNORE", "OR", "REPLACE", "FROM", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "CONCURRENTLY");

    /** Words between CREATE, DROP or ALTER and the kind of object. */
    private static final Set<String> BEFORE_KIND = set("OR", "REPLACE", "TEMPORARY", "TEMP", "GLOBAL", "LOCAL", "UNIQUE",
            "UNLOGGED", "EXTERNAL", "FOREIGN", "MATERIALIZED", "CACHED", "MEMORY", "RECURSIVE", "PUBLIC");

    /** Words that end a list of tables. */
    private static final Set<String> AFTER_TABLES = set("WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "FETCH", "SET",
            "USING", "UNION", "EXCEPT", "INTERSECT", "MINUS", "VALUES", "WINDOW", "FOR", "WHEN", "RETURNING", "QUALIFY");

    private final StringBuilder text = new StringBuilder();
    private final StringBuilder name = new StringBuilder();
    private final byte[] levels = new byte[MAX_DEPTH];
    private int depth;
    private boolean atStart = true;

    /** After WITH and EXPLAIN, whose statement begins further on. */
    private boolean verbFollows;

    private boolean expectsKind;
    private boolean expectsName;
    private boolean inName;
    private boolean afterDot;
    private boolean full;

    /** Of the statement at hand. */
    private String verb = "";

    private String operation;
    private String collection;
    private String lastName;
    private boolean manyCollections;

    /** Never empty. */
    @Override
    public String toString() {
        return text.length() == 0 ? "SQL" : text.toString();
    }

    /** The first verb, or null. */
    String operation() {
        return operation;
    }

    /** The one table, or null where there is none or more than one. */
    String collection() {
        return manyCollections ? null : collection;
    }

    void word(String word, String upper) {
        if (afterDot) {
            addToName(word);
            return;
        }
        endName();
        if (expectsKind) {
            if (!BEFORE_KIND.contains(upper)) {
                expectsKind = false;
                expectsName = true;
                verb(verb + ' ' + upper);
            }
        } else if (expectsName && !upper.equals("SELECT") && !upper.equals("VALUES")) {
            if (!BEFORE_NAME.contains(upper)) {
                addToName(word);
            }
        } else if (atStart) {
            start(upper);
        } else {
            inside(upper);
        }
    }

    private void start(String upper) {
        atStart = false;
        verbFollows = upper.equals("WITH") || upper.equals("EXPLAIN");
        verb = upper;
        switch (upper) {
            case "WITH":
                return;
            case "CREATE":
            case "DROP":
            case "ALTER":
                expectsKind = true;
                return;
            case "SELECT":
            case "DELETE":
                levels[depth] |= SELECTING;
                break;
            case "INSERT":
            case "MERGE":
            case "REPLACE":
            case "UPSERT":
            case "UPDATE":
            case "TRUNCATE":
            case "CALL":
            case "EXEC":
            case "EXECUTE":
                expectsName = true;
                break;
            default:
                break;
        }
        verb(upper);
    }

    private void inside(String upper) {
        switch (upper) {
            case "SELECT":
                expectsName = false;
                levels[depth] = SELECTING;
                verbFollows &= depth > 0;
                if (!verb.equals("SELECT")) {
                    verb = upper;
                    verb(upper);
                }
                break;
            case "INSERT":
            case "UPDATE":
            case "DELETE":
            case "MERGE":
                if (verbFollows && depth == 0) {
                    start(upper);
                }
                break;
            case "FROM":
                expectsName = (levels[depth] & SELECTING) != 0;
                levels[depth] |= expectsName ? FROM_LIST : 0;
                break;
            case "JOIN":
                expectsName = true;
                break;
            default:
                if (AFTER_TABLES.contains(upper)) {
                    levels[depth] &= ~FROM_LIST;
                    expectsName = upper.equals("USING") && verb.equals("MERGE");
                }
                break;
        }
    }

    /** A name in quotes, without them. */
    void name(String quoted) {
        if (!afterDot) {
            endName();
        }
        if (afterDot || expectsName) {
            addToName(quoted);
        }
    }

    private void addToName(String part) {
        if (name.length() + part.length() < MAX_LENGTH) {
            name.append(part);
        }
        inName = true;
        afterDot = false;
        expectsName = false;
    }

    void symbol(char c) {
        if (c == '.' && inName) {
            afterDot = true;
            name.append('.');
            return;
        }
        endName();
        expectsName = false;
        switch (c) {
            case '(':
                depth = Math.min(depth + 1, MAX_DEPTH - 1);
                levels[depth] = 0;
                break;
            case ')':
                depth = Math.max(depth - 1, 0);
                break;
            case ',':
                expectsName = (levels[depth] & FROM_LIST) != 0;
                break;
            case ';':
                depth = 0;
                levels[0] = 0;
                atStart = true;
                expectsKind = false;
                break;
            default:
                break;
        }
    }

    /** A literal or a parameter. */
    void other() {
        endName();
        expectsName = false;
        atStart = false;
    }

    void end() {
        endName();
    }

    private void endName() {
        if (!inName) {
            return;
        }
        inName = false;
        afterDot = false;
        String found = name.toString();
        name.setLength(0);
        manyCollections |= collection != null && !collection.equals(found);
        collection = collection == null ? found : collection;
        if (!found.equals(lastName)) {
            lastName = found;
            append(found);
        }
    }

    private void verb(String verbs) {
        operation = operation == null ? verbs : operation;
        lastName = null;
        append(verbs);
    }

    private void append(String part) {
        full |= text.length() + 1 + part.length() > MAX_LENGTH;
        if (!full) {
            text.append(text.length() == 0 ? "" : " ").append(part);
        }
    }

    private static Set<String> set(String... words) {
        return new HashSet<>(Arrays.asList(words));
    }
}
