package io.sparkobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Spark's own log of an event, and what is left of it when everything goes that the reader does not use. */
final class EventLog {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Set<String> UNREAD = new HashSet<>(Arrays.asList(
            // Core
            "Classpath Entries", "Hadoop Properties", "JVM Information", "Metrics Properties", "System Properties",
            "Attributes", "Log Urls", "Resource Profile Id", "Resources", "Request Time", "Registration Time",
            "Stage IDs", "Details", "Shuffle Push Enabled", "Shuffle Push Mergers Count",
            "Accumulator Updates", "Stack Trace", "Task Executor Metrics", "Updated Blocks",
            // SQL
            "details", "modifiedConfigs", "metadata",
            // Streams
            "observedMetrics", "inputRowsPerSecond", "startOffset", "allRemovalsTimeMs", "allUpdatesTimeMs", "commitTimeMs",
            "customMetrics", "numShufflePartitions", "numStateStoreInstances"));

    private static final Set<String> PROPERTIES = new HashSet<>(Arrays.asList(
            "spark.sql.execution.id", "spark.sql.execution.root.id", "sql.streaming.queryId", "streaming.sql.batchId",
            "spark.jobGroup.id", "spark.scheduler.pool", "callSite.short", "traceparent", "spark.job.tags",
            "spark.job.description"));

    private EventLog() {}

    /** Null for an event that the reader does not use. */
    static JsonNode used(String line) throws Exception {
        ObjectNode event = (ObjectNode) MAPPER.readTree(line);
        if (event.get("Event").asText().startsWith("org.apache.spark.sql.catalyst.catalog.")
                || Arrays.asList("SparkListenerBlockManagerAdded", "SparkListenerResourceProfileAdded", "SparkListenerBlockManagerRemoved",
                "SparkListenerUnpersistRDD").contains(event.get("Event").asText())) {
            return null;
        }
        boolean completed = event.get("Event").asText().equals("SparkListenerStageCompleted");
        clean(event, completed);
        if (event.path("Event").asText().endsWith("QueryProgressEvent")) {
            streams(event);
        }
        return event;
    }

    private static void streams(ObjectNode event) {
        ((ObjectNode) event.get("progress").get("sink")).remove("metrics");
        retain((ObjectNode) event.get("progress").get("eventTime"), Collections.singleton("watermark"));
        event.get("progress").get("sources").forEach(source -> ((ObjectNode) source).remove("metrics"));
    }

    private static void clean(ObjectNode object, boolean completed) {
        List<String> gone = new ArrayList<>();
        for (Iterator<Map.Entry<String, JsonNode>> fields = object.fields(); fields.hasNext();) {
            Map.Entry<String, JsonNode> field = fields.next();
            JsonNode value = field.getValue();
            String name = field.getKey();
            if (UNREAD.contains(name) || value.isNull() || name.equals("children") && value.size() == 0) {
                gone.add(name);
            } else if (name.equals("Accumulables")) {
                if (completed) {
                    field.setValue(sqlMetrics(value));
                } else {
                    gone.add(name);
                }
            } else if (name.equals("RDD Info")) {
                field.setValue(firstRdd(value));
            } else if (name.equals("Properties")) {
                retain((ObjectNode) value, PROPERTIES);
            } else if (name.equals("Spark Properties")) {
                sparkProperties((ObjectNode) value);
            } else if (name.equals("Full Stack Trace")) {
                field.setValue(object.textNode(Cut.frames(value.asText(), Limits.STACK_FRAMES)));
            } else if (name.equals("simpleString")) {
                field.setValue(object.textNode(Cut.text(value.asText(), Limits.PLAN_NODE)));
            } else if (value.isObject()) {
                clean((ObjectNode) value, completed);
            } else {
                value.forEach(item -> {
                    if (item.isObject()) {
                        clean((ObjectNode) item, completed);
                    }
                });
            }
        }
        object.remove(gone);
    }

    private static void retain(ObjectNode object, Set<String> names) {
        object.retain(names);
    }

    private static void sparkProperties(ObjectNode properties) {
        List<String> used = new ArrayList<>();
        properties.fieldNames().forEachRemaining(name -> {
            if (name.startsWith("spark.sparkobs.") || name.contains(".redaction.") || Arrays.asList("spark.app.id", "spark.app.name",
                    "spark.master", "spark.submit.deployMode").contains(name)) {
                used.add(name);
            }
        });
        properties.retain(used);
    }

    private static ArrayNode firstRdd(JsonNode rdds) {
        ArrayNode first = MAPPER.createArrayNode();
        if (rdds.size() > 0) {
            first.addObject().set("RDD ID", rdds.get(0).get("RDD ID"));
        }
        return first;
    }

    private static ArrayNode sqlMetrics(JsonNode accumulables) {
        List<ObjectNode> metrics = new ArrayList<>();
        accumulables.forEach(metric -> {
            if (metric.path("Metadata").asText().equals("sql")) {
                metrics.add(((ObjectNode) metric).retain("ID", "Value", "Metadata"));
            }
        });
        return sorted(metrics);
    }

    /** A line of ours, with its number taken off and its metrics in order. */
    static JsonNode ours(String line) throws Exception {
        ObjectNode event = (ObjectNode) MAPPER.readTree(line);
        event.remove("SparkObsSeq");
        ObjectNode stage = (ObjectNode) event.get("Stage Info");
        if (stage != null && stage.has("Accumulables")) {
            List<ObjectNode> metrics = new ArrayList<>();
            stage.get("Accumulables").forEach(metric -> metrics.add((ObjectNode) metric));
            stage.set("Accumulables", sorted(metrics));
        }
        return event;
    }

    private static ArrayNode sorted(List<ObjectNode> metrics) {
        metrics.sort(Comparator.comparingLong(metric -> metric.get("ID").asLong()));
        return MAPPER.createArrayNode().addAll(metrics);
    }
}
