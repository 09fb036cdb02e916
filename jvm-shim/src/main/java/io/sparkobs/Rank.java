package io.sparkobs;

/** What may be dropped first when the outbox is full, in this order. */
enum Rank {
    /** Task starts and ends: most of the lines, and stages carry totals of their own. */
    TASK(3, 4),

    /** What adds to a span but makes none: executors, metrics of plans, progress. */
    DETAIL(7, 8),

    /** Applications, SQL executions, jobs, stages, operations: without them nothing below has a place. */
    STRUCTURE(1, 1),

    /** Lines that Spark did not post: ours. They have no part in the ledger of events. */
    OWN(1, 1);

    static final int COUNT = values().length;

    private final int numerator;
    private final int denominator;

    Rank(int numerator, int denominator) {
        this.numerator = numerator;
        this.denominator = denominator;
    }

    /** How much of the outbox lines of this rank may fill. */
    long share(long capacity) {
        return capacity / denominator * numerator;
    }
}
