package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.LinkedHashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallsConfTest {
    private static String read(String... conf) {
        CallsConf calls = new CallsConf(Lines.conf(conf));
        return (calls.s3 ? "s3 " : "") + (calls.s3Exact ? "exact " : "") + (calls.jdbc ? "jdbc " : "") + calls.schemes + ' '
                + calls.threshold + (calls.isAnyOn() ? "" : " off");
    }

    @Test
    void Nothing_set_is_s3() {
        assertEquals("s3 [] 0", read());
    }

    @Test
    void Lists_are_read() {
        assertEquals("s3 exact jdbc [hdfs, abfs] 0", read("spark.sparkobs.calls", "jdbc, s3:exact,fs:hdfs , fs:abfs"));
        assertEquals("jdbc [] 0", read("spark.sparkobs.calls", "jdbc"));
        assertEquals("[file] 0", read("spark.sparkobs.calls", "fs:file"));
    }

    @Test
    void None_is_off() {
        assertEquals("[] 0 off", read("spark.sparkobs.calls", "none"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S3", "s3,", "none,s3", "fs:", "fs", "fs:s3a", "fs:HDFS", "jdbc;s3", "s3,hive"})
    void A_wrong_word_is_the_default(String wrong) {
        assertEquals("s3 [] 0", read("spark.sparkobs.calls", wrong));
    }

    @Test
    void The_threshold_is_a_time() {
        assertEquals("s3 [] 20000000", read("spark.sparkobs.calls.threshold", "20ms"));
        assertEquals("s3 [] 0", read("spark.sparkobs.calls.threshold", "-1s"));
        assertEquals("s3 [] 0", read("spark.sparkobs.calls.threshold", "soon"));
    }

    @Test
    void Kinds_are_on_as_listed() {
        CallsConf calls = new CallsConf(Lines.conf("spark.sparkobs.calls", "s3,fs:gs"));
        assertEquals(new LinkedHashSet<>(Arrays.asList(CallKind.S3, CallKind.AWS, CallKind.FS)), on(calls));
    }

    private static LinkedHashSet<CallKind> on(CallsConf calls) {
        LinkedHashSet<CallKind> on = new LinkedHashSet<>();
        for (CallKind kind : CallKind.values()) {
            if (calls.isOn(kind)) {
                on.add(kind);
            }
        }
        return on;
    }
}
