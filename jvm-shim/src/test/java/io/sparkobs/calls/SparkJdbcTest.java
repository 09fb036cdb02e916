package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spark's own ways to a table, on H2 from the folder of jars that SPARKOBS_TOOLBOX names; without it, skipped. */
class SparkJdbcTest {
    private static final String H2 = "org.h2.Driver";

    @TempDir
    static java.nio.file.Path folder;

    private static URLClassLoader loader;
    private static ClassLoader before;
    private static SparkSession spark;
    private static String plain;

    @BeforeAll
    static void start() throws Exception {
        String toolbox = System.getenv("SPARKOBS_TOOLBOX");
        File[] jars = toolbox == null ? null : new File(toolbox, "jars").listFiles((dir, name) -> name.startsWith("h2-"));
        Assumptions.assumeTrue(jars != null && jars.length == 1, "SPARKOBS_TOOLBOX/jars has no H2");
        before = Thread.currentThread().getContextClassLoader();
        loader = new URLClassLoader(new URL[] {jars[0].toURI().toURL()}, before);
        Thread.currentThread().setContextClassLoader(loader);
        spark = SparkSession.builder().master("local[2]").appName("jdbc").config("spark.ui.enabled", "false")
                .config("spark.sql.warehouse.dir", folder.toString()).getOrCreate();
        plain = results("jdbc:h2:mem:plain;DB_CLOSE_DELAY=-1", H2);
    }

    @AfterAll
    static void stop() throws Exception {
        if (spark != null) {
            spark.stop();
            Thread.currentThread().setContextClassLoader(before);
            loader.close();
        }
    }

    private static DataFrameReader reader(String url, String driver) {
        return spark.read().format("jdbc").option("url", url).option("driver", driver);
    }

    private static DataFrameWriter<Row> writer(String url, String driver, long rows, SaveMode mode) {
        return spark.range(0, rows, 1, 2).toDF().write().format("jdbc").mode(mode).option("url", url).option("driver", driver)
                .option("dbtable", "orders");
    }

    /** What a user sees of all of Spark's paths. */
    private static String results(String url, String driver) {
        List<String> results = new ArrayList<>();
        writer(url, driver, 10, SaveMode.Overwrite).save();
        writer(url, driver, 4, SaveMode.Append).save();
        results.add("appended " + reader(url, driver).option("dbtable", "orders").load().count());
        writer(url, driver, 20, SaveMode.Overwrite).option("truncate", "true").save();
        Dataset<Row> orders = reader(url, driver).option("dbtable", "orders").load();
        results.add("filtered " + orders.where("id > 3 AND id < 7").collectAsList());
        results.add("partitioned " + reader(url, driver).option("dbtable", "orders").option("partitionColumn", "id")
                .option("lowerBound", "0").option("upperBound", "20").option("numPartitions", "2").load().collectAsList());
        Properties properties = new Properties();
        properties.setProperty("driver", driver);
        results.add("read.jdbc " + spark.read().jdbc(url, "orders", new String[] {"\"id\" < 3"}, properties).collectAsList());
        results.add("query " + reader(url, driver).option("query", "SELECT \"id\" FROM orders WHERE \"id\" = 2").load().collectAsList());
        Throwable absent = assertThrows(Exception.class, () -> reader(url, driver).option("dbtable", "nosuch").load());
        results.add("absent " + absent.getClass() + " " + absent.getMessage());
        return String.join("\n", results);
    }

    private static final List<String> CALLS = Arrays.asList("BATCH INSERT orders", "CREATE TABLE orders", "DROP TABLE orders",
            "SELECT nosuch !42S02", "SELECT orders", "commit", "connect");

    @Test
    void Results_are_the_same_and_calls_seen_with_the_tracing_driver() {
        assertEquals(plain, results("jdbc:h2:mem:off;DB_CLOSE_DELAY=-1", TracingDriver.class.getName()));
        try (CallsSeen calls = new CallsSeen("jdbc")) {
            assertEquals(plain, results("jdbc:h2:mem:driver;DB_CLOSE_DELAY=-1", TracingDriver.class.getName()));
            assertEquals(CALLS, new ArrayList<>(new TreeSet<>(calls.takeNames())));
        }
    }

    @Test
    void Results_are_the_same_and_calls_seen_through_Sparks_own_providers() throws Exception {
        try (CallsSeen calls = new CallsSeen("jdbc")) {
            JdbcHook.install();
            JdbcHook.install();
            String url = "jdbc:h2:mem:hook;DB_CLOSE_DELAY=-1";
            assertEquals(plain, results(url, H2));
            List<String> names = calls.takeNames();
            assertEquals(CALLS, new ArrayList<>(new TreeSet<>(names)));
            results("jdbc:h2:mem:both;DB_CLOSE_DELAY=-1", TracingDriver.class.getName());
            assertEquals(names.size(), calls.takeNames().size());
            try (Connection own = DriverManager.getConnection(url)) {
                assertEquals("org.h2.jdbc.JdbcConnection", own.getClass().getName());
            }
            assertTrue(calls.takeNames().isEmpty());
        }
    }

    @Test
    void The_tracing_driver_is_for_who_names_it() throws Exception {
        Driver driver = new TracingDriver();
        assertEquals(false, driver.acceptsURL("jdbc:h2:mem:x"));
        assertEquals("org.h2.jdbc.JdbcConnection", driver.connect("jdbc:h2:mem:x", new Properties()).getClass().getName());
        assertTrue(assertThrows(java.sql.SQLException.class, () -> driver.connect("jdbc:nosuch:x;password=secret", new Properties()))
                .getMessage().startsWith("No driver accepts this URL (other_sql)"));
    }
}
