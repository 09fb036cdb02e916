package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class VectorsTest {
    @Test
    void seeds() throws IOException {
        check(Vectors.read("ids.json").get("seeds"), v -> assertEquals(v.get("seed").asText(),
                SpanIds.seedOf(v.get("appId").asText(), Vectors.text(v.get("attemptId")))));
    }

    @Test
    void span_ids() throws IOException {
        check(Vectors.read("ids.json").get("spans"), v -> assertEquals(v.get("id").asText(),
                new SpanIds(v.get("seed").asText()).span(v.get("kind").asText(), v.get("key").asText())));
    }

    @Test
    void own_traces() throws IOException {
        check(Vectors.read("ids.json").get("traces"), v -> assertEquals(v.get("trace").asText(),
                new SpanIds(v.get("seed").asText()).ownTrace(v.get("kind").asText(), v.get("key").asText())));
    }

    @Test
    void parents() throws IOException {
        JsonNode vectors = Vectors.read("parents.json");
        SpanIds ids = new SpanIds(vectors.get("seed").asText());
        String trace = vectors.get("application").get("trace").asText();
        check(vectors.get("cases"), v -> {
            Placement placement = Placement.of(Vectors.texts(v.get("properties")), ids, trace, true);
            assertEquals(
                    v.get("kind").asText() + ' ' + v.get("trace").asText() + ' ' + v.get("parent").asText() + ' '
                            + v.get("sampled").asBoolean(),
                    placement.kind + ' ' + placement.trace + ' ' + placement.parent + ' ' + placement.sampled,
                    v.get("name").asText());
        });
    }

    @Test
    void redaction() throws IOException {
        Redaction redaction = new Redaction(key -> null);
        check(Vectors.read("redaction.json").get("builtIn"), v -> assertEquals(v.get("output").asText(),
                redaction.apply(v.get("input").asText()), v.get("name").asText()));
    }

    @Test
    void redaction_twice_changes_nothing() throws IOException {
        Redaction redaction = new Redaction(key -> null);
        check(Vectors.read("redaction.json").get("builtIn"), v -> assertEquals(v.get("output").asText(),
                redaction.apply(v.get("output").asText()), v.get("name").asText()));
    }

    @Test
    void redaction_by_the_users_patterns() throws IOException {
        check(Vectors.read("redaction.json").get("own"), v -> assertEquals(v.get("output").asText(),
                new Redaction(Vectors.texts(v.get("properties"))).apply(v.get("input").asText()), v.get("name").asText()));
    }

    @Test
    void cuts() throws IOException {
        check(Vectors.read("redaction.json").get("cuts"), v -> assertEquals(v.get("output").asText(),
                Cut.text(v.get("input").asText(), v.get("limit").asInt())));
    }

    private interface Check {
        void run(JsonNode vector) throws IOException;
    }

    private static void check(JsonNode vectors, Check check) {
        List<Executable> checks = new ArrayList<>();
        for (JsonNode vector : vectors) {
            checks.add(() -> check.run(vector));
        }
        assertEquals(vectors.size(), checks.size());
        assertAll(checks);
    }
}
