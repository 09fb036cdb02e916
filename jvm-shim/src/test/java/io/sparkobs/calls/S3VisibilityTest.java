package io.sparkobs.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

/** Where the AWS SDK and our classes are, as Spark's class path and its {@code --jars} are two loaders. */
class S3VisibilityTest {
    private static final ClassLoader JAVA = ClassLoader.getSystemClassLoader().getParent();
    private static final String HANDLER = "io.sparkobs.calls.S3Handler";

    /** @param wanted of the class path's entries those that are ours, or those that are not */
    private static URL[] classPath(boolean wanted) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (new File(entry).isDirectory() == wanted) {
                urls.add(new File(entry).toURI().toURL());
            }
        }
        return urls.toArray(new URL[0]);
    }

    @Test
    void Side_by_side_the_SDK_finds_us() throws Exception {
        assertTrue(S3Visibility.isSeen(S3Handler.class.getClassLoader(), S3Handler.class));
    }

    @Test
    void Above_us_the_SDK_does_not() throws Exception {
        try (URLClassLoader spark = new URLClassLoader(classPath(false), JAVA);
                URLClassLoader jars = new URLClassLoader(classPath(true), spark)) {
            assertFalse(S3Visibility.isSeen(jars, jars.loadClass(HANDLER)));
        }
    }

    @Test
    void Another_copy_of_us_is_not_us() throws Exception {
        try (URLClassLoader spark = new URLClassLoader(classPath(false), JAVA);
                URLClassLoader jars = new URLClassLoader(classPath(true), spark)) {
            assertFalse(S3Visibility.isSeen(getClass().getClassLoader(), jars.loadClass(HANDLER)));
        }
    }

    @Test
    void Without_the_SDK_there_is_nothing_to_miss() throws Exception {
        assertTrue(S3Visibility.isSeen(JAVA, S3VisibilityTest.class));
    }

    private static String obstacle(String... conf) {
        SparkConf spark = Lines.conf(conf);
        return S3Exact.obstacle(spark, new Configuration(), S3Exact.class.getClassLoader());
    }

    @Test
    void The_audit_is_ours_in_local_mode_and_where_executors_have_the_jar() {
        assertNull(obstacle("spark.master", "local[4]"));
    }

    @Test
    void The_audit_stays_the_users() {
        assertEquals("spark.hadoop.fs.s3a.audit.referrer.enabled is set",
                obstacle("spark.master", "local", "spark.hadoop.fs.s3a.audit.referrer.enabled", "false"));
        Configuration hadoop = new Configuration();
        hadoop.set("fs.s3a.audit.enabled", "true", "core-site.xml");
        assertEquals("fs.s3a.audit.enabled is set in core-site.xml",
                S3Exact.obstacle(Lines.conf("spark.master", "local"), hadoop, S3Exact.class.getClassLoader()));
    }

    @Test
    void Without_S3A_there_is_no_audit() {
        assertEquals("hadoop-aws, with the AWS SDK v1, and SparkObs's jar are not loaded from one place "
                + "(java.lang.ClassNotFoundException: org.apache.hadoop.fs.s3a.S3AFileSystem)",
                S3Exact.obstacle(Lines.conf(), new Configuration(), JAVA));
    }
}
