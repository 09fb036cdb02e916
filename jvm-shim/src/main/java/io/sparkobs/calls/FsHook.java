package io.sparkobs.calls;

import io.sparkobs.Log;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URI;
import java.util.Collection;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/**
 * Puts the wrapping file systems into the Hadoop configuration of a SparkContext, which gives it to its tasks: there our
 * class is, since the executor's plugin came from it. SparkConf is left alone: YARN's application master and executors
 * that still start would look for a class that they may not have.
 */
final class FsHook {
    private static final String METASTORE_JARS = "spark.sql.hive.metastore.jars";
    private static final String METASTORE_SHARED = "spark.sql.hive.metastore.sharedPrefixes";

    private FsHook() {}

    /** In the driver's init. Never throws; what cannot be wrapped stays as it is, and is said. */
    static void install(SparkContext context, Collection<String> schemes) {
        for (String scheme : schemes) {
            try {
                String obstacle = wrap(context.conf(), context.hadoopConfiguration(), scheme);
                if (obstacle != null) {
                    Log.warnOnce("fs:" + scheme, "SparkObs: fs:" + scheme + " is not recorded: " + obstacle + '.');
                }
            } catch (Throwable failure) {
                Log.failure("recording calls of fs:" + scheme, failure);
            }
        }
    }

    /** @return why not, or null */
    static String wrap(SparkConf spark, Configuration hadoop, String scheme) throws IOException, ReflectiveOperationException {
        boolean local = scheme.equals("file");
        Class<?> wrapper = local ? TracedLocalFileSystem.class : TracedFileSystem.class;
        String key = "fs." + scheme + ".impl";
        if (wrapper.getName().equals(hadoop.get(key))) {
            return null;
        }
        if (hadoop.getClassByNameOrNull(wrapper.getName()) != wrapper) {
            return "Hadoop's class loader does not see the plugin's jar (name it in spark.driver.extraClassPath)";
        }
        String metastore = spark.get(METASTORE_JARS, "builtin");
        if (!metastore.equals("builtin") && !spark.get(METASTORE_SHARED, "").contains("io.sparkobs")) {
            return METASTORE_JARS + " = " + metastore + " gives Hive its own class loader (add io.sparkobs to " + METASTORE_SHARED + ')';
        }
        if (hadoop.get("mapreduce.outputcommitter.factory.scheme." + scheme) != null && !local) {
            return "mapreduce.outputcommitter.factory.scheme." + scheme + " names a committer that may look at the file system's class";
        }
        Class<?> real = FileSystem.getFileSystemClass(scheme, hadoop);
        if (local && real != LocalFileSystem.class) {
            return key + " = " + real.getName() + " is not Hadoop's own";
        }
        hadoop.set(String.format(TracedFileSystem.REAL, scheme), real.getName());
        hadoop.set(key, wrapper.getName());
        putIntoCache(hadoop, scheme);
        return null;
    }

    /** Hadoop keeps what it made first, and Spark's own confs would make a plain one: so ours is made now, where that is cheap. */
    private static void putIntoCache(Configuration hadoop, String scheme) throws IOException, ReflectiveOperationException {
        if (scheme.equals("file")) {
            URI local = URI.create("file:///");
            FileSystem cached = FileSystem.get(local, hadoop);
            if (cached.getClass() == LocalFileSystem.class && !deletesOnExit(cached)) {
                // spark-submit has used it for --jars. Closing takes it out of the cache; who has it can go on with it.
                cached.close();
                FileSystem.get(local, hadoop);
            }
        } else if (scheme.equals(FileSystem.getDefaultUri(hadoop).getScheme())) {
            FileSystem.get(hadoop);
        }
    }

    /** Closing would delete such files early. */
    private static boolean deletesOnExit(FileSystem fileSystem) throws ReflectiveOperationException {
        Field field = FileSystem.class.getDeclaredField("deleteOnExit");
        field.setAccessible(true);
        return !((Collection<?>) field.get(fileSystem)).isEmpty();
    }
}
