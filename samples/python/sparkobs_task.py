"""The span of the Spark task that runs this code, for spans of your own below it. Copy this file beside your job (--py-files).

    from sparkobs_task import below_task

    def work(rows):
        with below_task(), tracer.start_as_current_span("score rows"):
            ...

Needs nothing but the standard library; with OpenTelemetry for Python installed on the workers, `below_task` makes the task the
parent of spans that start inside. Without it, or without SparkObs's plugin, it does nothing.
"""
import contextlib
import hashlib
import re

SEED = "spark.sparkobs.id"
TRACE = "spark.sparkobs.traceId"
CALLER_OF_APPLICATION = "spark.sparkobs.traceparent"


def traceparent(context=None):
    """The task's span as a W3C traceparent, or None outside of a task and without the plugin."""
    if context is None:
        from pyspark import TaskContext
        context = TaskContext.get()
    if context is None or not _is_id(context.getLocalProperty(SEED), 32):
        return None
    trace, sampled = _trace(context.getLocalProperty)
    span = _hash(f"{context.getLocalProperty(SEED)}|task|{context.taskAttemptId()}")[:16]
    return f"00-{trace}-{span}-{'01' if sampled else '00'}"


@contextlib.contextmanager
def below_task():
    """Spans that start inside are children of the task's span."""
    parent = traceparent()
    try:
        from opentelemetry import context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
    except ImportError:
        parent = None
    if parent is None:
        yield
        return
    token = context.attach(TraceContextTextMapPropagator().extract({"traceparent": parent}))
    try:
        yield
    finally:
        context.detach(token)


def _trace(prop):
    """The trace that the task's job stands in: a micro-batch's, else a caller's, else a Connect operation's, else the application's."""
    seed = prop(SEED)
    batch = [prop("sql.streaming.queryId"), prop("spark.jobGroup.id"), prop("streaming.sql.batchId")]
    if None not in batch:
        return _hash(f"{seed}|trace|batch|{'.'.join(batch)}"), True
    tags = (prop("spark.job.tags") or "").split(",")
    caller = _parse(prop("traceparent")) or next(filter(None, (_parse(tag.rpartition("traceparent=")[2]) for tag in sorted(tags) if "traceparent=" in tag)), None)
    if caller:
        return caller
    for tag in tags:
        head, mark, operation = tag.rpartition("_Operation_")
        if head and operation and tag.startswith("SparkConnect_OperationTag_User_"):
            return _hash(f"{seed}|trace|op|{operation}"), True
    own = prop(TRACE)
    return _parse(prop(CALLER_OF_APPLICATION)) or (own if _is_id(own, 32) else seed, True)


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _is_id(text, digits):
    return text is not None and re.fullmatch(f"[0-9a-f]{{{digits}}}", text) is not None and text.strip("0") != ""


def _parse(text):
    """Trace and sampled flag of a traceparent (W3C Trace Context; a later version may have more at its end), or None."""
    match = re.fullmatch("(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", text or "", re.DOTALL)
    if match is None or not _is_id(match[2], 32) or not _is_id(match[3], 16) or (match[1] == "00" and match[5] is not None):
        return None
    return match[2], int(match[4], 16) & 1 == 1
