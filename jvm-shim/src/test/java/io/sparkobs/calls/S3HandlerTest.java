package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.amazonaws.AmazonServiceException;
import com.amazonaws.AmazonWebServiceRequest;
import com.amazonaws.DefaultRequest;
import com.amazonaws.Request;
import com.amazonaws.Response;
import com.amazonaws.handlers.HandlerBeforeAttemptContext;
import com.amazonaws.handlers.HandlerContextKey;
import com.amazonaws.http.HttpMethodName;
import com.amazonaws.http.HttpResponse;
import com.amazonaws.services.s3.model.CopyObjectRequest;
import com.amazonaws.services.s3.model.DeleteObjectsRequest;
import com.amazonaws.services.s3.model.GetObjectMetadataRequest;
import com.amazonaws.services.s3.model.GetObjectRequest;
import com.amazonaws.services.s3.model.ListObjectsV2Request;
import com.amazonaws.services.s3.model.UploadPartRequest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.ConnectException;
import java.net.URI;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.TaskContext$;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests as the SDK's client tells its handlers of them. */
class S3HandlerTest {
    private final Lines lines = new Lines();
    private final Recorder recorder = Lines.onExecutor(lines);
    private final S3Handler handler = new S3Handler();

    /** The task of this thread. */
    private CallGroup task;

    @BeforeEach
    void start() {
        Calls.install(recorder);
        task = recorder.taskStarted(0, 0, 0);
        TaskContext$.MODULE$.setTaskContext(TaskContext$.MODULE$.empty());
    }

    @AfterEach
    void stop() {
        Calls.install(null);
        TaskContext$.MODULE$.unset();
    }

    private static Request<?> request(AmazonWebServiceRequest original, String operation, HttpMethodName method) {
        DefaultRequest<Object> request = new DefaultRequest<>(original, "Amazon S3");
        request.addHandlerContext(HandlerContextKey.SERVICE_ID, "S3");
        request.addHandlerContext(HandlerContextKey.OPERATION_NAME, operation);
        request.setEndpoint(URI.create("http://127.0.0.1:7071"));
        request.setHttpMethod(method);
        return request;
    }

    private static Response<?> answer(Request<?> request, int status, String... headers) {
        HttpResponse http = new HttpResponse(request, null);
        http.setStatusCode(status);
        for (int i = 0; i < headers.length; i += 2) {
            http.addHeader(headers[i], headers[i + 1]);
        }
        return new Response<>(null, http);
    }

    private void attempt(Request<?> request) {
        handler.beforeAttempt(HandlerBeforeAttemptContext.builder().withRequest(request).build());
    }

    /** Ends the task; its calls by name, each with what is told of it. */
    private Map<String, JsonNode> calls() throws Exception {
        recorder.taskEnded(task);
        recorder.flush();
        Map<String, JsonNode> calls = new HashMap<>();
        for (String line : lines.take()) {
            for (JsonNode call : new ObjectMapper().readTree(line).get("Calls")) {
                String of = new ObjectMapper().readTree(line).has("Task ID") ? "" : "outside ";
                ((ObjectNode) call).remove("Seq");
                ((ObjectNode) call).remove("Duration");
                calls.put(of + call.get("Name").asText(), call);
            }
        }
        return calls;
    }

    private static String call(String name, String error, String attributes) {
        return "{\"Name\":\"" + name + "\",\"Start\":0," + error + "\"Attributes\":{\"sparkobs.call.kind\":\"s3\",\"rpc.system.name\":\"aws-api\","
                + "\"rpc.service\":\"S3\",\"rpc.method\":\"" + name.substring(3) + "\",\"server.address\":\"127.0.0.1\",\"server.port\":7071,"
                + attributes + "}}";
    }

    @Test
    void An_object_is_read() throws Exception {
        Request<?> request = request(new GetObjectRequest("lake", "a/b"), "GetObject", HttpMethodName.GET);
        handler.beforeRequest(request);
        attempt(request);
        handler.afterResponse(request, answer(request, 206, "Content-Length", "1234", "x-amz-request-id", "R1"));
        assertEquals(call("S3.GetObject", "", "\"aws.s3.bucket\":\"lake\",\"aws.s3.key\":\"a/b\",\"sparkobs.call.attempts\":1,"
                + "\"http.response.status_code\":206,\"aws.request_id\":\"R1\",\"http.response.body.size\":1234,\"sparkobs.timing\":\"headers\""),
                calls().get("S3.GetObject").toString());
    }

