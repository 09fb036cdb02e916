package io.sparkobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.function.UnaryOperator;

/** The vectors that both languages read. */
final class Vectors {
    private Vectors() {}

    static JsonNode read(String name) throws IOException {
        return new ObjectMapper().readTree(new File("../tests/vectors/" + name));
    }

    /** A lookup in an object of texts. */
    static UnaryOperator<String> texts(JsonNode object) {
        return name -> object.has(name) ? object.get(name).asText() : null;
    }

    /** Null for JSON's null. */
    static String text(JsonNode value) {
        return value.isNull() ? null : value.asText();
    }
}
