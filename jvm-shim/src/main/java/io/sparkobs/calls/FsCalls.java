package io.sparkobs.calls;

import io.sparkobs.Log;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** Records what one wrapping file system is asked for; what it asks itself for meanwhile is a part of that. */
final class FsCalls {
    enum Operation { OPEN, CREATE, APPEND, RENAME, DELETE, LIST, STATUS, MKDIRS }

    /** The real file system's part. */
    interface Action<T> {
        T run() throws IOException;
    }

    /** Whether this thread is inside a call. */
    private static final ThreadLocal<boolean[]> INSIDE = ThreadLocal.withInitial(() -> new boolean[1]);

    private final String scheme;
    private final Map<Operation, String> names = new EnumMap<>(Operation.class);

    FsCalls(String scheme) {
        this.scheme = scheme;
        for (Operation operation : Operation.values()) {
            names.put(operation, scheme + '.' + operation.name().toLowerCase(Locale.ROOT));
        }
    }

    <T> T record(Operation operation, Path path, Action<T> action) throws IOException {
        return record(operation, path, null, action);
    }

    <T> T record(Operation operation, Path path, Path target, Action<T> action) throws IOException {
        Call call = begin(operation);
        if (call == null) {
            return action.run();
        }
        T result;
        try {
            result = action.run();
        } catch (Throwable failure) {
            leave();
            end(call, path, target, operation == Operation.STATUS && failure instanceof FileNotFoundException ? null : failure);
            throw failure;
        }
        leave();
        end(call, path, target, null);
        return result;
    }

    /** Null inside another call; else {@link #leave} must follow on this thread. */
    Call begin(Operation operation) {
        if (!Calls.isOn(CallKind.FS)) {
            return null;
        }
        boolean[] inside = INSIDE.get();
        if (inside[0]) {
            return null;
        }
        Call call = Calls.begin(CallKind.FS, names.get(operation));
        inside[0] = call != null;
        return call;
    }

    void leave() {
        INSIDE.get()[0] = false;
    }

    void end(Call call, Path path, Path target, Throwable failure) {
        try {
            long nanos = call.elapsed();
            call.set(CallAttributes.FS_SCHEME, scheme);
            call.set(CallAttributes.FS_PATH, text(path));
            call.set(CallAttributes.FS_TARGET, text(target));
            if (failure != null) {
                call.fail(failure);
            }
            call.end(nanos);
        } catch (Throwable ours) {
            Log.failure("recording a file system's call", ours);
        }
    }

    /** Without user, query and fragment. */
    private static String text(Path path) {
        if (path == null) {
            return null;
        }
        URI uri = path.toUri();
        if (uri.getScheme() == null) {
            return uri.getPath();
        }
        String authority = uri.getAuthority();
        String place = authority == null ? "" : "//" + authority.substring(authority.lastIndexOf('@') + 1);
        return uri.getScheme() + ':' + place + uri.getPath();
    }
}
