package io.sparkobs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which rules of redaction can apply to a text at all: each has words without one of which it never matches. One pass
 * over the characters saves ten by regular expressions, as nearly all texts hold nothing to hide.
 */
final class Triggers {
    private static final int MASK = 31;

    private final List<String> words = new ArrayList<>();
    private final List<Integer> bits = new ArrayList<>();

    /** Candidates by the last five bits of two characters, which are the same for either case. */
    private final int[][] byBeginning = new int[(MASK + 1) * (MASK + 1)][];

    void add(int rule, String... triggers) {
        for (String word : triggers) {
            int key = key(word.charAt(0), word.charAt(1));
            int[] old = byBeginning[key] == null ? new int[0] : byBeginning[key];
            int[] candidates = Arrays.copyOf(old, old.length + 1);
            candidates[old.length] = words.size();
            byBeginning[key] = candidates;
            words.add(word);
            bits.add(1 << rule);
        }
    }

    private static int key(char first, char second) {
        return (first & MASK) << 5 | second & MASK;
    }

    /** A bit for each rule. */
    int find(String text) {
        int found = 0;
        for (int i = 0; i + 1 < text.length(); i++) {
            int[] candidates = byBeginning[key(text.charAt(i), text.charAt(i + 1))];
            if (candidates != null) {
                for (int candidate : candidates) {
                    String word = words.get(candidate);
                    if (text.regionMatches(true, i, word, 0, word.length())) {
                        found |= bits.get(candidate);
                    }
                }
            }
        }
        return found;
    }
}
