import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;

/** A user's own listener. */
public final class OwnListener extends SparkListener {
    static final AtomicInteger JOBS = new AtomicInteger();

    @Override
    public void onJobStart(SparkListenerJobStart event) {
        JOBS.incrementAndGet();
    }
}
