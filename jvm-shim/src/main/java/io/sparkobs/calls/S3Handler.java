package io.sparkobs.calls;

import com.amazonaws.AmazonServiceException;
import com.amazonaws.AmazonWebServiceRequest;
import com.amazonaws.Request;
import com.amazonaws.Response;
import com.amazonaws.handlers.HandlerBeforeAttemptContext;
import com.amazonaws.handlers.HandlerContextKey;
import com.amazonaws.handlers.RequestHandler2;
import com.amazonaws.http.HttpMethodName;
import com.amazonaws.http.HttpResponse;
import io.sparkobs.Log;
import java.net.URI;

/**
 * Sees every request of any client of the AWS SDK v1 in this JVM: the SDK finds it by the resource
 * {@code com/amazonaws/global/handlers/request.handler2s}, {@code s3:exact} by Hadoop's conf; a request seen by both is
 * recorded once. Requests and answers stay as they are.
 */
public final class S3Handler extends RequestHandler2 {
    /** What is known of a request under way. */
    static final HandlerContextKey<Seen> SEEN = new HandlerContextKey<>("sparkobs.call");

    /** {@code s3:exact}: who asked for it, whatever thread makes it. */
    static final HandlerContextKey<S3Auditor.Span> OWNER = new HandlerContextKey<>("sparkobs.owner");

    private static final String S3 = "S3";
    private static final int NOT_FOUND = 404;

    /** One call of the client, with all its attempts. */
    static final class Seen {
        final Call call;

        /** Two handlers may be told of the same attempt: the first to see the request counts. */
        final S3Handler by;

        int attempts;

        Seen(Call call, S3Handler by) {
            this.call = call;
            this.by = by;
        }
    }

    @Override
    public void beforeRequest(Request<?> request) {
        if (!Calls.isOn(CallKind.S3)) {
            return;
        }
        try {
            if (request.getHandlerContext(SEEN) == null) {
                Call call = begin(request);
                if (call != null) {
                    request.addHandlerContext(SEEN, new Seen(call, this));
                }
            }
        } catch (Throwable failure) {
            Log.failure("seeing a request to AWS", failure);
        }
    }

    private static Call begin(Request<?> request) {
        String service = request.getHandlerContext(HandlerContextKey.SERVICE_ID);
        if (service == null) {
            service = request.getServiceName();
        }
        String operation = request.getHandlerContext(HandlerContextKey.OPERATION_NAME);
        AmazonWebServiceRequest original = request.getOriginalRequest();
        if (operation == null) {
            operation = original == null ? "request" : original.getClass().getSimpleName().replaceFirst("Request$", "");
        }
        boolean s3 = S3.equals(service);
        Call call = Calls.begin(s3 ? CallKind.S3 : CallKind.AWS, service + '.' + operation);
        if (call == null) {
            return null;
        }
        call.set(CallAttributes.RPC_SYSTEM, "aws-api");
        call.set(CallAttributes.RPC_SERVICE, service);
        call.set(CallAttributes.RPC_METHOD, operation);
        URI endpoint = request.getEndpoint();
        if (endpoint != null) {
            call.set(CallAttributes.SERVER_ADDRESS, endpoint.getHost());
            if (endpoint.getPort() > 0) {
                call.set(CallAttributes.SERVER_PORT, endpoint.getPort());
            }
        }
        if (s3 && original != null) {
            S3Request.describe(call, original);
        } else if (call.task == null && !call.recorder.isDriver) {
            call.task = call.recorder.onlyTask();
        }
        return call;
    }

    @Override
    public void beforeAttempt(HandlerBeforeAttemptContext context) {
        if (!Calls.isOn(CallKind.S3)) {
            return;
        }
        try {
            Seen seen = mine(context.getRequest());
            if (seen != null) {
                seen.attempts++;
            }
        } catch (Throwable failure) {
            Log.failure("seeing a request to AWS", failure);
        }
    }

    @Override
    public void afterResponse(Request<?> request, Response<?> response) {
        end(request, response, null);
    }

    @Override
    public void afterError(Request<?> request, Response<?> response, Exception error) {
        end(request, response, error);
    }

    private void end(Request<?> request, Response<?> response, Exception error) {
        if (!Calls.isOn(CallKind.S3)) {
            return;
        }
        try {
            Seen seen = mine(request);
            if (seen == null) {
                return;
            }
            request.addHandlerContext(SEEN, null);
            Call call = seen.call;
            S3Auditor.Span owner = request.getHandlerContext(OWNER);
            if (owner != null) {
                owner.own(call);
            }
            call.set(CallAttributes.ATTEMPTS, seen.attempts);
            if (seen.attempts > 1) {
                call.set(CallAttributes.RESENDS, seen.attempts - 1);
            }
            setLength(call, CallAttributes.REQUEST_BYTES, request.getHeaders().get("Content-Length"));
            boolean head = request.getHttpMethod() == HttpMethodName.HEAD;
            if (error != null) {
                fail(call, error, head);
            } else {
                answered(call, request, response, head);
            }
            call.end();
        } catch (Throwable failure) {
            Log.failure("seeing a request to AWS", failure);
        }
    }

    private Seen mine(Request<?> request) {
        Seen seen = request.getHandlerContext(SEEN);
        return seen != null && seen.by == this ? seen : null;
    }

    private static void answered(Call call, Request<?> request, Response<?> response, boolean head) {
        HttpResponse http = response == null ? null : response.getHttpResponse();
        if (http == null) {
            return;
        }
        call.set(CallAttributes.STATUS, http.getStatusCode());
        call.set(CallAttributes.AWS_REQUEST_ID, requestId(http));
        if (!head) {
            setLength(call, CallAttributes.RESPONSE_BYTES, http.getHeader("Content-Length"));
        }
        // The body of an object is read later, by whoever asked for it; other answers have been read.
        if (S3Request.isObject(call)) {
            call.set(CallAttributes.TIMING, "headers");
        }
    }

    private static String requestId(HttpResponse http) {
        String id = http.getHeader("x-amz-request-id");
        return id != null ? id : http.getHeader("x-amzn-RequestId");
    }

    /** S3A asks for what may not be there all the time: not found is an answer to HEAD. */
    private static void fail(Call call, Exception error, boolean head) {
        if (!(error instanceof AmazonServiceException)) {
            call.fail(error);
            return;
        }
        AmazonServiceException answer = (AmazonServiceException) error;
        call.set(CallAttributes.STATUS, answer.getStatusCode());
        call.set(CallAttributes.AWS_REQUEST_ID, answer.getRequestId());
        if (!head || answer.getStatusCode() != NOT_FOUND) {
            String code = answer.getErrorCode();
            call.fail(code != null && !code.isEmpty() ? code : Integer.toString(answer.getStatusCode()), answer.getErrorMessage());
        }
    }

    private static void setLength(Call call, String key, String header) {
        if (header != null) {
            try {
                call.set(key, Long.parseLong(header));
            } catch (NumberFormatException notSaid) {
                // No length, then.
            }
        }
    }
}
