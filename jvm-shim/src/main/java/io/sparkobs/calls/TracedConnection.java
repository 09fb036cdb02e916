package io.sparkobs.calls;

import io.sparkobs.Log;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;

/** A connection whose statements, commits and rollbacks are recorded; all else is the real one's. */
final class TracedConnection implements InvocationHandler {
    private final Connection real;
    private final JdbcUrl url;

    private TracedConnection(Connection real, JdbcUrl url) {
        this.real = real;
        this.url = url;
    }

    /** The real one, where no proxy can be made. */
    static Connection of(Connection real, JdbcUrl url) {
        return proxy(Connection.class, real, new TracedConnection(real, url));
    }

    static <T> T proxy(Class<T> type, T real, InvocationHandler handler) {
        try {
            return type.cast(Proxy.newProxyInstance(TracedConnection.class.getClassLoader(), new Class<?>[] {type}, handler));
        } catch (Throwable failure) {
            Log.failure("recording JDBC calls", failure);
            return real;
        }
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "createStatement":
                return traced(Statement.class, proxy, JdbcCall.invoke(real, method, arguments), null);
            case "prepareStatement":
                return prepared(PreparedStatement.class, proxy, method, arguments);
            case "prepareCall":
                return prepared(CallableStatement.class, proxy, method, arguments);
            case "commit":
                return JdbcCall.record("commit", real, method, arguments, url, null, 0);
            case "rollback":
                return JdbcCall.record("rollback", real, method, arguments, url, null, 0);
            case "equals":
                return proxy == arguments[0] || real.equals(arguments[0]);
            default:
                return JdbcCall.invoke(real, method, arguments);
        }
    }

    /** Many databases refuse a statement here already: only then is it a call. */
    private <T extends Statement> T prepared(Class<T> type, Object proxy, Method method, Object[] arguments) throws Throwable {
        JdbcSql sql = arguments[0] instanceof String ? new JdbcSql((String) arguments[0]) : null;
        Call call = Calls.begin(CallKind.JDBC, "prepare");
        Object statement;
        try {
            statement = JdbcCall.invoke(real, method, arguments);
        } catch (Throwable failure) {
            JdbcCall.end(call, url, sql, 0, failure);
            throw failure;
        }
        return traced(type, proxy, statement, sql);
    }

    private <T extends Statement> T traced(Class<T> type, Object proxy, Object statement, JdbcSql sql) {
        T real = type.cast(statement);
        return statement == null ? null : proxy(type, real, new TracedStatement(real, (Connection) proxy, url, sql));
    }
}
