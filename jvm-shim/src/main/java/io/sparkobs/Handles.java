package io.sparkobs;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;

/**
 * Accessors that some versions of Spark lack, or whose signature differs between Scala 2.12 and 2.13 ({@code Seq}).
 * To be held in static final fields: then a call costs what a direct one does.
 */
public final class Handles {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.publicLookup();

    private Handles() {}

    /** {@code (Object) -> Object}; answers null where the version has no such method. */
    public static MethodHandle object(Class<?> owner, String method) {
        MethodType type = MethodType.methodType(Object.class, Object.class);
        MethodHandle found = find(owner, method);
        return found != null
                ? found.asType(type)
                : MethodHandles.dropArguments(MethodHandles.constant(Object.class, null), 0, Object.class);
    }

    /** {@code (owner) -> long}, or null where the version has no such method. */
    public static MethodHandle number(Class<?> owner, String method) {
        MethodHandle found = find(owner, method);
        return found == null ? null : found.asType(MethodType.methodType(long.class, owner));
    }

    private static MethodHandle find(Class<?> owner, String method) {
        try {
            Method found = owner.getMethod(method);
            return LOOKUP.unreflect(found);
        } catch (ReflectiveOperationException | LinkageError absent) {
            return null;
        }
    }
}
