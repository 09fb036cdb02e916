using System.Globalization;
using Google.Protobuf;

namespace SparkObs.Spark.Tests.Logging;

/// <summary>Reads ExportLogsServiceRequest with Google's own reader, into text a record. A field it does not know is an error.</summary>
internal static class LogRecordDecoder
{
    public static (string Resource, string Scope, List<string> Records) Decode(byte[] request)
    {
        var (resource, scope, records) = ("", "", new List<string>());
        Each(request, 1, (_, resourceLogs) => Each(resourceLogs.Message, 2, (field, part) =>
        {
            if (field == 1)
                resource = Attributes(part.Message, 1);
            else
                Each(part.Message, 2, (f, inner) => ScopePart(f, inner.Message));
        }));
        return (resource, scope, records);

        void ScopePart(int field, byte[] part)
        {
            if (field == 1)
                scope = Scope(part);
            else
                records.Add(Record(part));
        }
    }

    private static string Scope(byte[] scope)
    {
        var parts = new List<string>();
        Each(scope, 2, (_, part) => parts.Add(part.Text));
        return string.Join(' ', parts);
    }

    private static string Record(byte[] record)
    {
        var parts = new List<string>();
        Each(record, 11, (field, value) => parts.Add(field switch
        {
            1 => $"time={value.Number}",
            2 => $"severity={value.Number}",
            3 => value.Text,
            5 => $"body={Any(value.Message)}",
            6 => Attribute(value.Message),
            9 => $"trace={Convert.ToHexStringLower(value.Message)}",
            10 => $"span={Convert.ToHexStringLower(value.Message)}",
            11 => $"observed={value.Number}",
            _ => throw new InvalidDataException($"field {field}"),
        }));
        return string.Join(' ', parts);
    }

    private static string Attributes(byte[] message, int field)
    {
        var attributes = new List<string>();
        Each(message, field, (_, attribute) => attributes.Add(Attribute(attribute.Message)));
        return string.Join(' ', attributes);
    }

    private static string Attribute(byte[] attribute)
    {
        var (key, any) = ("", "");
        Each(attribute, 2, (field, value) => _ = field == 1 ? key = value.Text : any = Any(value.Message));
        return $"{key}={any}";
    }

    private static string Any(byte[] any)
    {
        var text = "null";
        Each(any, 6, (field, value) => text = field switch
        {
            1 => $"'{value.Text}'",
            2 => value.Number == 1 ? "true" : "false",
            3 => ((long)value.Number).ToString(CultureInfo.InvariantCulture),
            4 => BitConverter.UInt64BitsToDouble(value.Number).ToString("R", CultureInfo.InvariantCulture),
            5 => $"[{string.Join(' ', Messages(value.Message).Select(Any))}]",
            6 => $"{{{string.Join(' ', Messages(value.Message).Select(Attribute))}}}",
            _ => throw new InvalidDataException($"field {field}"),
        });
        return text;
    }

    private static List<byte[]> Messages(byte[] list)
    {
        var messages = new List<byte[]>();
        Each(list, 1, (_, value) => messages.Add(value.Message));
        return messages;
    }

    private static void Each(byte[] message, int last, Action<int, (ulong Number, byte[] Message, string Text)> read)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            var field = WireFormat.GetTagFieldNumber(tag);
            Assert.InRange(field, 1, last);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint:
                    read(field, (input.ReadUInt64(), [], ""));
                    break;
                case WireFormat.WireType.Fixed64:
                    read(field, (input.ReadFixed64(), [], ""));
                    break;
                default:
                    var bytes = input.ReadBytes();
                    read(field, (0, bytes.ToByteArray(), bytes.ToStringUtf8()));
                    break;
            }
        }
    }
}
