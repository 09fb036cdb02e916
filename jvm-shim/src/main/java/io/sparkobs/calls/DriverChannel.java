package io.sparkobs.calls;

import io.sparkobs.JsonWriter;
import io.sparkobs.Log;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.apache.spark.api.plugin.PluginContext;

/**
 * From an executor to the driver's plugin: one-way messages, which Spark's RPC queues without a bound and without blocking
 * the sender, so the bound is here. A question to the driver, whose answer says that all before it arrived, makes room again.
 */
final class DriverChannel implements CallSink {
    /** Bytes under way: a second's lines of a busy executor; what a driver that cannot keep up costs each executor. */
    static final int WINDOW = 4 * 1024 * 1024;

    /** The question, told from a line by its length. */
    private static final byte[] QUESTION = {};

    private static final Object TAKEN = Boolean.TRUE;

    private final PluginContext context;
    private long underWay;

    /** Lines that wait for the first answer: finding the driver blocks, and only {@link #confirm} may. Null after it. */
    private Queue<byte[]> waiting = new ArrayDeque<>();

    DriverChannel(PluginContext context) {
        this.context = context;
    }

    @Override
    public boolean offer(JsonWriter line) {
        byte[] message = Arrays.copyOf(line.bytes, line.length);
        synchronized (this) {
            if (underWay + message.length > WINDOW) {
                return false;
            }
            underWay += message.length;
            if (waiting != null) {
                waiting.add(message);
                return true;
            }
        }
        return send(message);
    }

    private boolean send(byte[] message) {
        try {
            context.send(message);
            return true;
        } catch (Throwable failure) {
            Log.failure("sending calls to the driver", failure);
            return false;
        }
    }

    /** Asks the driver, when there is something to ask for; blocks until it answers. */
    void confirm() {
        long asked;
        synchronized (this) {
            asked = underWay;
            if (asked == 0 && waiting == null) {
                return;
            }
        }
        try {
            context.ask(QUESTION);
        } catch (Throwable failure) {
            Log.failure("asking the driver about calls", failure);
            return;
        }
        Queue<byte[]> first;
        synchronized (this) {
            first = waiting;
            waiting = null;
            if (first == null) {
                underWay -= asked;
            }
        }
        if (first != null) {
            first.forEach(this::send);
        }
    }

    /** On the driver: the answer to a message of an executor's plugin; null for what is none. Called by Spark's RPC, so it is quick. */
    static Object receive(Object message, CallSink sink) {
        if (!(message instanceof byte[])) {
            return null;
        }
        byte[] line = (byte[]) message;
        if (line.length == 0) {
            return TAKEN;
        }
        if (sink != null && startsWith(line, CallLines.EVENT) && line[line.length - 1] == '}') {
            sink.offer(new JsonWriter(line));
        }
        return null;
    }

    private static boolean startsWith(byte[] line, byte[] prefix) {
        return line.length > prefix.length && Arrays.equals(Arrays.copyOf(line, prefix.length), prefix);
    }
}
