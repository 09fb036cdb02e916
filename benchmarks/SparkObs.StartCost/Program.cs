using System.Diagnostics;
using System.Globalization;
using SparkObs.Spark;

// A program that does nothing: plain, or with SparkObs started and disposed around the nothing. benchmarks/start.py runs it.
// It says what the call took, in milliseconds.
var isWith = args is ["with"];
if (isWith)
    await WithAsync();
return 0;

// In a method of its own, so that a plain run loads nothing of it.
static async Task WithAsync()
{
    var start = Stopwatch.GetTimestamp();
    await using var observability = SparkObservability.Start();
    var took = Stopwatch.GetElapsedTime(start);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"start {took.TotalMilliseconds:0.0}"));
}
