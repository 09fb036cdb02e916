namespace SparkObs.Spark.Export;

/// <summary>
/// Requests that the collector has refused for good, set aside for people: <c>.pb</c> is the request as it was sent (an
/// ExportTraceServiceRequest, which a collector takes over HTTP as it is), <c>.txt</c> beside it says why. Files of the queue that
/// could not be read are here as they were found. When full, the oldest are deleted, and counted.
/// </summary>
internal sealed class RefusedFiles(string directory)
{
    /// <summary>Enough to see what a collector dislikes; nothing reads them but people.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>A request counts for at least so much, which bounds their number to 4,096.</summary>
    private const int LeastFootprint = 16 * 1024;

    private const string Request = ".pb", Reason = ".txt";

    private readonly object gate = new();
    private Queue<(string Path, int Spans, long Bytes)>? kept;
    private long bytes;
    private long deletedSpans;

    /// <summary>Spans of requests that were deleted to make room.</summary>
    public long DeletedSpans => Interlocked.Read(ref deletedSpans);

    /// <summary>Writes a request and why it was refused.</summary>
    /// <param name="name">A <see cref="RequestFile"/>'s name.</param>
    /// <returns>The file's path, or null: it could not be written.</returns>
    public string? Add(string name, EncodedRequest request, string reason) =>
        Add(Path.ChangeExtension(name, Request), request.SpanCount, reason, path =>
        {
            using var file = PrivateFiles.Open(path, FileMode.CreateNew);
            file.Write(request.Memory.Span);
        });

    /// <summary>Moves a file that could not be read here.</summary>
    /// <inheritdoc cref="Add(string,EncodedRequest,string)"/>
    public string? Add(RequestFile unreadable, string reason) =>
        Add(Path.GetFileName(unreadable.Path), unreadable.Spans, reason, path => File.Move(unreadable.Path, path));

    private string? Add(string name, int spans, string reason, Action<string> write)
    {
        var path = Path.Combine(directory, name);
        lock (gate)
        {
            try
            {
                kept ??= Open();
                write(path);
                using (var why = new StreamWriter(PrivateFiles.Open(path + Reason, FileMode.CreateNew)))
                    why.WriteLine(reason);
                Keep(path, spans);
                return path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    private Queue<(string Path, int Spans, long Bytes)> Open()
    {
        PrivateFiles.CreateOwnFolder(directory);
        var found = new Queue<(string, int, long)>();
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles().Where(f => f.Extension != Reason).OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            var named = RequestFile.Of(file) ?? RequestFile.Of(new FileInfo(Path.ChangeExtension(file.FullName, RequestFile.Extension)));
            found.Enqueue((file.FullName, named?.Spans ?? 0, Footprint(file)));
            bytes += Footprint(file);
        }
        return found;
    }

    private void Keep(string path, int spans)
    {
        var footprint = Footprint(new FileInfo(path));
        kept!.Enqueue((path, spans, footprint));
        bytes += footprint;
        while (bytes > MaxBytes && kept.Count > 1)
        {
            var oldest = kept.Dequeue();
            RequestFile.TryDelete(oldest.Path);
            RequestFile.TryDelete(oldest.Path + Reason);
            bytes -= oldest.Bytes;
            Interlocked.Add(ref deletedSpans, oldest.Spans);
        }
    }

    private static long Footprint(FileInfo file) => Math.Max(LeastFootprint, file.Length);
}
