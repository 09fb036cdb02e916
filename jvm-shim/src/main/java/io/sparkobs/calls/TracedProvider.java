package io.sparkobs.calls;

import io.sparkobs.Log;
import java.sql.Connection;
import java.sql.Driver;
import org.apache.spark.sql.jdbc.JdbcConnectionProvider;
import scala.Option;
import scala.collection.immutable.Map;

/**
 * One of Spark's connection providers, whose connections are recorded. Never to be found by a service loader: one provider
 * more and Spark cannot choose.
 */
final class TracedProvider extends JdbcConnectionProvider {
    private final JdbcConnectionProvider real;

    TracedProvider(JdbcConnectionProvider real) {
        this.real = real;
    }

    @Override
    public String name() {
        return real.name();
    }

    @Override
    public boolean canHandle(Driver driver, Map<String, String> options) {
        return real.canHandle(driver, options);
    }

    @Override
    public boolean modifiesSecurityContext(Driver driver, Map<String, String> options) {
        return real.modifiesSecurityContext(driver, options);
    }

    @Override
    public Connection getConnection(Driver driver, Map<String, String> options) {
        if (driver instanceof TracingDriver || !Calls.isOn(CallKind.JDBC)) {
            return real.getConnection(driver, options);
        }
        return JdbcCall.connect(url(options), () -> real.getConnection(driver, options));
    }

    private static String url(Map<String, String> options) {
        try {
            Option<String> url = options.get("url");
            return url.isDefined() ? url.get() : null;
        } catch (Throwable failure) {
            Log.failure("reading a JDBC URL", failure);
            return null;
        }
    }
}
