package io.sparkobs.calls;

/**
 * What a statement does to what: its verbs and the tables they name, in their order, as {@code db.query.summary} wants it
 * ({@code SELECT orders}, {@code INSERT totals SELECT orders}). It is fed the words that {@link SqlText} meets, and knows
 * of SQL only what leads to a table's name.
 */
final class SqlSummary {
    /** The conventions' limit; a word that does not fit is left out whole, and what follows it. */
    private static final int MAX_LENGTH = 255;

    /** Deeper parentheses are as one. */
    private static final int MAX_DEPTH = 64;

    private static final int SELECTING = 1;
    private static final int FROM_LIST = 2;

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

    /** @param keyword the word from {@code start} to {@code end}, or null when it is none */
    void word(String sql, int start, int end, SqlKeyword keyword) {
        if (afterDot) {
            addToName(sql, start, end);
            return;
        }
        endName();
        if (expectsKind) {
            if (keyword == null || !keyword.is(SqlKeyword.BEFORE_KIND)) {
                expectsKind = false;
                expectsName = true;
                verb(verb + ' ' + SqlKeyword.verb(keyword, sql, start, end));
            }
        } else if (expectsName && (keyword == null || !keyword.text.equals("SELECT") && !keyword.text.equals("VALUES"))) {
            if (keyword == null || !keyword.is(SqlKeyword.BEFORE_NAME)) {
                addToName(sql, start, end);
            }
        } else if (atStart) {
            start(SqlKeyword.verb(keyword, sql, start, end));
        } else if (keyword != null) {
            inside(keyword);
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

    private void inside(SqlKeyword keyword) {
        switch (keyword.text) {
            case "SELECT":
                expectsName = false;
                levels[depth] = SELECTING;
                verbFollows &= depth > 0;
                if (!verb.equals("SELECT")) {
                    verb = "SELECT";
                    verb(verb);
                }
                break;
            case "INSERT":
            case "UPDATE":
            case "DELETE":
            case "MERGE":
                if (verbFollows && depth == 0) {
                    start(keyword.text);
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
                if (keyword.is(SqlKeyword.AFTER_TABLES)) {
                    levels[depth] &= ~FROM_LIST;
                    expectsName = keyword.text.equals("USING") && verb.equals("MERGE");
                }
                break;
        }
    }

    /** A name in quotes, without them. */
    void name(String sql, int start, int end) {
        if (!afterDot) {
            endName();
        }
        if (afterDot || expectsName) {
            addToName(sql, start, end);
        }
    }

    private void addToName(String sql, int start, int end) {
        if (name.length() + end - start < MAX_LENGTH) {
            name.append(sql, start, end);
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
}
