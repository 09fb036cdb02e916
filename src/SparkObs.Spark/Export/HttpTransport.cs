using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace SparkObs.Spark.Export;

/// <summary>OTLP over HTTP with protobuf bodies.</summary>
internal sealed class HttpTransport : IOtlpTransport
{
    /// <summary>Of an answer's body no more is read: collectors answer in a few bytes, and a proxy's error page is not for us.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    /// <summary>Of an error's text no more is kept: it goes into one line.</summary>
    private const int MaxErrorChars = 300;

    private static readonly MediaTypeHeaderValue Protobuf = new("application/x-protobuf");

    private readonly OtlpOptions options;
    private readonly TimeProvider time;
    private readonly HttpClient client;

    public HttpTransport(OtlpOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        client = new HttpClient(OtlpHttpHandler.Create(options))
        {
            // Each request has its own timeout, which tells itself from the caller's cancellation.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(OtlpScope.UserAgent);
        foreach (var (name, value) in options.Headers)
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
    }

    public async Task<ExportResult> SendAsync(EncodedRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, options.Endpoint) { Content = Content(request.Memory) };
            using var response = await client
                .SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return await ResultAsync(response, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ExportResult.TimedOut(options.Timeout);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return ExportResult.NoConnection(e);
        }
    }

    public void Dispose() => client.Dispose();

    private HttpContent Content(ReadOnlyMemory<byte> request)
    {
        HttpContent content = options.Gzip ? Compressed(request) : new ReadOnlyMemoryContent(request);
        content.Headers.ContentType = Protobuf;
        if (options.Gzip)
            content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    /// <summary>Compressed in memory first: some gateways ask for a Content-Length.</summary>
    private static StreamContent Compressed(ReadOnlyMemory<byte> request)
    {
        var compressed = new MemoryStream(request.Length / 8);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(request.Span);
        compressed.Position = 0;
        return new StreamContent(compressed);
    }

    private async Task<ExportResult> ResultAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(response.Content, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            // A proxy's or a login's page is no collector's confirmation: the spans would be gone.
            return response.Content.Headers.ContentType?.MediaType == "text/html"
                ? new ExportResult(ExportOutcome.Retry, "no collector", "a web page answered")
                : OtlpResponse.Delivered(body.Span);
        }
        var retryAfter = response.Headers.NonValidated.TryGetValues("Retry-After", out var values) ? values.ToString() : null;
        return RetryPolicy.OfHttp((int)response.StatusCode, ErrorText(response, body.Span), retryAfter, time.GetUtcNow());
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength == 0)
            return default;
        using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[(int)Math.Min(content.Headers.ContentLength ?? MaxAnswerBytes, MaxAnswerBytes)];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return buffer.AsMemory(0, read);
    }

    /// <summary>A google.rpc.Status's message, a text's first line, or else the status's name.</summary>
    private static string ErrorText(HttpResponseMessage response, ReadOnlySpan<byte> body)
    {
        var text = response.Content.Headers.ContentType?.MediaType switch
        {
            "application/x-protobuf" => OtlpResponse.StatusMessage(body),
            "text/plain" or "application/json" => Encoding.UTF8.GetString(body),
            _ => "",
        };
        text = text.ReplaceLineEndings(" ").Trim();
        if (text.Length == 0)
            return response.ReasonPhrase ?? "";
        return text.Length <= MaxErrorChars ? text : text[..MaxErrorChars] + "…";
    }
}
