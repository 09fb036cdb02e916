namespace SparkObs.Spark.Events;

/// <summary>Reads the event of CallEvents.cs.</summary>
internal static class CallEventsReader
{
    public static CallsEvent Read(ref EventJson json)
    {
        string? executor = null;
        long? task = null, execution = null, omitted = null;
        int? stage = null, attempt = null, job = null;
        var read = new CallsReading();
        while (json.NextProperty())
        {
            if (json.Is("Executor ID"u8))
                executor = json.Name();
            else if (json.Is("Task ID"u8))
                task = json.Int64();
            else if (json.Is("Stage ID"u8))
                stage = json.Int32();
            else if (json.Is("Stage Attempt ID"u8))
                attempt = json.Int32();
            else if (json.Is("SQL Execution ID"u8))
                execution = json.Int64();
            else if (json.Is("Job ID"u8))
                job = json.Int32();
            else if (json.Is("Calls Omitted"u8))
                omitted = json.Int64();
            else if (json.Is("Calls"u8))
                read.ReadList(ref json, aggregates: false);
            else if (json.Is("Aggregates"u8))
                read.ReadList(ref json, aggregates: true);
            else
                json.Skip();
        }

        return new CallsEvent
        {
            ExecutorId = executor,
            TaskId = task,
            StageId = stage,
            StageAttempt = attempt ?? 0,
            ExecutionId = execution,
            JobId = job,
            Calls = read.Calls,
            Omitted = Math.Max(0, omitted ?? 0),
            Unreadable = read.Unreadable,
            UnknownAttributes = read.UnknownAttributes,
        };
    }

    /// <summary>The calls of one line as they are read.</summary>
    private sealed class CallsReading
    {
        /// <summary>The year 2255: nanoseconds as OTLP counts them have room for it, and for the longest call after it.</summary>
        private const long MaxStartUs = 1L << 53;

        private const long MaxDurationNs = 1L << 60;

        private readonly List<Call> calls = [];

        public IReadOnlyList<Call> Calls => calls;

        public long Unreadable { get; private set; }

        public long UnknownAttributes { get; private set; }

        public void ReadList(ref EventJson json, bool aggregates)
        {
            if (!json.EnterArray())
                return;
            while (json.NextObject())
            {
                if (calls.Count >= EventLimits.CallsOfLine)
                {
                    json.Leave();
                    Unreadable++;
                }
                else if (ReadCall(ref json, aggregates) is { } call)
                {
                    calls.Add(call);
                }
                else
                {
                    Unreadable++;
                }
            }
        }

        /// <summary>Null for one that says too little.</summary>
        private Call? ReadCall(ref EventJson json, bool isAggregate)
        {
            long? sequence = null, start = null, end = null, duration = null, count = null, failed = null, total = null, max = null;
            string? name = null, attribution = null, error = null, message = null;
            List<CallValue>? values = null;
            while (json.NextProperty())
            {
                if (json.Is("Seq"u8))
                    sequence = json.Int64();
                else if (json.Is("Name"u8))
                    name = json.Name();
                else if (json.Is("Start"u8))
                    start = json.Int64();
                else if (json.Is("Duration"u8))
                    duration = json.Int64();
                else if (json.Is("End"u8))
                    end = json.Int64();
                else if (json.Is("Count"u8))
                    count = json.Int64();
                else if (json.Is("Failed"u8))
                    failed = json.Int64();
                else if (json.Is("Total"u8))
                    total = json.Int64();
                else if (json.Is("Max"u8))
                    max = json.Int64();
                else if (json.Is("Attribution"u8))
                    attribution = json.Name();
                else if (json.Is("Error"u8))
                    error = json.Name();
                else if (json.Is("Message"u8))
                    message = json.Text(EventLimits.Message);
                else if (json.Is("Attributes"u8))
                    ReadValues(ref json, ref values);
                else
                    json.Skip();
            }

            var isComplete = isAggregate ? count >= 0 : start > 0;
            if (!isComplete || sequence is not >= 0 || string.IsNullOrEmpty(name) || start is not (>= 0 and <= MaxStartUs))
                return null;
            return new Call
            {
                Sequence = sequence.Value,
                Name = name,
                StartUs = start.Value,
                DurationNs = !isAggregate ? Math.Clamp(duration ?? 0, 0, MaxDurationNs) : start > 0 ? Nanoseconds(end - start) : 0,
                Attribution = attribution,
                Error = error,
                Message = message,
                Values = values ?? (IReadOnlyList<CallValue>)[],
                Totals = isAggregate ? new CallTotals(count!.Value, Math.Max(0, failed ?? 0), Math.Max(0, total ?? 0), Math.Max(0, max ?? 0)) : null,
            };
        }

        private void ReadValues(ref EventJson json, ref List<CallValue>? values)
        {
            if (!json.EnterObject())
                return;
            while (json.NextProperty())
            {
                var key = CallAttributes.Find(json.PropertyName());
                if (key is null || values?.Exists(value => value.Key == key) is true)
                    json.Skip();
                else if (ReadValue(ref json, key.Value) is { } value)
                {
                    (values ??= []).Add(value);
                    continue;
                }
                UnknownAttributes++;
            }
        }

        private static CallValue? ReadValue(ref EventJson json, CallAttribute key)
        {
            switch (CallAttributes.TypeOf(key))
            {
                case CallAttributeType.Number:
                    return json.Int64OrText() is { } number ? new CallValue(key, null, number) : null;
                case CallAttributeType.Name:
                    return json.Name() is { } name ? new CallValue(key, name, 0) : null;
                case CallAttributeType.Statement:
                    return json.Text(EventLimits.Message) is { } statement ? new CallValue(key, statement, 0) : null;
                default:
                    return json.Text(EventLimits.Name) is { } text ? new CallValue(key, text, 0) : null;
            }
        }

        private static long Nanoseconds(long? microseconds) => Math.Clamp(microseconds ?? 0, 0, MaxDurationNs / 1_000) * 1_000;
    }
}
