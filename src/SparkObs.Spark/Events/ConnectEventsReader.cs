namespace SparkObs.Spark.Events;

/// <summary>Reads the events of ConnectEvents.cs.</summary>
internal static class ConnectEventsReader
{
    public static ConnectOperation Read(ref EventJson json, ConnectPhase phase)
    {
        string? operation = null, jobTag = null, session = null, user = null, userName = null, statement = null, error = null;
        long? time = null, rows = null;
        IReadOnlyList<string> tags = [];
        while (json.NextProperty())
        {
            if (json.Is("operationId"u8))
                operation = json.Name();
            else if (json.Is("jobTag"u8))
                jobTag = json.Name();
            else if (json.Is("eventTime"u8))
                time = json.Int64();
            else if (json.Is("sessionId"u8))
                session = json.Name();
            else if (json.Is("userId"u8))
                user = json.Name();
            else if (json.Is("userName"u8))
                userName = json.Name();
            else if (json.Is("statementText"u8))
                statement = json.Text(EventLimits.Message);
            else if (json.Is("sparkSessionTags"u8))
                tags = json.Texts();
            else if (json.Is("errorMessage"u8))
                error = json.Text(EventLimits.Message);
            else if (json.Is("producedRowCount"u8))
                rows = json.Int64();
            else
                json.Skip();
        }

        return new ConnectOperation
        {
            Phase = phase,
            OperationId = EventReader.Require(operation, "operationId"),
            JobTag = jobTag,
            Time = EventReader.Require(time, "eventTime"),
            SessionId = session,
            UserId = user,
            UserName = userName,
            StatementText = statement,
            Tags = tags,
            ErrorMessage = error,
            ProducedRowCount = rows,
        };
    }
}
