/** Pairs in Java: half of the tasks make them, half reduce them by key. */

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.Tuple2;
import scala.collection.Seq;

public final class JvmPairs {
    private static final int PAIRS_A_TASK = 10_000;

    public static void main(String[] arguments) throws InterruptedException {
        int partitions = Math.max(1, Integer.parseInt(arguments[0]) / 2);
        SparkSession spark = SparkSession.builder().appName("jvm pairs").getOrCreate();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        long begun = System.nanoTime();
        double cpu = cpu();
        context.parallelize(Collections.nCopies(partitions, 1), partitions)
                .flatMapToPair(one -> LongStream.range(0, PAIRS_A_TASK).mapToObj(n -> new Tuple2<>(n % 97, 1L)).iterator())
                .reduceByKey(Long::sum, partitions)
                .count();
        double seconds = (System.nanoTime() - begun) / 1e9;
        long tasks = countTasks(spark);
        System.out.println("load {\"seconds\": " + seconds + ", \"cpu\": " + (cpu() - cpu) + ", \"tasks\": " + tasks + '}');
        spark.stop();
    }

    /** All task attempts, as Spark itself counts them, once none runs any more. */
    private static long countTasks(SparkSession spark) throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (true) {
            Seq<ExecutorSummary> executors = spark.sparkContext().statusStore().executorList(false);
            long active = 0;
            long total = 0;
            for (int i = 0; i < executors.length(); i++) {
                active += executors.apply(i).activeTasks();
                total += executors.apply(i).totalTasks();
            }
            if (active == 0 || System.nanoTime() - end > 0) {
                return total;
            }
            Thread.sleep(50);
        }
    }

    /** Seconds of this JVM. */
    private static double cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }
}