    @Test
    void A_part_is_uploaded_at_the_second_attempt() throws Exception {
        Request<?> request = request(new UploadPartRequest().withBucketName("lake").withKey("k").withUploadId("U").withPartNumber(3),
                "UploadPart", HttpMethodName.PUT);
        request.addHeader("Content-Length", "5242880");
        handler.beforeRequest(request);
        attempt(request);
        attempt(request);
        handler.afterResponse(request, answer(request, 200, "Content-Length", "0"));
        assertEquals(call("S3.UploadPart", "", "\"aws.s3.bucket\":\"lake\",\"aws.s3.key\":\"k\",\"aws.s3.upload_id\":\"U\","
                + "\"aws.s3.part_number\":3,\"sparkobs.call.attempts\":2,\"http.request.resend_count\":1,\"http.request.body.size\":5242880,"
                + "\"http.response.status_code\":200,\"http.response.body.size\":0"),
                calls().get("S3.UploadPart").toString());
    }

    private static AmazonServiceException error(int status, String code) {
        AmazonServiceException error = new AmazonServiceException("says the server");
        error.setStatusCode(status);
        error.setErrorCode(code);
        error.setRequestId("R2");
        return error;
    }

    @Test
    void An_error_has_the_servers_words() throws Exception {
        Request<?> request = request(new ListObjectsV2Request().withBucketName("lake").withPrefix("a/"), "ListObjectsV2", HttpMethodName.GET);
        handler.beforeRequest(request);
        attempt(request);
        handler.afterError(request, null, error(503, "SlowDown"));
        assertEquals(call("S3.ListObjectsV2", "\"Error\":\"SlowDown\",\"Message\":\"says the server\",",
                "\"aws.s3.bucket\":\"lake\",\"aws.s3.prefix\":\"a/\",\"sparkobs.call.attempts\":1,\"http.response.status_code\":503,"
                        + "\"aws.request_id\":\"R2\""), calls().get("S3.ListObjectsV2").toString());
    }

    @Test
    void Not_found_is_an_answer_to_HEAD_and_an_error_of_GET() throws Exception {
        Request<?> head = request(new GetObjectMetadataRequest("lake", "k"), "HeadObject", HttpMethodName.HEAD);
        handler.beforeRequest(head);
        handler.afterError(head, null, error(404, "404 Not Found"));
        Request<?> get = request(new GetObjectRequest("lake", "k"), "GetObject", HttpMethodName.GET);
        handler.beforeRequest(get);
        handler.afterError(get, null, error(404, "NoSuchKey"));
        Map<String, JsonNode> calls = calls();
        assertNull(calls.get("S3.HeadObject").get("Error"));
        assertEquals(404, calls.get("S3.HeadObject").get("Attributes").get("http.response.status_code").asInt());
        assertEquals("NoSuchKey", calls.get("S3.GetObject").get("Error").asText());
    }

    @Test
    void A_size_that_HEAD_tells_was_not_sent() throws Exception {
        Request<?> head = request(new GetObjectMetadataRequest("lake", "k"), "HeadObject", HttpMethodName.HEAD);
        handler.beforeRequest(head);
        handler.afterResponse(head, answer(head, 200, "Content-Length", "1000000"));
        assertNull(calls().get("S3.HeadObject").get("Attributes").get("http.response.body.size"));
    }

    @Test
    void A_connection_that_is_refused_is_an_error() throws Exception {
        Request<?> request = request(new GetObjectRequest("lake", "k"), "GetObject", HttpMethodName.GET);
        handler.beforeRequest(request);
        handler.afterError(request, null, new ConnectException("refused"));
        JsonNode call = calls().get("S3.GetObject");
        assertEquals("java.net.ConnectException refused", call.get("Error").asText() + ' ' + call.get("Message").asText());
    }

