package io.sparkobs;

import java.io.File;
import java.net.URISyntaxException;
import java.security.CodeSource;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/**
 * Gives executors our jar where the application's code has replaced {@code spark.jars}, in which it was: an executor that
 * does not find a plugin's class exits, and Spark starts another, for ever.
 */
public final class OwnJar {
    private static final String JARS = "spark.jars";

    /** What executors fetch before they load plugins, set by the SparkContext before it loads them on the driver. */
    private static final String INITIAL_URLS = "spark.app.initial.jar.urls";

    private OwnJar() {}

    static void send(SparkContext context) {
        SparkConf conf = context.conf();
        File jar = !ShimConf.isLocal(conf) && conf.contains(JARS) ? file() : null;
        String urls = conf.get(INITIAL_URLS, "");
        if (jar == null || urls.contains('/' + jar.getName())) {
            return;
        }
        context.addJar(jar.getPath());
        String url = "spark://" + conf.get("spark.driver.host") + ':' + conf.get("spark.driver.port") + "/jars/" + jar.getName();
        conf.set(INITIAL_URLS, urls.isEmpty() ? url : urls + ',' + url);
    }

    /** Null when this code comes from no file. */
    public static File file() {
        try {
            CodeSource source = OwnJar.class.getProtectionDomain().getCodeSource();
            File jar = source == null ? null : new File(source.getLocation().toURI());
            return jar != null && jar.isFile() ? jar : null;
        } catch (URISyntaxException | IllegalArgumentException notOfFiles) {
            return null;
        }
    }
}
