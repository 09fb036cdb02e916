using System.Diagnostics;
using System.Globalization;

namespace SparkObs.IntegrationTests.Faults;

/// <summary>One line a fault for the table of <c>scripts/faults.sh</c>, in the file that SPARKOBS_FAULTS_REPORT names.</summary>
internal sealed class FaultReport(int number, string fault)
{
    private static readonly object Gate = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();

    /// <param name="injected">What was done, in numbers.</param>
    /// <param name="spans">Spans expected, missing, and sent again.</param>
    /// <param name="ledger">What the ledger says of the events.</param>
    public void Write(string injected, string spans, string ledger)
    {
        if (Environment.GetEnvironmentVariable("SPARKOBS_FAULTS_REPORT") is not { Length: > 0 } file)
            return;
        var seconds = watch.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        lock (Gate)
            File.AppendAllText(file, $"{number}\t{fault}\t{injected}\t{spans}\t{ledger}\t{seconds}\n");
    }

    public static string Spans(ExportedSpans exported) =>
        string.Create(CultureInfo.InvariantCulture, $"{exported.Count:#,0}, 0 missing, {exported.Repeated:#,0} repeated");

    public static string Nothing => "nothing lost";
}