    @Test
    void Other_services_are_seen_too() throws Exception {
        DefaultRequest<Object> request = new DefaultRequest<>(new AmazonWebServiceRequest() {}, "AWSGlue");
        request.addHandlerContext(HandlerContextKey.SERVICE_ID, "Glue");
        request.addHandlerContext(HandlerContextKey.OPERATION_NAME, "GetTable");
        handler.beforeRequest(request);
        handler.afterResponse(request, answer(request, 200, "x-amzn-RequestId", "R3"));
        assertEquals("{\"Name\":\"Glue.GetTable\",\"Start\":0,\"Attributes\":{\"sparkobs.call.kind\":\"aws\",\"rpc.system.name\":\"aws-api\","
                + "\"rpc.service\":\"Glue\",\"rpc.method\":\"GetTable\",\"sparkobs.call.attempts\":0,\"http.response.status_code\":200,"
                + "\"aws.request_id\":\"R3\"}}", calls().get("Glue.GetTable").toString());
    }

    @Test
    void Two_handlers_make_one_call() throws Exception {
        S3Handler second = new S3Handler();
        Request<?> request = request(new GetObjectRequest("lake", "k"), "GetObject", HttpMethodName.GET);
        handler.beforeRequest(request);
        second.beforeRequest(request);
        attempt(request);
        second.beforeAttempt(HandlerBeforeAttemptContext.builder().withRequest(request).build());
        handler.afterResponse(request, answer(request, 200));
        second.afterResponse(request, answer(request, 200));
        recorder.taskEnded(task);
        JsonNode line = new ObjectMapper().readTree(lines.take().get(0));
        assertEquals(1, line.get("Calls").size());
        assertEquals(1, line.get("Calls").get(0).get("Attributes").get("sparkobs.call.attempts").asInt());
    }

    private void onPoolThread(Runnable work) throws InterruptedException {
        Thread thread = new Thread(work, "s3a-transfer-shared-pool1-t1");
        thread.start();
        thread.join();
    }

    private void make(AmazonWebServiceRequest original, String operation) {
        Request<?> request = request(original, operation, HttpMethodName.PUT);
        handler.beforeRequest(request);
        handler.afterResponse(request, answer(request, 200));
    }

    @Test
    void A_pools_requests_are_of_the_task_that_touched_the_object() throws Exception {
        recorder.taskStarted(99, 0, 0);
        make(new GetObjectMetadataRequest("lake", "mine"), "HeadObject");
        onPoolThread(() -> {
            make(new GetObjectRequest("lake", "mine"), "GetObject");
            make(new CopyObjectRequest("lake", "mine/", "lake", "new"), "CopyObject");
            make(new DeleteObjectsRequest("lake").withKeys("mine", "x"), "DeleteObjects");
            make(new ListObjectsV2Request().withBucketName("lake").withPrefix("new/"), "ListObjectsV2");
            make(new GetObjectMetadataRequest("lake", "other"), "HeadObject");
        });
        assertEquals(new TreeSet<>(Arrays.asList("S3.HeadObject", "S3.GetObject", "S3.CopyObject", "S3.DeleteObjects",
                "S3.ListObjectsV2", "outside S3.HeadObject")), new TreeSet<>(calls().keySet()));
    }

    @Test
    void A_pools_requests_are_of_the_one_task_that_runs() throws Exception {
        onPoolThread(() -> make(new GetObjectMetadataRequest("lake", "other"), "HeadObject"));
        assertEquals(Collections.singleton("S3.HeadObject"), calls().keySet());
    }

    @Test
    void With_the_audit_a_pools_requests_are_of_the_task_that_asked() throws Exception {
        recorder.taskStarted(99, 0, 0);
        S3Auditor.Span span = (S3Auditor.Span) new S3Auditor().createSpan("op_create", null, null);
        onPoolThread(() -> {
            Request<?> request = request(new GetObjectMetadataRequest("lake", "other"), "HeadObject", HttpMethodName.HEAD);
            handler.beforeRequest(request);
            span.beforeRequest(request);
            handler.afterResponse(request, answer(request, 200));
        });
        assertEquals(Collections.singleton("S3.HeadObject"), calls().keySet());
    }

    @Test
    void Nothing_is_recorded_while_calls_are_off() {
        Calls.install(null);
        make(new GetObjectRequest("lake", "k"), "GetObject");
        recorder.taskEnded(task);
        assertEquals(Collections.emptyList(), lines.take());
    }

    @Test
    void A_recorder_that_throws_is_not_noticed() {
        Calls.install(new Throwing());
        make(new GetObjectRequest("lake", "k"), "GetObject");
        new S3Auditor().createSpan("op_create", null, null);
        handler.beforeAttempt(null);
        handler.beforeRequest(null);
        handler.afterError(null, null, null);
    }
}
