using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>What went over the wire in one request.</summary>
/// <param name="Operation">S3's name of it.</param>
/// <param name="Key">The object's, or a list's prefix.</param>
/// <param name="Sent">Bytes of the request's body.</param>
/// <param name="Received">Bytes of the answer's body, as its header says; HEAD has none.</param>
internal sealed record S3Request(string Operation, string Bucket, string Key, int Status, long Sent, long Received);

/// <summary>The toolbox's S3 server behind a proxy that notes every request, and fails some if it is told to.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "lake";

    private readonly ServerProcess server;
    private readonly WebApplication proxy;
    private readonly HttpClient client;
    private readonly ConcurrentQueue<S3Request> requests = new();

    private S3Server(int port)
    {
        server = new ServerProcess(Toolbox.Server("gofakes3"), "-backend", "memory", "-host", $"127.0.0.1:{port}", "-initialbucket", Bucket);
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            Timeout = TimeSpan.FromMinutes(2),
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        proxy = builder.Build();
        proxy.Run(ForwardAsync);
    }

    /// <summary>All up to now.</summary>
    public IReadOnlyCollection<S3Request> Requests => requests;

    /// <summary>Whether the request is answered with 503 instead of being passed on.</summary>
    public Func<S3Request, bool> Fails { get; set; } = static _ => false;

    /// <summary>Whether the object is deleted as soon as the request has its answer.</summary>
    public Func<S3Request, bool> Loses { get; set; } = static _ => false;

    public string Endpoint => proxy.Urls.Single();

    /// <summary>For spark-submit: s3a on this server.</summary>
    public string[] Conf =>
    [
        "--conf", $"spark.hadoop.fs.s3a.endpoint={Endpoint}", "--conf", "spark.hadoop.fs.s3a.access.key=any", "--conf", "spark.hadoop.fs.s3a.secret.key=any",
        "--conf", "spark.hadoop.fs.s3a.path.style.access=true", "--conf", "spark.hadoop.fs.s3a.signing-algorithm=S3SignerType",
    ];

    /// <summary>hadoop-aws and its SDK, for --jars or a class path.</summary>
    public static IEnumerable<string> Jars => Directory.GetFiles(Path.Combine(Toolbox.Folder, "s3a-3.3.4"), "*.jar").Order(StringComparer.Ordinal);

    public static async Task<S3Server> StartAsync()
    {
        var port = ServerProcess.FreePorts(1)[0];
        var s3 = new S3Server(port);
        await s3.server.WaitUntilAsync(async () =>
        {
            using var probe = new TcpClient();
            await probe.ConnectAsync("127.0.0.1", port);
            return true;
        });
        await s3.proxy.StartAsync();
        return s3;
    }

    /// <summary>Stores an object, past the proxy.</summary>
    public async Task PutAsync(string key, string text)
    {
        using var content = new StringContent(text);
        using var answer = await client.PutAsync(new Uri($"/{Bucket}/{key}", UriKind.Relative), content);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await proxy.StopAsync(now.Token);
        await proxy.DisposeAsync();
        await server.DisposeAsync();
        client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var (from, to) = (context.Request, context.Response);
        using var body = new MemoryStream();
        await from.Body.CopyToAsync(body);
        var seen = new S3Request(OperationOf(from), BucketOf(from), KeyOf(from), 503, body.Length, 0);
        if (Fails(seen))
        {
            requests.Enqueue(seen);
            to.StatusCode = 503;
            to.ContentLength = 0;
            return;
        }
        using var request = new HttpRequestMessage(new HttpMethod(from.Method), from.Path.ToUriComponent() + from.QueryString.ToUriComponent());
        if (body.Length > 0 || from.Method is "PUT" or "POST")
            request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, values) in from.Headers)
        {
            if (name is not ("Host" or "Connection" or "Expect" or "Content-Length" or "Transfer-Encoding") && !request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        to.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (name is not ("Connection" or "Transfer-Encoding"))
                to.Headers[name] = values.ToArray();
        }
        if (Loses(seen))
            (await client.DeleteAsync(new Uri($"/{seen.Bucket}/{seen.Key}", UriKind.Relative))).Dispose();
        requests.Enqueue(seen with { Status = to.StatusCode, Received = from.Method == "HEAD" ? 0 : answer.Content.Headers.ContentLength ?? 0 });
        if (from.Method != "HEAD" && to.StatusCode != 204)
            await answer.Content.CopyToAsync(to.Body, context.RequestAborted);
    }

    private static string[] PartsOf(HttpRequest request) => request.Path.Value!.TrimStart('/').Split('/', 2);

    private static string BucketOf(HttpRequest request) => PartsOf(request)[0];

    private static string KeyOf(HttpRequest request) =>
        PartsOf(request) is [_, { Length: > 0 } key] ? key : request.Query["prefix"].ToString();

    private static string OperationOf(HttpRequest request)
    {
        var hasKey = PartsOf(request) is [_, { Length: > 0 }];
        var query = request.Query;
        return (request.Method, hasKey) switch
        {
            ("GET", false) => query.ContainsKey("uploads") ? "ListMultipartUploads" : query["list-type"] == "2" ? "ListObjectsV2" : "ListObjects",
            ("GET", true) => "GetObject",
            ("HEAD", true) => "HeadObject",
            ("HEAD", false) => "HeadBucket",
            ("PUT", true) when request.Headers.ContainsKey("x-amz-copy-source") => "CopyObject",
            ("PUT", true) => query.ContainsKey("partNumber") ? "UploadPart" : "PutObject",
            ("POST", false) => "DeleteObjects",
            ("POST", true) => query.ContainsKey("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload",
            ("DELETE", true) => query.ContainsKey("uploadId") ? "AbortMultipartUpload" : "DeleteObject",
            var other => other.ToString(),
        };
    }
}
