package io.sparkobs.calls;

import io.sparkobs.Redaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;

/** Calls of this JVM while it is open, as texts. */
final class CallsSeen implements AutoCloseable {
    private final List<Call> calls = new ArrayList<>();

    /** Set to make recording fail. */
    volatile RuntimeException failure;

    CallsSeen(String what) {
        SparkConf conf = new SparkConf(false).set("spark.sparkobs.calls", what);
        Calls.install(new Recorder(new CallsConf(conf), "driver", new Redaction(key -> null), line -> true, key -> null) {
            @Override
            Call begin(CallKind kind, String name) {
                if (failure != null) {
                    throw failure;
                }
                return super.begin(kind, name);
            }

            @Override
            void record(Call call) {
                synchronized (calls) {
                    calls.add(call);
                }
            }
        });
    }

    /** Name, error and attributes of each since the last time. */
    List<String> take() {
        return take(true);
    }

    List<String> takeNames() {
        return take(false);
    }

    private List<String> take(boolean whole) {
        List<String> texts = new ArrayList<>();
        synchronized (calls) {
            for (Call call : calls) {
                texts.add(call.name + (call.error == null ? "" : " !" + call.error) + (whole ? text(call) : ""));
            }
            calls.clear();
        }
        return texts;
    }

    private static String text(Call call) {
        Map<String, Object> attributes = new TreeMap<>();
        for (int i = 0; i < call.size; i++) {
            attributes.put(call.keys[i], call.texts[i] != null ? call.texts[i] : call.numbers[i]);
        }
        return (call.message == null ? "" : " (" + call.message + ')') + ' ' + attributes;
    }

    @Override
    public void close() {
        Calls.install(null);
    }
}
