package io.sparkobs.calls;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A call that does nothing, with and without being recorded. Figures and how to run it: benchmarks/README.md. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 7, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xmx512m"})
public class JdbcAndFsBenchmark {
    private static final String SQL = "SELECT \"id\",\"customer\",\"amount\",\"note\" FROM orders  WHERE (\"customer\" IS NOT NULL) AND"
            + " \"customer\" IN (1,2,5) AND \"id\" >= 125000 AND \"id\" < 250000";

    /** "plain" has no wrapper, "off" one that records nothing. */
    @Param({"plain", "off", "jdbc,fs:hdfs"})
    public String calls;

    private final FsCalls fs = new FsCalls("hdfs");
    private final Path path = new Path("hdfs://nn:8020/warehouse/orders/day=2026-11-24/part-00017.c000.snappy.parquet");
    private PreparedStatement statement;
    private Statement plain;
    private int row;

    @Setup(Level.Trial)
    public void start() throws SQLException {
        Object prepared = fake(PreparedStatement.class, null);
        Connection real = (Connection) fake(Connection.class, prepared);
        if (!calls.equals("plain")) {
            CallsConf conf = new CallsConf(Lines.conf("spark.sparkobs.calls", "jdbc,fs:hdfs"));
            Calls.install(new Recorder(conf, "1", new io.sparkobs.Redaction(key -> null), line -> true, key -> null));
        }
        Connection connection = JdbcCall.connect("jdbc:postgresql://db:5432/shop", () -> real);
        statement = connection.prepareStatement(SQL);
        plain = connection.createStatement();
        if (calls.equals("off")) {
            Calls.install(null);
        }
    }

    private static Object fake(Class<?> type, Object prepared) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) -> method.getReturnType() == boolean.class ? Boolean.TRUE : prepared);
    }

    @TearDown(Level.Trial)
    public void stop() {
        Calls.install(null);
    }

    @Benchmark
    public boolean statement_executed() throws SQLException {
        return statement.execute();
    }

    /** A text that was never seen before, so that it is read. Its own making is there without us, too. */
    @Benchmark
    public boolean new_text_executed() throws SQLException {
        return plain.execute(SQL + row++);
    }

    /** Once a value of each row written. */
    @Benchmark
    public void parameter_set() throws SQLException {
        statement.setString(1, "x");
    }

    @Benchmark
    public Path file_opened() throws IOException {
        return calls.equals("plain") ? path : fs.record(FsCalls.Operation.OPEN, path, () -> path);
    }
}
