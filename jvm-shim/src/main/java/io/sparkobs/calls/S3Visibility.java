package io.sparkobs.calls;

import io.sparkobs.Log;
import java.net.URL;
import java.util.Enumeration;

/**
 * Whether the AWS SDK finds {@link S3Handler}: it looks for global handlers with its own class loader. An SDK on the class
 * path (hadoop-aws in Spark's jars folder) does not see a jar that came by {@code --jars}.
 */
final class S3Visibility {
    private static final String SDK = "com.amazonaws.handlers.HandlerChainFactory";
    private static final String HANDLERS = "com/amazonaws/global/handlers/request.handler2s";

    private S3Visibility() {}

    /** @param where the driver or executors */
    static void check(String where) {
        try {
            if (!isSeen(Thread.currentThread().getContextClassLoader(), S3Handler.class)) {
                String side = where.equals("executors") ? "executor" : "driver";
                Log.warnOnce("s3 " + where, "SparkObs: calls to S3 are not seen on " + where + ": the AWS SDK is on Spark's class path and "
                        + "SparkObs's jar is not (--jars is not enough). Set spark." + side + ".extraClassPath to the jar's path "
                        + "there, or spark.sparkobs.calls to a list without s3.");
            }
        } catch (LinkageError noSdk) {
            // Nothing to see: S3Handler itself cannot be loaded without the SDK.
        } catch (Throwable failure) {
            Log.failure("looking for the AWS SDK", failure);
        }
    }

    /** True also where there is no SDK. */
    static boolean isSeen(ClassLoader context, Class<?> handler) throws Exception {
        Class<?> sdk;
        try {
            sdk = Class.forName(SDK, false, context);
        } catch (ClassNotFoundException noSdk) {
            return true;
        }
        ClassLoader loader = sdk.getClassLoader();
        Enumeration<URL> resources = loader.getResources(HANDLERS);
        if (!resources.hasMoreElements()) {
            return false;
        }
        try {
            // The same class, not another copy of it, whose recorder is never installed.
            return Class.forName(handler.getName(), false, loader) == handler;
        } catch (ClassNotFoundException others) {
            return false;
        }
    }
}
