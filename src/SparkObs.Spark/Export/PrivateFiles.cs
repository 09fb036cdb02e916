namespace SparkObs.Spark.Export;

/// <summary>Files and folders that only their owner can read: spans hold SQL texts and names of data.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>A new file of mode 0600, which nobody else opens meanwhile.</summary>
    public static FileStream Create(string path, FileMode mode = FileMode.CreateNew)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnersFile;
        return new FileStream(path, options);
    }

    /// <summary>Makes the folder, of mode 0700, unless it is there.</summary>
    /// <exception cref="IOException">Also: it is there, and others may write into it.</exception>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else if (!Directory.Exists(path))
            Directory.CreateDirectory(path, OwnersFolder);
        else if ((File.GetUnixFileMode(path) & OthersWrite) != 0)
            throw new IOException("others may write into it; chmod 700 makes it its owner's alone");
    }
}
