import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** A job with a plugin and a listener of its own, which says whether they work, and ends with exit code 4. */
public final class OwnJob {
    private OwnJob() {}

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().appName("own job").getOrCreate();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        List<String> greetings = context.parallelize(Arrays.asList(1, 2, 3, 4), 4).map(i -> System.getProperty("own.greeting")).distinct().collect();
        System.out.println("executors " + greetings);
        System.out.println("rows " + spark.range(0, 1000, 1, 4).selectExpr("id % 3 AS k").groupBy("k").count().count());
        System.out.println("plugin " + OwnPlugin.started + ", setting " + spark.conf().get("spark.own.setting") + ", arguments " + Arrays.toString(args));
        spark.stop();
        System.out.println("listener " + (OwnListener.JOBS.get() > 0));
        System.exit(4);
    }
}
