using SparkObs.Cli.Submit;

namespace SparkObs.Spark.Tests.Submit;

public sealed class JavaPropertiesTests
{
    [Theory]
    [InlineData("spark.a   b c", "spark.a", "b c")]
    [InlineData("spark.a=b", "spark.a", "b")]
    [InlineData("spark.a = b ", "spark.a", "b")]
    [InlineData("spark.a: b=c", "spark.a", "b=c")]
    [InlineData("\tspark.a\tb", "spark.a", "b")]
    [InlineData("spark.a", "spark.a", "")]
    [InlineData("spark.a one,\\\n    two", "spark.a", "one,two")]
    [InlineData("spark.a c:\\\\d", "spark.a", "c:\\d")]
    [InlineData("spark.a x\\", "spark.a", "x")]
    [InlineData("spark\\ a\\=b c\\td\\u00e9", "spark a=b", "c\td\u00e9")]
    [InlineData("spark.a 1\r\nspark.a 2", "spark.a", "2")]
    public void A_line_is_read_as_Java_reads_it(string text, string key, string value) =>
        Assert.Equal([new(key, value)], JavaProperties.Read(text));

    [Fact]
    public void Comments_and_blank_lines_hold_nothing() =>
        Assert.Empty(JavaProperties.Read("# spark.a b\n\n   ! spark.c d\n  \n"));
}
