package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonWriterTest {
    @ParameterizedTest
    @ValueSource(longs = {0, 7, 10, 99, 100, 101, 999, 1000, 12345, 1795554476628L, -1, -100, Long.MAX_VALUE, Long.MIN_VALUE,
        999_999_999_999_999_999L, 1_000_000_000_000_000_000L})
    void Numbers(long number) {
        assertEquals(Long.toString(number), new JsonWriter().number(number).toString());
    }

    @Test
    void Random_numbers() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            long number = random.nextLong() >> random.nextInt(64);
            assertEquals(Long.toString(number), new JsonWriter().number(number).toString());
        }
    }

    @Test
    void Numbers_that_are_none_are_null() {
        assertEquals("null null 1.5", new JsonWriter().number(Double.NaN).raw(' ').number(Double.POSITIVE_INFINITY).raw(' ')
                .number(1.5).toString());
    }

    @Test
    void Strings_are_escaped() {
        assertEquals("\"a\\\"b\\\\c\\nd\\u0009e\\u007f\\u0000\"", new JsonWriter().string("a\"b\\c\nd\te\u007f\0").toString());
    }

    @Test
    void A_lone_surrogate_is_replaced() {
        assertEquals("\"a\ufffdb\ufffd\"", new JsonWriter().string("a\ud800b\udc00").toString());
    }

    @Test
    void No_string_is_null() {
        assertEquals("null", new JsonWriter().string(null).toString());
    }

    @Test
    void Any_string_is_read_back() throws Exception {
        Random random = new Random(2);
        ObjectMapper mapper = new ObjectMapper();
        for (int i = 0; i < 100; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(20_000);
            while (text.length() < length) {
                int point = random.nextInt(random.nextBoolean() ? 0x80 : 0x110000);
                if (point < 0xd800 || point > 0xdfff) {
                    text.appendCodePoint(point);
                }
            }
            JsonWriter out = new JsonWriter().string(text.toString());
            assertEquals(text.toString(), mapper.readValue(out.bytes, 0, out.length, String.class));
        }
    }
}
