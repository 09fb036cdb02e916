using Google.Protobuf;

namespace SparkObs.Spark.Tests.Export;

/// <summary>Reads ExportTraceServiceRequest with Google's own reader. A field it does not know is an error.</summary>
internal static class ProtobufDecoder
{
    public static DecodedRequest Decode(ReadOnlySpan<byte> request)
    {
        DecodedRequest? decoded = null;
        Each(request.ToArray(), (field, value) =>
        {
            Assert.Equal(1, field);
            Assert.Null(decoded);
            decoded = ResourceSpans(value.Bytes);
        });
        return decoded!;
    }

    private static DecodedRequest ResourceSpans(byte[] message)
    {
        string resource = "", scope = "";
        var spans = new List<DecodedSpan>();
        Each(message, (field, value) =>
        {
            if (field == 1)
                resource = Attributes(value.Bytes, 1);
            else if (field == 2)
                scope = ScopeSpans(value.Bytes, spans);
            else if (field != 3) // The schema's URL: the SDK's resource has one.
                throw Unknown(field);
        });
        return new DecodedRequest(resource, scope, spans);
    }

    private static string ScopeSpans(byte[] message, List<DecodedSpan> spans)
    {
        string name = "", version = "";
        Each(message, (field, value) =>
        {
            if (field == 1)
                Each(value.Bytes, (f, v) => _ = f == 1 ? name = v.Text : version = v.Text);
            else if (field == 2)
                spans.Add(Span(value.Bytes));
            else
                throw Unknown(field);
        });
        return $"{name} {version}";
    }

    private static DecodedSpan Span(byte[] message)
    {
        var span = new DecodedSpan();
        Each(message, (field, value) =>
        {
            switch (field)
            {
                case 1: span.TraceId = value.Hex; break;
                case 2: span.SpanId = value.Hex; break;
                case 4: span.ParentId = value.Hex; break;
                case 5: span.Name = value.Text; break;
                case 6: span.Kind = (int)value.Number; break;
                case 7: span.Start = value.Number; break;
                case 8: span.End = value.Number; break;
                case 9: span.Attributes += Attribute(value.Bytes); break;
                case 11: span.Events += Event(value.Bytes); break;
                case 13: span.Links += Link(value.Bytes); break;
                case 15: Status(value.Bytes, span); break;
                case 16: span.Flags = (uint)value.Number; break;
                default: throw Unknown(field);
            }
        });
        return span;
    }

    private static string Event(byte[] message)
    {
        ulong time = 0;
        string name = "", attributes = "";
        Each(message, (field, value) =>
        {
            switch (field)
            {
                case 1: time = value.Number; break;
                case 2: name = value.Text; break;
                case 3: attributes += Attribute(value.Bytes); break;
                default: throw Unknown(field);
            }
        });
        return Render.Event(time, name, attributes);
    }

    private static string Link(byte[] message)
    {
        string trace = "", span = "", attributes = "";
        uint flags = 0;
        Each(message, (field, value) =>
        {
            switch (field)
            {
                case 1: trace = value.Hex; break;
                case 2: span = value.Hex; break;
                case 4: attributes += Attribute(value.Bytes); break;
                case 6: flags = (uint)value.Number; break;
                default: throw Unknown(field);
            }
        });
        return Render.Link(trace, span, attributes, flags);
    }

    private static void Status(byte[] message, DecodedSpan span) => Each(message, (field, value) =>
    {
        if (field == 2)
            span.StatusMessage = value.Text;
        else if (field == 3)
            span.StatusCode = (int)value.Number;
        else
            throw Unknown(field);
    });

    private static string Attributes(byte[] message, int attributesField)
    {
        var attributes = "";
        Each(message, (field, value) => attributes += field == attributesField ? Attribute(value.Bytes) : throw Unknown(field));
        return attributes;
    }

    private static string Attribute(byte[] message)
    {
        string key = "", rendered = "";
        Each(message, (field, value) => _ = field == 1 ? key = value.Text : rendered = AnyValue(value.Bytes));
        return Render.Attribute(key, rendered);
    }

    private static string AnyValue(byte[] message)
    {
        var rendered = "";
        Each(message, (field, value) => rendered = field switch
        {
            1 => Render.Text(value.Text),
            2 => Render.Bool(value.Number != 0),
            3 => Render.Int((long)value.Number),
            4 => Render.Double(BitConverter.UInt64BitsToDouble(value.Number)),
            5 => Array(value.Bytes),
            _ => throw Unknown(field),
        });
        return rendered;
    }

    private static string Array(byte[] message)
    {
        var values = new List<string>();
        Each(message, (_, value) => values.Add(AnyValue(value.Bytes)));
        return Render.Array(values);
    }

    private static void Each(byte[] message, Action<int, (ulong Number, byte[] Bytes, string Hex, string Text)> field)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            ulong number = 0;
            byte[] bytes = [];
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint: number = input.ReadUInt64(); break;
                case WireFormat.WireType.Fixed64: number = input.ReadFixed64(); break;
                case WireFormat.WireType.Fixed32: number = input.ReadFixed32(); break;
                default: bytes = input.ReadBytes().ToByteArray(); break;
            }
            field(WireFormat.GetTagFieldNumber(tag), (number, bytes, Convert.ToHexStringLower(bytes), Utf8OrNot(bytes)));
        }
    }

    private static InvalidDataException Unknown(int field) => new($"Field {field} is not known.");

    /// <summary>Text where the bytes are valid UTF-8, as all of OTLP's strings must be; ids are not text.</summary>
    private static string Utf8OrNot(byte[] bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? System.Text.Encoding.UTF8.GetString(bytes) : "(no UTF-8)";
}
