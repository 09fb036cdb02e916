package io.sparkobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import org.apache.spark.Success$;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.junit.jupiter.api.Test;

/** Spark without Spark SQL, and Spark 3.0, which has no exclusions. */
class MissingClassesTest {
    @Test
    void Core_events_are_sent_where_classes_of_later_versions_and_of_SQL_are_missing() throws Exception {
        try (URLClassLoader core = new CoreOnly()) {
            assertThrows(ClassNotFoundException.class, () -> core.loadClass("org.apache.spark.sql.SparkSession"));
            Callable<?> probe = (Callable<?>) core.loadClass(Probe.class.getName()).getDeclaredConstructor().newInstance();
            assertEquals("held 1 1, failures 0", probe.call());
        }
    }

    /** Runs in the other loader. */
    public static final class Probe implements Callable<String> {
        @Override
        public String call() {
            Driver driver = new Driver(new SparkConf(false), "3.0.3");
            SparkObsListener listener = new SparkObsListener(driver);
            TaskInfo task = new TaskInfo(1, 1, 0, 1, 1L, "1", "host", TaskLocality.ANY(), false);
            listener.onTaskEnd(new SparkListenerTaskEnd(0, 0, "ResultTask", Success$.MODULE$, task, new ExecutorMetrics(), TaskMetrics.empty()));
            listener.onExecutorRemoved(new SparkListenerExecutorRemoved(1L, "1", "gone"));
            listener.onOtherEvent(new SparkListenerEvent() {});
            return "held " + driver.outbox.held(Rank.TASK) + ' ' + driver.outbox.held(Rank.DETAIL) + ", failures " + driver.ledger.failures();
        }
    }

    private static final class CoreOnly extends URLClassLoader {
        CoreOnly() throws IOException {
            super(classPath(), ClassLoader.getSystemClassLoader().getParent());
        }

        private static URL[] classPath() throws IOException {
            List<URL> urls = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(new File(entry).toURI().toURL());
            }
            return urls.toArray(new URL[0]);
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("org.apache.spark.sql.") || name.contains("Excluded") || name.contains("Unexcluded")) {
                throw new ClassNotFoundException(name);
            }
            return super.findClass(name);
        }
    }
}
