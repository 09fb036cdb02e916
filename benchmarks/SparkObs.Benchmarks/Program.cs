using BenchmarkDotNet.Running;
using SparkObs.Benchmarks;

switch (args)
{
    case ["read", var log]:
        return await ReadCommand.RunAsync(log);
    case ["generate", "--from", var log, "--tasks", var tasks, "-o", var file] when long.TryParse(tasks, out var count) && count > 0:
        return EventLogGenerator.Run(log, count, file);
    case ["export", .. var options]:
        return await ExportComparison.RunAsync(options);
    case ["journal", var log, var rounds] when int.TryParse(rounds, out var count) && count > 0:
        return await JournalComparison.RunAsync(log, count);
    case ["read" or "generate" or "journal", ..]:
        Console.Error.WriteLine("read FILE | generate --from LOG --tasks N -o FILE | export [--spans N] [--rounds N] | journal LOG ROUNDS");
        return 2;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(ReadCommand).Assembly).Run(args);
        return 0;
}
