package io.sparkobs.calls;

import io.sparkobs.Redaction;

/** Of which nothing works. */
final class Throwing extends Recorder {
    Throwing() {
        super(new CallsConf(Lines.conf("spark.sparkobs.calls", "s3,jdbc,fs:file")), "7", new Redaction(key -> null), line -> true, null);
    }

    @Override
    Call begin(CallKind kind, String name) {
        throw new LinkageError("thrown by the test");
    }

    @Override
    CallGroup taskOfThread() {
        throw new LinkageError("thrown by the test");
    }

    @Override
    CallGroup taskStarted(long taskId, int stageId, int stageAttempt) {
        throw new LinkageError("thrown by the test");
    }

    @Override
    void taskEnded(CallGroup task) {
        throw new LinkageError("thrown by the test");
    }

    @Override
    void record(Call call) {
        throw new LinkageError("thrown by the test");
    }
}
