package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.BatchUpdateException;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Against a driver that answers what a test wants. */
@SuppressWarnings("try")
class TracedConnectionTest {
    private static final String URL = "jdbc:postgresql://db:5433/shop?password=secret";
    private static final String DATABASE = "db.namespace=shop, ";
    private static final String SERVER = "db.system.name=postgresql, server.address=db, server.port=5433}";

    /** Thrown by commits, rollbacks, prepared SQL that begins with "bad", and executions. */
    private Throwable failure;

    private final ResultSet rows = fake(ResultSet.class);
    private final Statement statement = fake(Statement.class);
    private final PreparedStatement prepared = fake(PreparedStatement.class);
    private final CallableStatement callable = fake(CallableStatement.class);
    private final Connection real = fake(Connection.class);

    private <T> T fake(Class<T> type) {
        InvocationHandler handler = (proxy, method, arguments) -> answer(proxy, method, arguments);
        return type.cast(Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {type}, handler));
    }

    private Object answer(Object proxy, Method method, Object[] arguments) throws Throwable {
        boolean prepares = method.getName().startsWith("prepare");
        if (failure != null && (prepares ? ((String) arguments[0]).startsWith("bad") : method.getName().matches("commit|rollback|execute.*"))) {
            throw failure;
        }
        switch (method.getName()) {
            case "createStatement":
                return statement;
            case "prepareStatement":
                return prepared;
            case "prepareCall":
                return callable;
            case "executeQuery":
            case "getResultSet":
                return rows;
            case "executeUpdate":
                return 7;
            case "executeLargeUpdate":
                return 8L;
            case "execute":
                return true;
            case "executeBatch":
                return new int[] {1};
            case "executeLargeBatch":
                return new long[] {1};
            case "unwrap":
                return proxy;
            case "isWrapperFor":
                return arguments[0] == Connection.class;
            case "equals":
                return proxy == arguments[0];
            case "hashCode":
                return 42;
            case "toString":
                return "real";
            default:
                return null;
        }
    }

    private Connection traced() throws SQLException {
        return JdbcCall.connect(URL, () -> real);
    }

    @Test
    void Connect_execute_commit_and_rollback_are_calls() throws SQLException {
        try (CallsSeen calls = new CallsSeen("jdbc")) {
            Connection connection = traced();
            Statement plain = connection.createStatement();
            assertSame(rows, plain.executeQuery("SELECT a FROM orders WHERE b = 'secret'"));
            assertEquals(7, plain.executeUpdate("DELETE FROM orders"));
            assertEquals(8, plain.executeLargeUpdate("UPDATE orders SET a = 1"));
            assertTrue(plain.execute("DROP TABLE orders"));
            assertSame(rows, plain.getResultSet());
            PreparedStatement insert = connection.prepareStatement("INSERT INTO orders VALUES (?, 5)");
            insert.setInt(1, 3);
            assertEquals(7, insert.executeUpdate());
            assertTrue(connection.prepareCall("{call refresh(?)}").execute());
            connection.commit();
            connection.rollback();
            connection.close();
            String sql = "db.operation.name=%s, db.query.summary=%s, db.query.text=%s, ";
            assertEquals(Arrays.asList(
                    "connect {" + DATABASE + SERVER,
                    "SELECT orders {db.collection.name=orders, " + DATABASE
                            + String.format(sql, "SELECT", "SELECT orders", "SELECT a FROM orders WHERE b = ?") + SERVER,
                    "DELETE orders {db.collection.name=orders, " + DATABASE
                            + String.format(sql, "DELETE", "DELETE orders", "DELETE FROM orders") + SERVER,
                    "UPDATE orders {db.collection.name=orders, " + DATABASE
                            + String.format(sql, "UPDATE", "UPDATE orders", "UPDATE orders SET a = ?") + SERVER,
                    "DROP TABLE orders {db.collection.name=orders, " + DATABASE
                            + String.format(sql, "DROP TABLE", "DROP TABLE orders", "DROP TABLE orders") + SERVER,
                    "INSERT orders {db.collection.name=orders, " + DATABASE
                            + String.format(sql, "INSERT", "INSERT orders", "INSERT INTO orders VALUES (?, ?)") + SERVER,
                    "CALL refresh {db.collection.name=refresh, " + DATABASE
                            + String.format(sql, "CALL", "CALL refresh", "{call refresh(?)}") + SERVER,
                    "commit {" + DATABASE + SERVER,
                    "rollback {" + DATABASE + SERVER), calls.take());
        }
    }

    @Test
    void A_batch_is_one_call_with_its_size_and_a_batch_of_one_is_none() throws SQLException {
        try (CallsSeen calls = new CallsSeen("jdbc")) {
            PreparedStatement insert = traced().prepareStatement("INSERT INTO orders VALUES (?)");
            for (int size : new int[] {3, 1}) {
                for (int i = 0; i < size; i++) {
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            insert.addBatch();
            insert.clearBatch();
            insert.executeLargeBatch();
            Statement plain = traced().createStatement();
            plain.addBatch("DELETE FROM a");
            plain.addBatch("DELETE FROM b");
            plain.executeBatch();
            assertEquals(Arrays.asList("connect", "BATCH INSERT orders", "INSERT orders", "INSERT orders", "connect", "BATCH DELETE a"),
                    calls.takeNames());
            insert.addBatch();
            insert.addBatch();
            insert.executeBatch();
            assertEquals(Collections.singletonList("BATCH INSERT orders {db.collection.name=orders, " + DATABASE
                    + "db.operation.batch.size=2, db.operation.name=BATCH INSERT, db.query.summary=BATCH INSERT orders, "
                    + "db.query.text=INSERT INTO orders VALUES (?), " + SERVER), calls.take());
        }
    }

    @Test
    void What_the_driver_throws_arrives_as_it_is() throws SQLException {
        try (CallsSeen calls = new CallsSeen("jdbc")) {
            Connection connection = traced();
            PreparedStatement good = connection.prepareStatement("SELECT a FROM t");
            for (Throwable thrown : Arrays.asList(new SQLException("no", "42P01"), new SQLException("no 'x'"), new IllegalStateException(),
                    new OutOfMemoryError("of a test"), new BatchUpdateException("no", "23505", new int[0]))) {
                failure = thrown;
                assertSame(thrown, assertThrows(Throwable.class, connection::commit));
                assertSame(thrown, assertThrows(Throwable.class, good::executeQuery));
                assertSame(thrown, assertThrows(Throwable.class, () -> connection.prepareStatement("bad")));
                assertSame(thrown, assertThrows(Throwable.class, () -> JdbcCall.connect(URL, () -> {
                    throw (SQLException) new SQLException().initCause(thrown);
                })).getCause());
            }
            assertEquals(Arrays.asList("connect",
                    "commit !42P01", "SELECT t !42P01", "BAD !42P01", "connect !java.sql.SQLException",
                    "commit !java.sql.SQLException", "SELECT t !java.sql.SQLException", "BAD !java.sql.SQLException",
                    "connect !java.sql.SQLException",
                    "commit !java.lang.IllegalStateException", "SELECT t !java.lang.IllegalStateException",
                    "BAD !java.lang.IllegalStateException", "connect !java.sql.SQLException",
                    "commit !java.lang.OutOfMemoryError", "SELECT t !java.lang.OutOfMemoryError", "BAD !java.lang.OutOfMemoryError",
                    "connect !java.sql.SQLException",
                    "commit !23505", "SELECT t !23505", "BAD !23505", "connect !java.sql.SQLException"), calls.takeNames());
            failure = new SQLException("value 'secret' of INSERT", "22001");
            assertThrows(SQLException.class, good::execute);
            assertEquals(Collections.singletonList("SELECT t !22001 (value ? of INSERT) {db.collection.name=t, " + DATABASE
                    + "db.operation.name=SELECT, db.query.summary=SELECT t, db.query.text=SELECT a FROM t, db.response.status_code=22001, "
                    + SERVER), calls.take());
        }
    }

    @Test
    void Objects_are_what_they_were_to_who_holds_them() throws SQLException {
        try (CallsSeen calls = new CallsSeen("jdbc")) {
            Connection connection = traced();
            assertNotSame(real, connection);
            assertSame(real, connection.unwrap(Connection.class));
            assertTrue(connection.isWrapperFor(Connection.class));
            assertEquals(connection, connection);
            assertNotEquals(connection, traced().createStatement());
            assertEquals(42, connection.hashCode());
            assertEquals("real", connection.toString());
            PreparedStatement insert = connection.prepareStatement("x");
            assertSame(connection, insert.getConnection());
            assertSame(prepared, insert.unwrap(PreparedStatement.class));
            assertEquals(insert, insert);
            assertNull(JdbcCall.connect(URL, () -> null));
        }
    }

    @Test
    void Nothing_is_wrapped_while_calls_are_off() throws SQLException {
        assertSame(real, traced());
        try (CallsSeen calls = new CallsSeen("s3")) {
            assertSame(real, traced());
        }
    }

    @Test
    void A_recorder_that_fails_is_not_noticed() throws SQLException {
        try (CallsSeen calls = new CallsSeen("jdbc")) {
            Connection connection = traced();
            calls.failure = new IllegalStateException("of a test");
            assertSame(real, traced());
            assertSame(rows, connection.prepareStatement("SELECT 1").executeQuery());
            connection.commit();
            assertEquals(Collections.singletonList("connect"), calls.takeNames());
        }
    }
}
