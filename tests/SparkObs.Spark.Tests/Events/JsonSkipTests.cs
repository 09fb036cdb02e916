using System.Text;
using System.Text.Json;
using CsCheck;
using SparkObs.Spark.Events;

namespace SparkObs.Spark.Tests.Events;

public sealed class JsonSkipTests
{
    /// <summary>Strings of what is hard about strings: quotes, runs of backslashes, brackets, at all places of a block.</summary>
    private static readonly Gen<string> Text =
        Gen.OneOf<string>("\\", "\\\\\\", "\"", "{", "}", "[", "]", "é", "text", "0123456789012345678901234567890123456789").List[0, 8].Select(l => string.Concat(l));

    private static readonly Gen<object> Value = Gen.Recursive<object>((depth, inner) => depth > 4
        ? Text.Select(t => (object)t)
        : Gen.OneOf(
            Text.Select(t => (object)t),
            Gen.Int.Select(i => (object)i),
            inner.List[0, 4].Select(l => (object)l),
            Gen.Select(Text, inner).Select((name, of) => (object)new Dictionary<string, object> { [name] = of, ["x" + name] = name })));

    [Fact]
    public void The_closing_bracket_is_the_readers()
    {
        var plain = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        Gen.Select(Value.List[0, 4], Text).Sample((value, after) =>
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(value, plain);
            byte[] followed = [.. json, .. Encoding.UTF8.GetBytes("," + after)];

            return JsonSkip.FindClose(followed.AsSpan(1)) == json.Length - 2 && JsonSkip.FindClose(json.AsSpan(1, json.Length - 2)) == -1;
        }, iter: 3_000, threads: 1);
    }
}
