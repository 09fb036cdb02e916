/**
 * The part of SparkObs that runs inside Spark's JVMs. It sees what only the JVM can see and sends it, as lines of
 * Spark's own event JSON, to the bridge.
 *
 * <p>Rules that every file here keeps: nothing thrown leaves an entry point, no callback waits, everything that holds
 * state has a bound, every loss is counted, and no class of Spark is touched in a way that exists only in some of its
 * versions ({@link io.sparkobs.Handles}).
 *
 * <p>For users only the classes that Spark instantiates by name are public; the others that are serve
 * {@code io.sparkobs.calls}.
 */
package io.sparkobs;
