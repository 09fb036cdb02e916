using System.Text.RegularExpressions;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tracing;

/// <summary>Why something did not succeed: what a person wants to read first, and the whole text.</summary>
/// <param name="Type">For <c>error.type</c>: the exception's class, Spark's error condition, or one of <see cref="ErrorTypes"/>.</param>
/// <param name="Cause">The first line of the real cause.</param>
/// <param name="Message">The text without its stack.</param>
/// <param name="Stack">The text with the first frames of its stack, or null where it has none.</param>
internal sealed partial record Failure(string Type, string Cause, string Message, string? Stack)
{
    private const string CausedBy = "Caused by: ";
    private const string Py4JError = "py4j.protocol.Py4JJavaError: ";
    private const string Traceback = "Traceback (most recent call last):";

    /// <summary>Error conditions that only wrap what went wrong.</summary>
    private static readonly string[] Wrappers = ["[PYTHON_EXCEPTION]", "[TASK_WRITE_FAILED]", "[FAILED_EXECUTE_UDF", "[STREAM_FAILED]", "[FOREACH_BATCH_USER_FUNCTION_ERROR]", "[FAILED_READ_FILE"];

    public bool IsCancelled => Type == ErrorTypes.Cancelled;

    /// <summary>From the text of a job's, a stage's or a query's end.</summary>
    public static Failure Of(string text, SafeText safe)
    {
        if (IsCancellation(text))
            return Cancelled(text, safe);
        var cause = CauseOf(text);
        return Of(TypeOf(cause), cause, text, safe);
    }

    public static Failure Cancelled(string text, SafeText safe) => Of(ErrorTypes.Cancelled, FirstLine(text), text, safe);

    /// <summary>From a task's end. A killed task is no failure.</summary>
    public static Failure Of(TaskFailure task, SafeText safe)
    {
        if (task.Reason != TaskEndReason.ExceptionFailure)
        {
            var message = task.Message ?? task.ReasonName;
            return Of(task.ReasonName, CauseOf(message), message, safe);
        }
        var text = task.StackTrace is { Length: > 0 } stack ? stack : $"{task.ExceptionClass}: {task.Message}";
        var cause = CauseOf(text);
        return Of(TypeOf(cause), cause, text, safe);
    }

    /// <summary>Cancelled by a user, a timeout or the end of the context (facts: Spark writes it as a failure).</summary>
    public static bool IsCancellation(string text) => Cancellation().IsMatch(text);

    private static Failure Of(string type, string cause, string text, SafeText safe)
    {
        var frames = text.IndexOf("\n\tat ", StringComparison.Ordinal);
        return new Failure(
            safe.Name(type), safe.Name(cause), safe.Message(frames < 0 ? text : text[..frames]), frames < 0 ? null : safe.Stack(text));
    }

    /// <summary>
    /// The line to show: of a Python error the last line of its traceback; else an error condition of Spark's own, if the text
    /// begins with one; else the innermost "Caused by"; else the first line, without what Spark puts before the task's error.
    /// </summary>
    private static string CauseOf(string text)
    {
        if (PythonError(text) is { } python)
            return python;
        var head = AbortedPrefix().Replace(text, "", 1);
        if (ConditionAt(head) && !Array.Exists(Wrappers, wrapper => head.Contains(wrapper, StringComparison.Ordinal)))
            return FirstLine(head);
        var inner = text.LastIndexOf(CausedBy, StringComparison.Ordinal);
        return inner >= 0 ? FirstLine(text[(inner + CausedBy.Length)..]) : FirstLine(head);
    }

    private static bool ConditionAt(string head)
    {
        var line = FirstLine(head);
        return Condition().Match(line) is { Success: true };
    }

    private static string? PythonError(string text)
    {
        var at = text.LastIndexOf(Traceback, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var rest = text.AsSpan(at + Traceback.Length).TrimStart('\n');
        foreach (var line in rest.EnumerateLines())
        {
            if (line.IsEmpty || char.IsWhiteSpace(line[0]))
                continue;
            // Py4J's error names the call; what the call met is the Java exception in the line below.
            var below = rest[(rest.IndexOf(line, StringComparison.Ordinal) + line.Length)..];
            return line.StartsWith(Py4JError, StringComparison.Ordinal) && below.StartsWith("\n: ", StringComparison.Ordinal)
                ? CauseOf(below[3..].ToString())
                : line.ToString();
        }
        return null;
    }

    private static string TypeOf(string cause)
    {
        if (Condition().Match(cause) is { Success: true } condition)
            return condition.Groups[1].Value;
        return ExceptionClass().Match(cause) is { Success: true } name ? name.Groups[1].Value : ErrorTypes.Failed;
    }

    private static string FirstLine(string text)
    {
        var trimmed = text.AsSpan().TrimStart();
        var end = trimmed.IndexOfAny('\n', '\r');
        return (end < 0 ? trimmed : trimmed[..end]).TrimEnd().ToString();
    }

    [GeneratedRegex(@"^(\[SPARK_JOB_CANCELLED\] )?Job \d+ cancelled|^Stage cancelled because SparkContext was shut down|^Job cancelled because SparkContext was shut down")]
    private static partial Regex Cancellation();

    /// <summary><c>Job aborted due to stage failure: … Lost task 2.3 in stage 2.0 (TID 15) (localhost executor driver): </c>; 3.0 has one pair of brackets.</summary>
    [GeneratedRegex(@"^Job aborted due to stage failure: (?:Task [^\n]{0,400}?: Lost task [0-9.]+ in stage [0-9.]+ \(TID [^)\n]{0,400}\)(?: \([^)\n]{0,400}\))?: )?")]
    private static partial Regex AbortedPrefix();

    /// <summary><c>[DIVIDE_BY_ZERO] …</c>, also behind the exception's class.</summary>
    [GeneratedRegex(@"^(?:[\w.$]+: )?(?:[A-Z_]+: )?\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")]
    private static partial Regex Condition();

    [GeneratedRegex(@"^([A-Za-z_][\w$]*(?:\.[\w$]+)+|[A-Za-z_]\w*(?:Error|Exception|Exit|Interrupt|Warning))(?::|$)")]
    private static partial Regex ExceptionClass();
}
