using System.Text;
using CsCheck;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

public sealed class CallEventsReaderTests
{
    [Fact]
    public void A_line_of_a_task_is_read_whole()
    {
        var e = Read("""
            {"SparkObsSeq":9,"Event":"SparkObsCalls","Executor ID":"1","Task ID":12,"Stage ID":3,"Stage Attempt ID":1,"Final":true,"Calls Omitted":7,
             "Calls":[{"Seq":1,"Name":"S3.GetObject","Start":1800000000000250,"Duration":1500250,"Error":"NoSuchKey","Message":"gone",
               "Attributes":{"sparkobs.call.kind":"s3","aws.s3.bucket":"lake","aws.s3.key":"a/b","http.response.status_code":404,"http.response.body.size":"17"}}],
             "Aggregates":[{"Seq":2,"Name":"S3.HeadObject","Start":1800000000000000,"End":1800000000900000,"Count":40,"Failed":2,"Total":5000000,"Max":300000,"Attribution":"executor",
               "Attributes":{"sparkobs.call.kind":"s3"}}]}
            """);

        Assert.Equal(("1", 12L, 3, 1, null, null, 7L, 0L, 0L), (e.ExecutorId, e.TaskId, e.StageId, e.StageAttempt, e.ExecutionId, e.JobId, e.Omitted, e.Unreadable, e.UnknownAttributes));
        Assert.Equal(
            ["1 S3.GetObject 1800000000000250 1500250  NoSuchKey gone  Kind=s3 0,Bucket=lake 0,Key=a/b 0,StatusCode= 404,ResponseSize= 17",
             "2 S3.HeadObject 1800000000000000 900000000 executor   CallTotals { Count = 40, Failed = 2, TotalNs = 5000000, MaxNs = 300000 } Kind=s3 0"],
            e.Calls.Select(Text));
    }

    [Fact]
    public void A_line_outside_of_tasks_names_its_query_or_job()
    {
        var e = Read("""{"Event":"SparkObsCalls","Executor ID":"driver","SQL Execution ID":4,"Job ID":2,"Calls":[]}""");
        Assert.Equal(("driver", null, 4L, 2), (e.ExecutorId, e.TaskId, e.ExecutionId, e.JobId));
        Assert.Empty(e.Calls);
    }

    [Fact]
    public void What_says_too_little_is_counted()
    {
        var e = Read("""
            {"Event":"SparkObsCalls","Task ID":1,
             "Calls":[{}, 7, null, {"Seq":1}, {"Seq":1,"Name":"a"}, {"Seq":1,"Name":"","Start":5}, {"Seq":-1,"Name":"a","Start":5}, {"Seq":1,"Name":"a","Start":0},
               {"Seq":1,"Name":"a","Start":9223372036854775807}, {"Seq":"1","Name":"a","Start":5}, {"Seq":3,"Name":"ok","Start":5,"Duration":-1}],
             "Aggregates":[{"Seq":4,"Name":"a","Start":5}, {"Seq":5,"Name":"bytes","Start":0,"End":0,"Count":0,"Total":-5}, {"Seq":6,"Name":"b","Start":9,"End":5,"Count":1}]}
            """);
        Assert.Equal(
            ["3 ok 5 0     ", "5 bytes 0 0    CallTotals { Count = 0, Failed = 0, TotalNs = 0, MaxNs = 0 } ", "6 b 9 0    CallTotals { Count = 1, Failed = 0, TotalNs = 0, MaxNs = 0 } "],
            e.Calls.Select(Text));
        Assert.Equal(9, e.Unreadable);
    }

    [Fact]
    public void Attributes_of_other_keys_or_types_are_counted_and_left_out()
    {
        var e = Read("""
            {"Event":"SparkObsCalls","Calls":[{"Seq":1,"Name":"a","Start":5,"Attributes":
              {"spark.task.id":9,"aws.s3.bucket":7,"server.port":"x","server.port":[1],"server.address":{"a":1},"aws.s3.key":"k","aws.s3.key":"again"}}]}
            """);
        Assert.Equal(["1 a 5 0     Key=k 0"], e.Calls.Select(Text));
        Assert.Equal(6, e.UnknownAttributes);
    }

    [Fact]
    public void A_line_has_at_most_1000_calls_and_long_texts_are_cut()
    {
        var text = new string('x', 100_000);
        var call = $$$"""{"Seq":1,"Name":"{{{text}}}","Start":5,"Message":"{{{text}}}","Attributes":{"aws.s3.key":"{{{text}}}","db.query.text":"{{{text}}}"}}""";
        var rest = string.Concat(Enumerable.Repeat(""",{"Seq":2,"Name":"b","Start":5}""", 1_500));
        var e = Read($$"""{"Event":"SparkObsCalls","Calls":[{{call}}{{rest}}],"Aggregates":[{"Seq":3,"Name":"c","Start":5,"Count":1}]}""");
        Assert.Equal((1_000, 502L), (e.Calls.Count, e.Unreadable));
        var first = e.Calls[0];
        Assert.Equal((8_192, 20_480, 8_192, 20_480), (first.Name.Length, first.Message!.Length, first.Values[0].Text!.Length, first.Values[1].Text!.Length));
    }

    [Fact]
    public void Wrong_types_and_cuts_never_throw()
    {
        var line = Encoding.UTF8.GetBytes("""{"Event":"SparkObsCalls","Executor ID":{},"Task ID":"x","Calls":{"a":[1]},"Aggregates":[[{}],{"Attributes":[]},{"Seq":1,"Name":"a","Start":1,"Count":1,"Attributes":{"a":[{}]}}]}""");
        var reader = new EventReader();
        Assert.Equal(LineOutcome.Event, reader.Read(line, out var e));
        Assert.Single(Assert.IsType<CallsEvent>(e).Calls);
        Gen.Select(Gen.Int[0, line.Length - 1], Gen.Byte).Array[1, 5].Sample(changes =>
        {
            var changed = line.ToArray();
            foreach (var (at, to) in changes)
                changed[at] = to;
            reader.Read(changed, out _);
            reader.Read(changed.AsSpan(0, changes[0].Item1), out _);
        }, iter: 2_000, threads: 1);
    }

    private static CallsEvent Read(string line)
    {
        var reader = new EventReader();
        Assert.Equal(LineOutcome.Event, reader.Read(Encoding.UTF8.GetBytes(line.ReplaceLineEndings("")), out var e));
        return Assert.IsType<CallsEvent>(e);
    }

    private static string Text(Call call) =>
        $"{call.Sequence} {call.Name} {call.StartUs} {call.DurationNs} {call.Attribution} {call.Error} {call.Message} {call.Totals} {string.Join(',', call.Values.Select(value => $"{value.Key}={value.Text} {value.Number}"))}";
}
