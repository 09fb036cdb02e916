using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SparkObs.IntegrationTests.Harness;

/// <summary>A real PostgreSQL (Debian's package) with a database of its own, on a free port; it logs every statement.</summary>
internal sealed partial class PostgresServer : IAsyncDisposable
{
    private const string Account = "postgres";

    private readonly string folder = Directory.CreateTempSubdirectory("sparkobs-postgres-").FullName;
    private readonly int port = ServerProcess.FreePorts(1)[0];
    private ServerProcess? process;

    /// <summary>For Spark's JDBC source.</summary>
    public string JdbcUrl => string.Create(CultureInfo.InvariantCulture, $"jdbc:postgresql://127.0.0.1:{port}/postgres?user={Account}&password=not-a-secret");

    public int Port => port;

    /// <summary>PostgreSQL's JDBC driver, a jar.</summary>
    public static string Driver => Path.Combine(Toolbox.Folder, "jars", "postgresql-42.7.8.jar");

    private static string Program(string name) =>
        Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", name)).First(File.Exists);

    private string Log => Path.Combine(folder, "log");

    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        try
        {
            await server.RunAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// What clients had it execute, one text a statement, in order, with what it refused before that. Its own checks are not there.
    /// </summary>
    public IReadOnlyList<string> Statements()
    {
        // "… [pid] LOG:  statement: …", "… LOG:  execute <unnamed>: …", "… STATEMENT:  …" behind an error; further lines of a text begin with a tab.
        var entries = new List<(string Session, bool IsOfError, string Text)>();
        foreach (var line in File.ReadLines(Log))
        {
            if (Entry().Match(line) is { Success: true } entry)
                entries.Add((entry.Groups["session"].Value, entry.Groups["error"].Success, entry.Groups["text"].Value));
            else if (line.StartsWith('\t') && entries.Count > 0)
                entries[^1] = entries[^1] with { Text = entries[^1].Text + "\n" + line[1..] };
        }
        var last = new Dictionary<string, string>();
        var statements = new List<string>();
        foreach (var (session, isOfError, text) in entries)
        {
            // One that failed while it was executed has been told already.
            if (!isOfError || last.GetValueOrDefault(session) != text)
                statements.Add(text);
            last[session] = text;
        }
        return statements;
    }

    /// <summary>Runs SQL in psql, outside the log of statements' interest.</summary>
    public async Task<string> QueryAsync(string sql)
    {
        using var psql = Process.Start(new ProcessStartInfo(Program("psql"),
            ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", Account, "-At", "-v", "ON_ERROR_STOP=1", "-c", sql])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = psql.StandardError.ReadToEndAsync();
        var output = await psql.StandardOutput.ReadToEndAsync();
        await psql.WaitForExitAsync();
        Assert.True(psql.ExitCode == 0, await error);
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task RunAsync()
    {
        var data = Path.Combine(folder, "data");
        await File.WriteAllTextAsync(Log, "");
        // PostgreSQL refuses to run as root.
        string[] asAccount = Environment.UserName == "root" ? ["setpriv", $"--reuid={Account}", $"--regid={Account}", "--clear-groups"] : ["env"];
        if (Environment.UserName == "root")
            await DoAsync("chown", "-R", Account, folder);
        await DoAsync(asAccount[0], [.. asAccount[1..], Program("initdb"), "-D", data, "-U", Account, "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"]);
        process = new ServerProcess(asAccount[0],
        [
            .. asAccount[1..], "sh", "-c", "exec \"$0\" \"$@\" 2>>\"$LOG\"", Program("postgres"), "-D", data,
            "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=off", "-c", "log_statement=all",
        ], new() { ["LOG"] = Log });
        await process.WaitUntilAsync(async () =>
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            return File.ReadAllText(Log).Contains("ready to accept connections", StringComparison.Ordinal);
        });
    }

    private static async Task DoAsync(string program, params string[] arguments)
    {
        using var run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = run.StandardOutput.ReadToEndAsync();
        var error = await run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();
        if (run.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {run.ExitCode}: {await output}{error}");
    }

    [GeneratedRegex(@"\[(?<session>[0-9]+)\] (?:LOG:  (?:statement|execute [^:]*): |(?<error>STATEMENT:  ))(?<text>.*)$")]
    private static partial Regex Entry();
}
