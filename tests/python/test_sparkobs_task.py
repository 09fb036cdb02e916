"""samples/python/sparkobs_task.py computes what the vectors say. Plain python3: python3 -m unittest discover tests/python"""
import json
import pathlib
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "samples" / "python"))
import sparkobs_task  # noqa: E402


class Task:
    """Stands for pyspark's TaskContext."""

    def __init__(self, task, properties):
        self.task, self.properties = task, properties

    def taskAttemptId(self):
        return self.task

    def getLocalProperty(self, key):
        return self.properties.get(key)


def vectors(file):
    return json.loads((TOP / "tests" / "vectors" / file).read_text(encoding="utf-8"))


class TaskSpan(unittest.TestCase):
    def test_span_ids_are_those_of_the_vectors(self):
        tasks = [span for span in vectors("ids.json")["spans"] if span["kind"] == "task"]
        self.assertGreater(len(tasks), 1)
        for span in tasks:
            parent = sparkobs_task.traceparent(Task(int(span["key"]), {"spark.sparkobs.id": span["seed"]}))
            self.assertEqual(f"00-{span['seed']}-{span['id']}-01", parent)

    def test_traces_are_those_of_the_vectors(self):
        parents = vectors("parents.json")
        for case in parents["cases"]:
            with self.subTest(case["name"]):
                own = {"spark.sparkobs.id": parents["seed"], "spark.sparkobs.traceId": parents["application"]["trace"]}
                _, trace, _, flags = sparkobs_task.traceparent(Task(7, {**own, **case["properties"]})).split("-")
                self.assertEqual((case["trace"], "01" if case["sampled"] else "00"), (trace, flags))

    def test_the_applications_caller_decides_its_trace(self):
        seed, caller = "0af7651916cd43dd8448eb211c80319c", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
        parent = sparkobs_task.traceparent(Task(7, {"spark.sparkobs.id": seed, "spark.sparkobs.traceparent": caller}))
        self.assertEqual(["00", "4bf92f3577b34da6a3ce929d0e0e4736", "00"], parent.split("-")[:2] + parent.split("-")[3:])

    def test_without_the_plugin_there_is_none(self):
        self.assertIsNone(sparkobs_task.traceparent(Task(7, {})))
        self.assertIsNone(sparkobs_task.traceparent(Task(7, {"spark.sparkobs.id": "0" * 32})))


if __name__ == "__main__":
    unittest.main()
