package io.sparkobs;

/** What may be dropped first when the outbox's memory is full, in this order. */
enum Rank {
    /** Calls of S3, JDBC and file systems: many, and nothing hangs below them. Lines that Spark did not post. */
    CALLS(1, 2),

    /** Task starts and ends: most of the lines, and stages carry totals of their own. */
    TASK(3, 4),

    /** What adds to a span but makes none: executors, metrics of plans, progress. */
    DETAIL(7, 8),

    /** Applications, SQL executions, jobs, stages, operations: without them nothing below has a place. */
    STRUCTURE(1, 1),

    /** Other lines that Spark did not post: heartbeats, the log's start. One that is refused is written anew, so it uses no number. */
    OWN(1, 1);

    private static final Rank[] ALL = values();
    static final int COUNT = ALL.length;

    private final int numerator;
    private final int denominator;

    Rank(int numerator, int denominator) {
        this.numerator = numerator;
        this.denominator = denominator;
    }

    static Rank of(int ordinal) {
        return ALL[ordinal];
    }

    /** How much of the outbox's memory lines of this rank may fill. */
    long share(long capacity) {
        return capacity / denominator * numerator;
    }

    /** Whether its lines are events that Spark posted, and so in the ledger of events. */
    boolean isEvent() {
        return this == TASK || this == DETAIL || this == STRUCTURE;
    }

    /** Whether its lines may wait for others: there are many of them. */
    boolean mayWait() {
        return this == TASK || this == CALLS;
    }
}
