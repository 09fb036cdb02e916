using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace SparkObs.Spark.Tests;

/// <summary>Workers of .NET 8 load the library beside the assemblies of their own runtime, which no later ones can replace.</summary>
public class WorkerAssemblyTests
{
    [Fact]
    public void What_is_built_for_NET_8_needs_nothing_later_of_the_runtime()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var path = Repository.PathOf("src", "SparkObs.Spark", "bin", configuration, "net8.0", "SparkObs.Spark.dll");
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        // A reference to an assembly is only followed for one of its types.
        var used = metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Where(type => type.ResolutionScope.Kind == HandleKind.AssemblyReference)
            .Select(type => metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope))
            .Select(assembly => (Name: metadata.GetString(assembly.Name), assembly.Version))
            .Where(assembly => assembly.Name.StartsWith("System.", StringComparison.Ordinal)).Distinct().ToList();

        Assert.Contains(("System.Diagnostics.DiagnosticSource", new Version(8, 0, 0, 0)), used);
        Assert.DoesNotContain(used, assembly => assembly.Version > new Version(8, 0, 0, 0));
    }
}
