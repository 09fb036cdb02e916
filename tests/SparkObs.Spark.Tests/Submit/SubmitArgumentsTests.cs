using SparkObs.Cli.Submit;

namespace SparkObs.Spark.Tests.Submit;

public sealed class SubmitArgumentsTests
{
    [Fact]
    public void Options_end_at_the_application_and_its_own_are_left_alone()
    {
        var arguments = new SubmitArguments(["--master", "local[2]", "--jars=a.jar", "-v", "-c", "spark.x=1=2", "job.py", "--jars", "none", "--help"]);

        Assert.Equal(("local[2]", "a.jar", ""), (arguments.Option("--master"), arguments.Option("--jars"), arguments.Option("--verbose")));
        Assert.Equal([new("spark.x", "1=2")], arguments.Settings);
        Assert.False(arguments.IsAction);
        Assert.Null(arguments.Unknown);
        Assert.Equal(
            ["--master", "local[2]", "--jars=a.jar", "-v", "-c", "spark.x=1=2", "--jars", "ours", "job.py", "--jars", "none", "--help"],
            arguments.With(["--jars", "ours"]));
    }

    [Fact]
    public void The_last_of_several_values_counts()
    {
        var arguments = new SubmitArguments(["--conf", "spark.x=1", "--name", "a", "--name", "b", "--conf", "spark.x=2", "job.py"]);

        Assert.Equal("b", arguments.Option("--name"));
        Assert.Equal([new("spark.x", "2")], arguments.Settings);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-h")]
    [InlineData("--kill", "driver-1")]
    [InlineData("--status", "driver-1")]
    public void What_submits_nothing_is_an_action(params string[] arguments) => Assert.True(new SubmitArguments(arguments).IsAction);

    [Theory]
    [InlineData("--no-such-option", "--no-such-option", "x", "job.py")]
    [InlineData("--master", "--master")]
    public void What_cannot_be_read_is_named(string unknown, params string[] arguments) =>
        Assert.Equal(unknown, new SubmitArguments(arguments).Unknown);
}
