/**
 * Calls that tasks and the driver make to other systems (S3, databases, file systems), recorded where they are made and
 * sent to the bridge as {@code SparkObsCalls} lines. The rules of {@link io.sparkobs} hold here too: a hook that fails
 * leaves the call as it would be without us.
 *
 * <p>A hook's way: {@link io.sparkobs.calls.Calls#begin}, {@code set} what is known, {@link io.sparkobs.calls.Call#end}.
 */
package io.sparkobs.calls;
