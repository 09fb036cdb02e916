package io.sparkobs.calls;

import io.sparkobs.Log;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;

/** What all JDBC calls have in common: how they are made by reflection, and how they end. */
final class JdbcCall {
    /** Opens a connection; the real driver's part. */
    interface Connecting<E extends Exception> {
        Connection connect() throws E;
    }

    private JdbcCall() {}

    /** The connection, recorded and recording while JDBC calls are on, else as it is. */
    static <E extends Exception> Connection connect(String url, Connecting<E> real) throws E {
        Call call = Calls.begin(CallKind.JDBC, "connect");
        if (call == null) {
            return real.connect();
        }
        JdbcUrl database = JdbcUrl.of(url);
        Connection connection;
        try {
            connection = real.connect();
        } catch (Throwable failure) {
            end(call, database, null, 0, failure);
            throw failure;
        }
        end(call, database, null, 0, null);
        return connection == null ? null : TracedConnection.of(connection, database);
    }

    /** The method's own result, or what it threw itself. */
    static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    /** Invokes a method of the real object as a call. */
    static Object record(String name, Object real, Method method, Object[] arguments, JdbcUrl url, JdbcSql sql, long batch)
            throws Throwable {
        Call call = Calls.begin(CallKind.JDBC, name);
        if (call == null) {
            return invoke(real, method, arguments);
        }
        Object result;
        try {
            result = invoke(real, method, arguments);
        } catch (Throwable failure) {
            end(call, url, sql, batch, failure);
            throw failure;
        }
        end(call, url, sql, batch, null);
        return result;
    }

    /** @param batch how many times the statement ran, where it ran as a batch */
    static void end(Call call, JdbcUrl url, JdbcSql sql, long batch, Throwable failure) {
        if (call == null) {
            return;
        }
        try {
            long nanos = call.elapsed();
            url.describe(call);
            SqlText text = sql == null ? null : sql.parts(url);
            if (text != null) {
                describe(call, text, batch);
            }
            if (failure != null) {
                JdbcFailure.describe(call, failure, sql == null ? null : sql.sql, text);
            }
            call.end(nanos);
        } catch (Throwable ours) {
            Log.failure("recording a JDBC call", ours);
        }
    }

    private static void describe(Call call, SqlText text, long batch) {
        // As the conventions have it, a batch of one is none.
        String prefix = batch > 1 ? "BATCH " : "";
        String operation = text.summary.operation();
        call.name(prefix + text.summary);
        call.set(CallAttributes.DB_SUMMARY, prefix + text.summary);
        call.set(CallAttributes.DB_OPERATION, operation == null ? null : prefix + operation);
        call.set(CallAttributes.DB_COLLECTION, text.summary.collection());
        call.set(CallAttributes.DB_TEXT, text.text);
        if (batch > 1) {
            call.set(CallAttributes.BATCH_SIZE, batch);
        }
    }
}
