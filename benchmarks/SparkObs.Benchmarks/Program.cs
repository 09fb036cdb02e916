return await SparkObs.Benchmarks.ExportComparison.RunAsync(args);
