package io.sparkobs.calls;

import io.sparkobs.Handles;
import io.sparkobs.Log;
import java.lang.invoke.MethodHandle;
import java.util.List;

/** What a request to S3 is about, read from whichever of the SDK's request classes it is. */
final class S3Request {
    /** S3A's threads that work for others are called so; what they inherited from the thread that started them is not for this request. */
    private static final String POOL_THREAD = "s3a-";

    private static final ClassValue<S3Request> OF = new ClassValue<S3Request>() {
        @Override
        protected S3Request computeValue(Class<?> type) {
            return new S3Request(type);
        }
    };

    private final MethodHandle bucket;
    private final MethodHandle key;
    private final MethodHandle destinationBucket;
    private final MethodHandle destinationKey;
    private final MethodHandle sourceKey;
    private final MethodHandle prefix;
    private final MethodHandle uploadId;
    private final MethodHandle partNumber;
    private final MethodHandle keys;

    private S3Request(Class<?> type) {
        bucket = Handles.object(type, "getBucketName");
        key = Handles.object(type, "getKey");
        destinationBucket = Handles.object(type, "getDestinationBucketName");
        destinationKey = Handles.object(type, "getDestinationKey");
        sourceKey = Handles.object(type, "getSourceKey");
        prefix = Handles.object(type, "getPrefix");
        uploadId = Handles.object(type, "getUploadId");
        partNumber = Handles.object(type, "getPartNumber");
        keys = Handles.object(type, "getKeys");
    }

    /** Sets what it is about, and finds the task of a request that is made on a thread without one. */
    static void describe(Call call, Object request) {
        try {
            OF.get(request.getClass()).set(call, request);
        } catch (Throwable unreadable) {
            Log.failure("reading a request to S3", unreadable);
        }
    }

    static boolean isOnPoolThread() {
        return Thread.currentThread().getName().startsWith(POOL_THREAD);
    }

    static boolean isObject(Call call) {
        return call.name.equals("S3.GetObject");
    }

    private void set(Call call, Object request) throws Throwable {
        String inBucket = first(text(destinationBucket, request), text(bucket, request));
        String object = first(text(destinationKey, request), text(key, request));
        String upload = text(uploadId, request);
        String source = text(sourceKey, request);
        String below = text(prefix, request);
        call.set(CallAttributes.S3_BUCKET, inBucket);
        call.set(CallAttributes.S3_KEY, object);
        call.set(CallAttributes.S3_PREFIX, below);
        call.set(CallAttributes.S3_UPLOAD_ID, upload);
        Object part = partNumber.invokeExact(request);
        if (part instanceof Integer && upload != null) {
            call.set(CallAttributes.S3_PART_NUMBER, (Integer) part);
        }
        String[] told = {upload, object, firstKey(request), source, below};
        Recorder recorder = call.recorder;
        if (call.task != null) {
            note(recorder, call.task, inBucket, told);
        } else if (!recorder.isDriver || isOnPoolThread()) {
            call.executionId = -1;
            call.task = owner(recorder, inBucket, told);
            call.unowned = call.task == null;
            if (call.task != null) {
                note(recorder, call.task, inBucket, told);
            }
        }
    }

    private static void note(Recorder recorder, CallGroup task, String bucket, String[] told) {
        for (String name : told) {
            if (name != null && !name.isEmpty()) {
                recorder.owners.note(name(bucket, name), task);
            }
        }
    }

    private static CallGroup owner(Recorder recorder, String bucket, String[] told) {
        for (String name : told) {
            CallGroup owner = name == null || name.isEmpty() ? null : recorder.owners.find(name(bucket, name));
            if (owner != null) {
                return owner;
            }
        }
        return recorder.onlyTask();
    }

    /** A folder is the same with and without its closing slash. */
    private static String name(String bucket, String name) {
        int length = name.endsWith("/") ? name.length() - 1 : name.length();
        return bucket + '/' + name.substring(0, length);
    }

    /** Of a request that deletes many. */
    private String firstKey(Object request) throws Throwable {
        Object list = keys.invokeExact(request);
        if (!(list instanceof List) || ((List<?>) list).isEmpty()) {
            return null;
        }
        Object version = ((List<?>) list).get(0);
        return text(OF.get(version.getClass()).key, version);
    }

    private static String text(MethodHandle getter, Object from) throws Throwable {
        Object value = getter.invokeExact(from);
        return value instanceof String ? (String) value : null;
    }

    private static String first(String one, String other) {
        return one != null ? one : other;
    }
}
