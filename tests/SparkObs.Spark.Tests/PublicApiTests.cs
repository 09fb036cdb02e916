namespace SparkObs.Spark.Tests;

/// <summary>The library's public members, against a list that is reviewed as a diff. SPARKOBS_ACCEPT=1 writes the list anew.</summary>
public class PublicApiTests
{
    [Fact]
    public async Task Public_members_are_the_reviewed_ones()
    {
        var api = PublicApi.Describe(typeof(SparkObservability).Assembly);
        var reviewed = Repository.PathOf("tests", "SparkObs.Spark.Tests", "PublicApi.txt");
        if (Environment.GetEnvironmentVariable("SPARKOBS_ACCEPT") == "1")
            await File.WriteAllTextAsync(reviewed, api);
        Assert.Equal((await File.ReadAllTextAsync(reviewed)).ReplaceLineEndings("\n"), api);
    }
}
