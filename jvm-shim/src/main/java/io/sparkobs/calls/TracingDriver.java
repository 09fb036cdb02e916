package io.sparkobs.calls;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Collections;
import java.util.Iterator;
import java.util.Properties;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.logging.Logger;

/**
 * {@code .option("driver", "io.sparkobs.calls.TracingDriver")}: records the JDBC calls of one data source, whose URL stays
 * as it is; the real driver is found by it. While JDBC calls are off, connections are the real driver's own.
 */
public final class TracingDriver implements Driver {
    /**
     * DriverManager, too, asks every driver that Spark was given, and who calls it gets the real driver's own connection, as
     * from the driver that Spark would else have registered.
     */
    @Override
    public Connection connect(String url, Properties properties) throws SQLException {
        Driver real = find(url);
        if (isAskedByUrl()) {
            return real == null ? null : real.connect(url, properties);
        }
        if (real == null) {
            throw new SQLException("No driver accepts this URL (" + JdbcUrl.of(url).system
                    + "): the real driver's jar must be on the class path or in --jars beside io.sparkobs.calls.TracingDriver.", "08001");
        }
        return JdbcCall.connect(url, () -> real.connect(url, properties));
    }

    private static boolean isAskedByUrl() {
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            if (frame.getClassName().equals("java.sql.DriverManager")) {
                return true;
            }
        }
        return false;
    }

    /** Never: it is chosen by name, not by URL. */
    @Override
    public boolean acceptsURL(String url) {
        return false;
    }

    private static Driver find(String url) {
        for (Driver driver : Collections.list(DriverManager.getDrivers())) {
            if (accepts(driver, url)) {
                return driver;
            }
        }
        // Those of --jars, where our own class loader is Spark's and does not see them.
        Iterator<Driver> services = ServiceLoader.load(Driver.class, Thread.currentThread().getContextClassLoader()).iterator();
        while (true) {
            try {
                if (!services.hasNext()) {
                    return null;
                }
                Driver driver = services.next();
                if (accepts(driver, url)) {
                    return driver;
                }
            } catch (ServiceConfigurationError | LinkageError unusable) {
                // Somebody's broken driver; DriverManager passes over it, too.
            }
        }
    }

    private static boolean accepts(Driver driver, String url) {
        try {
            return driver.acceptsURL(url);
        } catch (SQLException | RuntimeException refused) {
            return false;
        }
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) throws SQLException {
        Driver real = find(url);
        return real == null ? new DriverPropertyInfo[0] : real.getPropertyInfo(url, properties);
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }
}
