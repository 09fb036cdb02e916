using System.Buffers;
using Grpc.Core;
using Grpc.Net.Client;

namespace SparkObs.Spark.Export;

/// <summary>OTLP over gRPC: one unary call a request, with bytes that are already encoded.</summary>
internal sealed class GrpcTransport : IOtlpTransport
{
    private static readonly Marshaller<EncodedRequest> Requests = Marshallers.Create<EncodedRequest>(Write, static _ => throw new NotSupportedException());
    private static readonly Marshaller<byte[]> Responses = Marshallers.Create<byte[]>(static (_, _) => throw new NotSupportedException(), static context => context.PayloadAsNewBuffer());

    private readonly Method<EncodedRequest, byte[]> export;
    private readonly OtlpOptions options;
    private readonly GrpcChannel channel;
    private readonly CallInvoker invoker;
    private readonly Metadata headers = [];

    public GrpcTransport(OtlpOptions options)
    {
        this.options = options;
        export = new Method<EncodedRequest, byte[]>(MethodType.Unary, options.Signal.Service, "Export", Requests, Responses);
        channel = GrpcChannel.ForAddress(options.Endpoint, new GrpcChannelOptions
        {
            HttpHandler = OtlpHttpHandler.Create(options),
            DisposeHttpClient = true,
            // Retrying is the sink's: it alone knows what is queued.
            MaxRetryAttempts = 1,
        });
        invoker = channel.CreateCallInvoker();
        foreach (var (name, value) in options.Headers)
            headers.Add(name, value);
        headers.Add("user-agent", OtlpScope.UserAgent);
        if (options.Gzip)
            headers.Add("grpc-internal-encoding-request", "gzip");
    }

    public async Task<ExportResult> SendAsync(EncodedRequest request, CancellationToken cancellationToken)
    {
        var call = new CallOptions(headers, DateTime.UtcNow + options.Timeout, cancellationToken);
        try
        {
            using var answer = invoker.AsyncUnaryCall(export, null, call, request);
            return OtlpResponse.Delivered(await answer.ResponseAsync.ConfigureAwait(false));
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded)
        {
            return ExportResult.TimedOut(options.Timeout);
        }
        catch (RpcException e) when (e.Status.DebugException is HttpRequestException or IOException)
        {
            // A connection that breaks while a call is on its way is told as Internal.
            return ExportResult.NoConnection(e.Status.DebugException);
        }
        catch (RpcException e)
        {
            return RetryPolicy.OfGrpc(e.StatusCode, e.Status.Detail, e.Trailers.GetValueBytes("grpc-status-details-bin"));
        }
    }

    public void Dispose() => channel.Dispose();

    private static void Write(EncodedRequest request, SerializationContext context)
    {
        context.SetPayloadLength(request.Length);
        context.GetBufferWriter().Write(request.Memory.Span);
        context.Complete();
    }
}
