using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using K4os.Hash.xxHash;

namespace SparkObs.Spark.Export;

/// <summary>
/// One encoded request in a file. Its name, <c>(UTC ticks)-(owner)-(spans).otlp</c>, tells age and spans without opening it. Content:
/// five little-endian ints (length, then what <see cref="EncodedRequest"/> knows: three offsets, spans), XXH64 of them and of
/// the request, the request.
/// </summary>
/// <param name="Path">Where it is.</param>
/// <param name="Owner">The instance that wrote it.</param>
/// <param name="Spans">How many spans it has.</param>
/// <param name="Bytes">The file's length.</param>
internal sealed record RequestFile(string Path, string Owner, int Spans, long Bytes)
{
    public const string Extension = ".otlp";

    /// <summary>While it is written: a name that stays is a file that was not written to its end.</summary>
    public const string PartExtension = ".part";

    private const int Fields = 5 * sizeof(int);

    /// <summary>Bytes before the request.</summary>
    public const int HeaderLength = Fields + sizeof(ulong);

    public static string NameOf(long ticks, string owner, int spans) =>
        string.Create(CultureInfo.InvariantCulture, $"{ticks:D19}-{owner}-{spans}{Extension}");

    /// <summary>What the name says, or null: it is no file of ours.</summary>
    public static RequestFile? Of(FileInfo file)
    {
        var name = file.Name.EndsWith(PartExtension, StringComparison.Ordinal) ? file.Name[..^PartExtension.Length] : file.Name;
        if (!name.EndsWith(Extension, StringComparison.Ordinal))
            return null;
        var parts = name[..^Extension.Length].Split('-');
        return parts.Length == 3 && parts[1].Length > 0
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var spans)
            ? new RequestFile(file.FullName, parts[1], spans, file.Exists ? file.Length : 0)
            : null;
    }

    /// <summary>Writes the request under another name first, so that a file of this name is whole.</summary>
    public static void Write(string path, EncodedRequest request)
    {
        var part = path + PartExtension;
        try
        {
            using (var file = PrivateFiles.Open(part, FileMode.CreateNew))
            {
                Span<byte> header = stackalloc byte[HeaderLength];
                BinaryPrimitives.WriteInt32LittleEndian(header, request.Length);
                BinaryPrimitives.WriteInt32LittleEndian(header[4..], request.ResourceSpansStart);
                BinaryPrimitives.WriteInt32LittleEndian(header[8..], request.ScopeSpansStart);
                BinaryPrimitives.WriteInt32LittleEndian(header[12..], request.SpansStart);
                BinaryPrimitives.WriteInt32LittleEndian(header[16..], request.SpanCount);
                BinaryPrimitives.WriteUInt64LittleEndian(header[Fields..], Checksum(header[..Fields], request.Memory.Span));
                file.Write(header);
                file.Write(request.Memory.Span);
            }
            File.Move(part, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // On a full disk what was begun takes room that others need.
            TryDelete(part);
            throw;
        }
    }

    /// <summary>The request, in a pooled buffer.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public EncodedRequest Read()
    {
        using var file = File.OpenHandle(Path);
        var length = RandomAccess.GetLength(file) - HeaderLength;
        Span<byte> header = stackalloc byte[HeaderLength];
        if (length <= 0 || length > Array.MaxLength || RandomAccess.Read(file, header, 0) != HeaderLength
            || BinaryPrimitives.ReadInt32LittleEndian(header) != length)
            throw new InvalidDataException("not written to its end");
        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        var request = new EncodedRequest(
            buffer, (int)length,
            BinaryPrimitives.ReadInt32LittleEndian(header[4..]), BinaryPrimitives.ReadInt32LittleEndian(header[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[12..]), BinaryPrimitives.ReadInt32LittleEndian(header[16..]));
        for (int read = 0, more; read < length; read += more)
        {
            if ((more = RandomAccess.Read(file, buffer.AsSpan(read, (int)length - read), HeaderLength + read)) == 0)
                throw new InvalidDataException("not written to its end");
        }
        if (BinaryPrimitives.ReadUInt64LittleEndian(header[Fields..]) != Checksum(header[..Fields], request.Memory.Span) || request.SpanCount != Spans)
            throw new InvalidDataException("damaged: its checksum is wrong");
        return request;
    }

    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A request that stays is sent once more by the next process, under the same ids.
        }
    }

    private static ulong Checksum(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> request)
    {
        var hash = new XXH64();
        hash.Update(fields);
        hash.Update(request);
        return hash.Digest();
    }
}
