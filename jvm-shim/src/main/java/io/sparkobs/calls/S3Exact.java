package io.sparkobs.calls;

import io.sparkobs.Log;
import io.sparkobs.OwnJar;
import io.sparkobs.ShimConf;
import java.io.File;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import scala.Tuple2;

/**
 * Sets Hadoop's audit of S3A to {@link S3Auditor}, for this application's file systems on driver and executors. A class
 * that cannot be loaded would fail every job, and what the user has set of the audit is the user's.
 */
final class S3Exact {
    private static final String AUDIT = "fs.s3a.audit.";
    private static final String SPARK = "spark.hadoop.";
    private static final String AUDITOR = "io.sparkobs.calls.S3Auditor";
    private static final String S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem";
    private static final String HANDLER = "io.sparkobs.calls.S3Handler";

    private static final String[][] SETTINGS = {
        {AUDIT + "enabled", "true"},
        {AUDIT + "service.classname", AUDITOR},
        {AUDIT + "request.handlers", HANDLER},
        {AUDIT + "referrer.enabled", "false"},
    };

    private S3Exact() {}

    static void configure(SparkContext context) {
        try {
            String why = obstacle(context.conf(), context.hadoopConfiguration(), Thread.currentThread().getContextClassLoader());
            if (why != null) {
                Log.warnOnce(CallsConf.CALLS, "SparkObs: s3:exact is not possible, it is s3 instead: " + why + '.');
                return;
            }
            for (String[] setting : SETTINGS) {
                context.conf().set(SPARK + setting[0], setting[1]);
                context.hadoopConfiguration().set(setting[0], setting[1]);
            }
        } catch (Throwable failure) {
            Log.failure("setting the audit of S3A", failure);
        }
    }

    /** Why the audit cannot be ours, or null. */
    static String obstacle(SparkConf conf, Configuration hadoop, ClassLoader loader) {
        for (Tuple2<String, String> set : conf.getAll()) {
            if (set._1().startsWith(SPARK + AUDIT)) {
                return set._1() + " is set";
            }
        }
        // Files of the user's, such as core-site.xml; Hadoop's own defaults are no decision of anybody's.
        for (Map.Entry<String, String> set : hadoop.getPropsWithPrefix(AUDIT).entrySet()) {
            String[] sources = hadoop.getPropertySources(AUDIT + set.getKey());
            if (sources != null && sources.length > 0 && !sources[sources.length - 1].endsWith("-default.xml")) {
                return AUDIT + set.getKey() + " is set in " + sources[sources.length - 1];
            }
        }
        return loadingObstacle(conf, loader);
    }

    /** S3A loads the classes with the loader that it comes from itself, on executors too, of which only the conf is known here. */
    private static String loadingObstacle(SparkConf conf, ClassLoader loader) {
        ClassLoader ours = S3Exact.class.getClassLoader();
        ClassLoader s3a;
        try {
            s3a = Class.forName(S3A, false, loader).getClassLoader();
            for (String name : new String[] {AUDITOR, HANDLER}) {
                Class<?> loaded = Class.forName(name, true, s3a);
                loaded.getConstructor().newInstance();
                if (loaded.getClassLoader() != ours) {
                    return "there are two copies of SparkObs's jar";
                }
            }
        } catch (ReflectiveOperationException | LinkageError absent) {
            return "hadoop-aws, with the AWS SDK v1, and SparkObs's jar are not loaded from one place (" + absent + ')';
        }
        String onExecutors = conf.get("spark.executor.extraClassPath", "");
        if (ShimConf.isLocal(conf)) {
            return null;
        }
        if (ours != ClassLoader.getSystemClassLoader()) {
            return onExecutors.contains("hadoop-aws") ? "hadoop-aws is in spark.executor.extraClassPath, SparkObs's jar is not" : null;
        }
        File jar = OwnJar.file();
        return jar == null || onExecutors.contains(jar.getName()) || jar.getParent().equals(sparkJars())
                ? null
                : "SparkObs's jar is on the driver's class path, but not in spark.executor.extraClassPath";
    }

    /** Of the executors' Spark too, it is to be hoped: what is in this folder comes with Spark. */
    private static String sparkJars() {
        String home = System.getenv("SPARK_HOME");
        return home == null ? "" : new File(home, "jars").getPath();
    }
}
