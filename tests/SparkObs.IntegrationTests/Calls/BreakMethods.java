import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.xbean.asm9.ClassReader;
import org.apache.xbean.asm9.ClassVisitor;
import org.apache.xbean.asm9.ClassWriter;
import org.apache.xbean.asm9.MethodVisitor;
import org.apache.xbean.asm9.Opcodes;

/**
 * Makes methods throw an Error, each time that they are called, and say so on standard error before:
 * {@code BreakMethods <jar> <package> <Class#method> ...}. The jar is changed in place.
 */
public final class BreakMethods {
    private static final int API = Opcodes.ASM9;

    private BreakMethods() {}

    public static void main(String[] arguments) throws Exception {
        Set<String> left = new LinkedHashSet<>(Arrays.asList(arguments).subList(2, arguments.length));
        Set<String> classes = new LinkedHashSet<>();
        left.forEach(method -> classes.add(method.substring(0, method.indexOf('#'))));
        try (FileSystem jar = FileSystems.newFileSystem(Paths.get(arguments[0]), (ClassLoader) null)) {
            for (String name : classes) {
                Path file = jar.getPath(arguments[1].replace('.', '/'), name + ".class");
                ClassWriter broken = new ClassWriter(0);
                Set<String> wanted = new LinkedHashSet<>(left);
                new ClassReader(Files.readAllBytes(file)).accept(new ClassVisitor(API, broken) {
                    @Override
                    public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] exceptions) {
                        MethodVisitor real = super.visitMethod(access, method, descriptor, signature, exceptions);
                        String asked = name + '#' + method;
                        if (!wanted.contains(asked)) {
                            return real;
                        }
                        left.remove(asked);
                        breakMethod(real, asked, descriptor);
                        return null;
                    }
                }, 0);
                Files.write(file, broken.toByteArray());
            }
        }
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("There are no such methods: " + left);
        }
    }

    private static void breakMethod(MethodVisitor code, String name, String descriptor) {
        code.visitCode();
        code.visitFieldInsn(Opcodes.GETSTATIC, "java/lang/System", "err", "Ljava/io/PrintStream;");
        code.visitLdcInsn("broken: " + name);
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/io/PrintStream", "println", "(Ljava/lang/String;)V", false);
        code.visitTypeInsn(Opcodes.NEW, "java/lang/LinkageError");
        code.visitInsn(Opcodes.DUP);
        code.visitLdcInsn("thrown by the test");
        code.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/LinkageError", "<init>", "(Ljava/lang/String;)V", false);
        code.visitInsn(Opcodes.ATHROW);
        // The instance and the parameters, of which some count twice.
        code.visitMaxs(3, 1 + 2 * descriptor.length());
        code.visitEnd();
    }
}
