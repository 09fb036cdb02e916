package io.sparkobs.calls;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.Statement;

/**
 * A statement whose executions are recorded. Its results are the real ones: a proxy would cost more than a row. Like the
 * statement itself for one thread at a time.
 */
final class TracedStatement implements InvocationHandler {
    private final Statement real;
    private final Connection connection;
    private final JdbcUrl url;

    /** What was prepared; null for a plain statement. */
    private final JdbcSql prepared;

    /** The first of a batch stands for all. */
    private JdbcSql batch;

    private long batched;

    /** @param connection the recorded one that made this */
    TracedStatement(Statement real, Connection connection, JdbcUrl url, JdbcSql prepared) {
        this.real = real;
        this.connection = connection;
        this.url = url;
        this.prepared = prepared;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        String name = method.getName();
        // Setters come most often: once a value.
        if (name.startsWith("set")) {
            return JdbcCall.invoke(real, method, arguments);
        }
        switch (name) {
            case "execute":
            case "executeQuery":
            case "executeUpdate":
            case "executeLargeUpdate":
                return JdbcCall.record("execute", real, method, arguments, url, given(arguments), 0);
            case "executeBatch":
            case "executeLargeBatch":
                return executeBatch(method, arguments);
            case "addBatch":
                batch = batched == 0 ? given(arguments) : batch;
                batched++;
                return JdbcCall.invoke(real, method, arguments);
            case "clearBatch":
                batched = 0;
                return JdbcCall.invoke(real, method, arguments);
            case "getConnection":
                JdbcCall.invoke(real, method, arguments);
                return connection;
            case "equals":
                return proxy == arguments[0] || real.equals(arguments[0]);
            default:
                return JdbcCall.invoke(real, method, arguments);
        }
    }

    private Object executeBatch(Method method, Object[] arguments) throws Throwable {
        long size = batched;
        batched = 0;
        JdbcSql sql = size > 0 ? batch : prepared;
        return JdbcCall.record("execute", real, method, arguments, url, sql, size);
    }

    private JdbcSql given(Object[] arguments) {
        return arguments != null && arguments.length > 0 && arguments[0] instanceof String ? new JdbcSql((String) arguments[0]) : prepared;
    }
}
