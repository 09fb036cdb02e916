using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace SparkObs.Spark.Tests;

/// <summary>Microsoft.Spark's workers bring a runtime of .NET 8 with them, and load what UDFs use beside its assemblies, which no later ones can replace.</summary>
public class WorkerAssemblyTests
{
    [Fact]
    public void What_UDFs_use_needs_nothing_but_the_runtime_of_their_worker()
    {
        using var file = new PEReader(File.OpenRead(typeof(SparkObsTask).Assembly.Location));
        var metadata = file.GetMetadataReader();
        // A reference to an assembly is only followed for one of its types.
        var used = metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Where(type => type.ResolutionScope.Kind == HandleKind.AssemblyReference)
            .Select(type => metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope))
            .Select(assembly => (Name: metadata.GetString(assembly.Name), assembly.Version))
            .Distinct().ToList();

        Assert.Contains(("System.Diagnostics.DiagnosticSource", new Version(8, 0, 0, 0)), used);
        Assert.All(used, assembly => Assert.StartsWith("System.", assembly.Name, StringComparison.Ordinal));
        Assert.All(used, assembly => Assert.Equal(new Version(8, 0, 0, 0), assembly.Version));
    }
}
