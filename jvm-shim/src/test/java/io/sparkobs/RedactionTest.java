package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
    private static Redaction withPattern(String pattern) {
        return new Redaction(key -> key.equals("spark.redaction.string.regex") ? pattern : null);
    }

    @Test
    void A_pattern_that_backtracks_for_ever_hides_the_whole_text() {
        String text = String.join("", Collections.nCopies(100, "a"));
        assertEquals(Redaction.MASK, withPattern("a*a*a*a*a*a*a*a*x").apply(text));
    }

    @Test
    void A_text_that_is_too_much_for_the_stack_is_hidden() {
        String quotes = String.join("", Collections.nCopies(200_000, "\"\""));
        assertEquals(Redaction.MASK, new Redaction(key -> null).apply("password=\"" + quotes + "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a*+", "a?+b", "a{2}+", "\\h", "\\Qa\\E", "\\p{Alpha}", "(?u)a", "[a&&b]", "\\R", "["})
    void A_pattern_that_dotnet_cannot_use_hides_all(String pattern) {
        assertEquals(Redaction.MASK, withPattern(pattern).apply("nothing of it"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?i)X+", "[*+]+x+", "\\++x", "(?:x)", "(?<n>x)", "x{1,2}", "\\p{Ll}", "x+?"})
    void A_pattern_that_both_know_is_used(String pattern) {
        assertEquals("nothing of it", withPattern(pattern.replace('x', '\u1234').replace('X', '\u1234').replace("\\p{Ll}", "\\p{Lm}"))
                .apply("nothing of it"));
    }

    @Test
    void Frames_beyond_the_limit_are_cut() {
        assertEquals("E: x\n\tat a\n\tat b\n\u2026", Cut.frames("E: x\n\tat a\n\tat b\n\tat c\nCaused by: y\n\tat d", 2));
        assertEquals("E: x\n\tat a\nCaused by: y\n\tat b", Cut.frames("E: x\n\tat a\nCaused by: y\n\tat b", 2));
        for (String nothing : Arrays.asList("", "one line")) {
            assertEquals(nothing, Cut.frames(nothing, 2));
        }
    }
}
