package io.sparkobs;

/** How much of one event is sent; the same numbers as the reader's ({@code EventLimits.cs}). */
public final class Limits {
    /** What a text may have beyond its limit until it is redacted: a secret that straddles the cut is still recognised. */
    public static final int REDACTION_MARGIN = 4 * 1024;

    /** UTF-8 bytes of names, descriptions, call sites. */
    public static final int NAME = 4 * 1024;

    /** UTF-8 bytes of a name in a list. */
    public static final int NAME_IN_LIST = 256;

    /** UTF-8 bytes of messages and SQL text. */
    public static final int MESSAGE = 16 * 1024;

    /** Frames of a stack trace. */
    static final int STACK_FRAMES = 20;

    /** UTF-8 bytes of a plan's text. */
    static final int PLAN_TEXT = 64 * 1024;

    /** Nodes of a plan's tree; of the others only that they are there. */
    static final int PLAN_NODES = 1_000;

    /** UTF-8 bytes of a plan's node. */
    static final int PLAN_NODE = 512;

    /** Levels of a plan's tree: it is walked by recursion, on a thread of Spark's. */
    static final int PLAN_DEPTH = 1_000;

    /** Stages of one job; of the others only that they are there. */
    static final int STAGES_OF_JOB = 2_000;

    /** Texts of a list that Spark itself does not bound, such as tags. */
    static final int LIST_ITEMS = 1_000;

    /** Lists end when their line has this many bytes: long names alone could pass {@link Outbox#MAX_LINE}. */
    static final int LINE_OF_LISTS = 6 * 1024 * 1024;

    private Limits() {}
}
