package io.sparkobs.calls;

import com.amazonaws.Request;
import io.sparkobs.Log;
import org.apache.hadoop.fs.s3a.audit.AuditSpanS3A;
import org.apache.hadoop.fs.s3a.audit.impl.AbstractAuditSpanImpl;
import org.apache.hadoop.fs.s3a.audit.impl.AbstractOperationAuditor;

/**
 * {@code s3:exact}: S3A makes a span for each operation on the thread that asks for it, and hands it on to its own threads
 * with the requests. Adds nothing to requests that goes over the wire.
 */
public final class S3Auditor extends AbstractOperationAuditor {
    private final AuditSpanS3A outside = new Span("outside", "outside-span", null);

    public S3Auditor() {
        super("SparkObs");
    }

    @Override
    public AuditSpanS3A createSpan(String operation, String path1, String path2) {
        return new Span(createSpanID(), operation, ownerOfThread());
    }

    @Override
    public AuditSpanS3A getUnbondedSpan() {
        return outside;
    }

    /** A call that is never recorded: who would make it. Null where nobody knows, and while calls are off. */
    private static Call ownerOfThread() {
        try {
            Call owner = Calls.begin(CallKind.S3, "");
            return owner == null || owner.unowned || S3Request.isOnPoolThread() ? null : owner;
        } catch (Throwable failure) {
            Log.failure("seeing who asks for a request to AWS", failure);
            return null;
        }
    }

    static final class Span extends AbstractAuditSpanImpl {
        private final Call owner;

        Span(String id, String operation, Call owner) {
            super(id, operation);
            this.owner = owner;
        }

        @Override
        public AuditSpanS3A activate() {
            return this;
        }

        @Override
        public void deactivate() {}

        @Override
        public void beforeRequest(Request<?> request) {
            try {
                if (owner != null) {
                    request.addHandlerContext(S3Handler.OWNER, this);
                }
            } catch (Throwable failure) {
                Log.failure("seeing a request to AWS", failure);
            }
        }

        void own(Call call) {
            call.task = owner.task;
            call.executionId = owner.executionId;
            call.unowned = false;
        }
    }
}
