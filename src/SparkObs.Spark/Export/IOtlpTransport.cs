namespace SparkObs.Spark.Export;

/// <summary>Sends one encoded request and tells the answer: gRPC or HTTP.</summary>
internal interface IOtlpTransport : IDisposable
{
    /// <summary>
    /// Sends the request. Whatever the collector or the network does is an answer; only the caller's cancellation
    /// throws.
    /// </summary>
    Task<ExportResult> SendAsync(EncodedRequest request, CancellationToken cancellationToken);
}
