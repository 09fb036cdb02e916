// Activity listeners, the worker's one exporter and where warnings go are the process's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
