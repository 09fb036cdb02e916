using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace SparkObs.Benchmarks;

/// <summary>A collector that reads requests and throws them away (Kestrel: HTTP/1.1 and h2c), in a process of its own.</summary>
internal sealed class ExportDiscard : IDisposable
{
    private readonly Process process;

    private ExportDiscard(Process process, Uri http, Uri grpc) => (this.process, Http, Grpc) = (process, http, grpc);

    public Uri Http { get; }

    public Uri Grpc { get; }

    /// <summary>Starts the process: this program with <c>export --server</c>.</summary>
    public static ExportDiscard Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ExportDiscard).Assembly.Location);
        start.ArgumentList.Add("export");
        start.ArgumentList.Add("--server");
        var process = Process.Start(start)!;
        var http = new Uri(process.StandardOutput.ReadLine()!);
        var grpc = new Uri(process.StandardOutput.ReadLine()!);
        return new ExportDiscard(process, new Uri(http, "/v1/traces"), grpc);
    }

    /// <summary>The server itself: prints its two addresses and runs until its input ends.</summary>
    public static async Task ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.Http2.InitialStreamWindowSize = 4 * 1024 * 1024;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 8 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        await using var app = builder.Build();
        app.Run(DiscardAsync);
        await app.StartAsync();
        foreach (var url in app.Urls)
            Console.WriteLine(url);
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private static async Task DiscardAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync();
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }
        if (context.Request.Protocol != "HTTP/2")
            return;
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
