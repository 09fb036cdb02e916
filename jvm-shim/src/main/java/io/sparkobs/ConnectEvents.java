package io.sparkobs;

import static io.sparkobs.JsonWriter.nextKey;

import java.lang.invoke.MethodHandle;
import org.apache.spark.scheduler.SparkListenerEvent;
import scala.Option;

/**
 * Operations of Spark Connect. Their classes are in a jar that is not compiled against and that most applications lack,
 * so this is made from the class of the first event of a kind, one for each kind.
 */
final class ConnectEvents {
    private static final byte[] OPERATION_ID = nextKey("operationId");
    private static final byte[] JOB_TAG = nextKey("jobTag");
    private static final byte[] EVENT_TIME = nextKey("eventTime");
    private static final byte[] SESSION_ID = nextKey("sessionId");
    private static final byte[] USER_ID = nextKey("userId");
    private static final byte[] USER_NAME = nextKey("userName");
    private static final byte[] STATEMENT_TEXT = nextKey("statementText");
    private static final byte[] SESSION_TAGS = nextKey("sparkSessionTags");
    private static final byte[] ERROR_MESSAGE = nextKey("errorMessage");
    private static final byte[] ROW_COUNT = nextKey("producedRowCount");

    private final JsonWriter out;
    private final Texts texts;
    private final MethodHandle operationId;
    private final MethodHandle jobTag;
    private final MethodHandle eventTime;
    private final MethodHandle sessionId;
    private final MethodHandle userId;
    private final MethodHandle userName;
    private final MethodHandle statementText;
    private final MethodHandle sessionTags;
    private final MethodHandle errorMessage;
    private final MethodHandle rowCount;

    ConnectEvents(JsonWriter out, Texts texts, Class<?> event) {
        this.out = out;
        this.texts = texts;
        operationId = Handles.object(event, "operationId");
        jobTag = Handles.object(event, "jobTag");
        eventTime = Handles.object(event, "eventTime");
        sessionId = Handles.object(event, "sessionId");
        userId = Handles.object(event, "userId");
        userName = Handles.object(event, "userName");
        statementText = Handles.object(event, "statementText");
        sessionTags = Handles.object(event, "sparkSessionTags");
        errorMessage = Handles.object(event, "errorMessage");
        rowCount = Handles.object(event, "producedRowCount");
    }

    void write(SparkListenerEvent event) throws Throwable {
        texts.identity(OPERATION_ID, text(operationId, event), Limits.NAME);
        texts.identity(JOB_TAG, text(jobTag, event), Limits.NAME);
        out.number(EVENT_TIME, ((Number) (Object) eventTime.invokeExact((Object) event)).longValue());
        texts.identity(SESSION_ID, text(sessionId, event), Limits.NAME);
        texts.identity(USER_ID, text(userId, event), Limits.NAME);
        texts.identity(USER_NAME, text(userName, event), Limits.NAME);
        texts.write(STATEMENT_TEXT, text(statementText, event), Limits.MESSAGE);
        texts.tags(SESSION_TAGS, (Object) sessionTags.invokeExact((Object) event));
        texts.write(ERROR_MESSAGE, text(errorMessage, event), Limits.MESSAGE);
        Option<?> rows = (Option<?>) (Object) rowCount.invokeExact((Object) event);
        if (rows != null && rows.isDefined()) {
            out.number(ROW_COUNT, ((Number) rows.get()).longValue());
        }
    }

    private static String text(MethodHandle accessor, SparkListenerEvent event) throws Throwable {
        return (String) (Object) accessor.invokeExact((Object) event);
    }
}
