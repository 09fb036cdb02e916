package io.sparkobs.calls;

import io.sparkobs.Log;
import java.lang.reflect.Field;
import org.apache.spark.sql.jdbc.JdbcConnectionProvider;
import scala.collection.Iterator;
import scala.collection.immutable.List;
import scala.collection.immutable.Nil$;

/** Puts {@link TracedProvider} around Spark's connection providers, of which Spark has one list a JVM. */
public final class JdbcHook {
    private static final String OWNER = "org.apache.spark.sql.execution.datasources.jdbc.connection.ConnectionProvider$";
    private static final String FIELD = "providers";

    private static volatile boolean tried;

    private JdbcHook() {}

    /**
     * At the first SQL execution of a driver, or the first task of one on an executor: making the list reads the session's
     * conf, and takes 0.3 s. Does it once; on any failure all is as before. Never throws.
     */
    public static void install() {
        if (tried || !Calls.isOn(CallKind.JDBC)) {
            return;
        }
        synchronized (JdbcHook.class) {
            if (tried) {
                return;
            }
            tried = true;
            try {
                decorate();
            } catch (Throwable failure) {
                Log.failure("recording JDBC calls of Spark's own connections (.option(\"driver\", \""
                        + TracingDriver.class.getName() + "\") does it without)", failure);
            }
        }
    }

    private static void decorate() throws ReflectiveOperationException {
        Class<?> owner = Class.forName(OWNER);
        Object module = owner.getField("MODULE$").get(null);
        Field field = owner.getSuperclass().getDeclaredField(FIELD);
        field.setAccessible(true);
        // A list is a Seq to Scala 2.12 and 2.13.
        List<Object> reversed = empty();
        Iterator<?> providers = ((scala.collection.Iterable<?>) field.get(module)).iterator();
        while (providers.hasNext()) {
            reversed = reversed.$colon$colon(new TracedProvider((JdbcConnectionProvider) providers.next()));
        }
        field.set(module, reversed.reverse());
    }

    @SuppressWarnings("unchecked")
    private static List<Object> empty() {
        return (List<Object>) (Object) Nil$.MODULE$;
    }
}
