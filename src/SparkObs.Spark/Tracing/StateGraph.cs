using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace SparkObs.Spark.Tracing;

/// <summary>
/// Writes an object and all that it holds as JSON, and makes it again from there. It goes over fields by reflection, so that a field
/// which is added some day cannot be forgotten, and by their names, so that another version reads what it knows. Objects that are
/// shared stay shared: the first place has the object under a number, the others have the number.
/// </summary>
internal static class StateGraph
{
    /// <summary>Deep enough for chains of parents, few enough for the stack.</summary>
    public const int MaxDepth = 200;

    private const string Number = "$";
    private const string RuntimeType = "@";

    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, FieldInfo>> Fields = new();

    /// <param name="leftOut">Types that are not written: who reads has his own.</param>
    /// <exception cref="NotSupportedException">It holds something that cannot be written.</exception>
    public static void Write(Utf8JsonWriter json, object root, Func<Type, bool> leftOut) => new Writer(json, leftOut).WriteObject(root.GetType(), root);

    /// <summary>Reads into an object that is there, of which nothing stays; where it fails, all stays. The reader stands at its start.</summary>
    /// <param name="leftOut">Gives what was left out; null for what the object makes itself.</param>
    /// <exception cref="JsonException">It is no such state.</exception>
    public static void ReadInto(object root, ref Utf8JsonReader json, Func<Type, bool> isLeftOut, Func<Type, object?> leftOut) =>
        new Reader(isLeftOut, leftOut).ReadInto(root, ref json);

    private static IReadOnlyDictionary<string, FieldInfo> FieldsOf(Type type) => Fields.GetOrAdd(type, static type =>
    {
        var fields = new Dictionary<string, FieldInfo>();
        for (var declaring = type; declaring is not null && declaring != typeof(object); declaring = declaring.BaseType)
        {
            foreach (var field in declaring.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                fields.TryAdd(field.Name, field);
        }
        return fields;
    });

    /// <summary>What a collection holds, or null if it is none: written as an array.</summary>
    private static Type? ItemOf(Type type)
    {
        if (type.IsArray)
            return type.GetElementType();
        if (!type.IsGenericType)
            return null;
        var generic = type.GetGenericTypeDefinition();
        var arguments = type.GetGenericArguments();
        if (generic == typeof(List<>) || generic == typeof(IReadOnlyList<>) || generic == typeof(HashSet<>) || generic == typeof(Queue<>) || generic == typeof(LinkedList<>))
            return arguments[0];
        if (generic == typeof(Dictionary<,>))
            return typeof(KeyValuePair<,>).MakeGenericType(arguments);
        return generic == typeof(PriorityQueue<,>) ? typeof(ValueTuple<,>).MakeGenericType(arguments) : null;
    }

    private static bool IsOurs(Type type) => type.Assembly == typeof(StateGraph).Assembly;

    private sealed class Writer(Utf8JsonWriter json, Func<Type, bool> leftOut)
    {
        private readonly Dictionary<object, int> numbers = new(ReferenceEqualityComparer.Instance);

        public void WriteObject(Type declared, object value)
        {
            var type = value.GetType();
            if (!type.IsValueType && numbers.TryGetValue(value, out var known))
            {
                json.WriteNumberValue(known);
                return;
            }
            if (value is Delegate || (!type.IsValueType && !IsOurs(type)))
                throw new NotSupportedException($"{type} is no state");
            json.WriteStartObject();
            if (!type.IsValueType)
            {
                numbers.Add(value, numbers.Count);
                json.WriteNumber(Number, numbers.Count - 1);
                if (type != declared)
                    json.WriteString(RuntimeType, type.FullName);
            }
            foreach (var (name, field) in FieldsOf(type))
            {
                if (leftOut(field.FieldType) || field.GetValue(value) is not { } held || IsDefault(field.FieldType, held))
                    continue;
                json.WritePropertyName(name);
                WriteValue(field.FieldType, held);
            }
            json.WriteEndObject();
        }

        /// <summary>Not of one that may be null: there it is a value.</summary>
        private static bool IsDefault(Type declared, object value) => value switch
        {
            bool flag => !flag && declared == typeof(bool),
            int number => number == 0 && declared == typeof(int),
            long number => number == 0 && declared == typeof(long),
            _ => false,
        };

        private void WriteValue(Type declared, object? value)
        {
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case string text: json.WriteStringValue(text); break;
                case bool flag: json.WriteBooleanValue(flag); break;
                case Enum name: json.WriteNumberValue(Convert.ToInt64(name, CultureInfo.InvariantCulture)); break;
                case int number: json.WriteNumberValue(number); break;
                case long number: json.WriteNumberValue(number); break;
                case ulong number: json.WriteNumberValue(number); break;
                case double number: json.WriteNumberValue(BitConverter.DoubleToInt64Bits(number)); break;
                case byte[] bytes: json.WriteBase64StringValue(bytes); break;
                default:
                    var type = Nullable.GetUnderlyingType(declared) ?? declared;
                    if (ItemOf(type) is { } item)
                        WriteItems(item, value);
                    else
                        WriteObject(type, value);
                    break;
            }
        }

        private void WriteItems(Type item, object collection)
        {
            var type = collection.GetType();
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(PriorityQueue<,>))
                collection = type.GetProperty(nameof(PriorityQueue<int, int>.UnorderedItems))!.GetValue(collection)!;
            json.WriteStartArray();
            foreach (var held in (IEnumerable)collection)
                WriteValue(item, held);
            json.WriteEndArray();
        }
    }

    private sealed class Reader(Func<Type, bool> isLeftOut, Func<Type, object?> leftOut)
    {
        private readonly Dictionary<int, object> objects = [];

        public void ReadInto(object target, ref Utf8JsonReader json)
        {
            var type = target.GetType();
            var read = RuntimeHelpers.GetUninitializedObject(type);
            try
            {
                if (json.TokenType != JsonTokenType.StartObject)
                    throw new JsonException("the state is no object");
                json.Read();
                SetLeftOut(read);
                ReadFields(read, ref json);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException or ArgumentException or TargetInvocationException)
            {
                throw new JsonException($"the state cannot be read: {e.Message}", e);
            }
            foreach (var field in FieldsOf(type).Values)
                field.SetValue(target, field.GetValue(read));
        }

        private void SetLeftOut(object target)
        {
            foreach (var field in FieldsOf(target.GetType()).Values)
            {
                if (isLeftOut(field.FieldType))
                    field.SetValue(target, leftOut(field.FieldType));
            }
        }

        /// <summary>From the first property to the object's end.</summary>
        private void ReadFields(object target, ref Utf8JsonReader json)
        {
            var fields = FieldsOf(target.GetType());
            for (; json.TokenType == JsonTokenType.PropertyName; json.Read())
            {
                var name = json.GetString()!;
                json.Read();
                if (name == Number)
                    objects.Add(json.GetInt32(), target);
                else if (fields.TryGetValue(name, out var field) && !isLeftOut(field.FieldType))
                    field.SetValue(target, ReadValue(field.FieldType, ref json));
                else
                    json.Skip();
            }
        }

        private object? ReadValue(Type declared, ref Utf8JsonReader json)
        {
            if (json.TokenType == JsonTokenType.Null)
                return null;
            var type = Nullable.GetUnderlyingType(declared) ?? declared;
            if (type == typeof(string) || type == typeof(object))
                return json.GetString();
            if (type == typeof(bool))
                return json.GetBoolean();
            if (type.IsEnum)
                return Enum.ToObject(type, json.GetInt64());
            if (type == typeof(int))
                return json.GetInt32();
            if (type == typeof(long))
                return json.GetInt64();
            if (type == typeof(ulong))
                return json.GetUInt64();
            if (type == typeof(double))
                return BitConverter.Int64BitsToDouble(json.GetInt64());
            if (type == typeof(byte[]))
                return json.GetBytesFromBase64();
            return ItemOf(type) is { } item ? ReadItems(type, item, ref json) : ReadObject(type, ref json);
        }

        private object ReadObject(Type declared, ref Utf8JsonReader json)
        {
            if (json.TokenType == JsonTokenType.Number)
                return objects.GetValueOrDefault(json.GetInt32()) is { } known && declared.IsInstanceOfType(known) ? known : throw new JsonException("no such object");
            if (json.TokenType != JsonTokenType.StartObject)
                throw new JsonException($"no {declared.Name}");
            json.Read();
            var type = declared;
            int? number = null;
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals(Number))
            {
                json.Read();
                number = json.GetInt32();
                json.Read();
            }
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals(RuntimeType))
            {
                json.Read();
                type = typeof(StateGraph).Assembly.GetType(json.GetString()!) is { } named && declared.IsAssignableFrom(named) ? named : throw new JsonException("no such type");
                json.Read();
            }
            if (type.IsAbstract || (!type.IsValueType && !IsOurs(type)))
                throw new JsonException($"{type} is no state");
            var target = RuntimeHelpers.GetUninitializedObject(type);
            if (number is { } known2)
                objects.Add(known2, target);
            SetLeftOut(target);
            ReadFields(target, ref json);
            return target;
        }

        private object ReadItems(Type type, Type item, ref Utf8JsonReader json)
        {
            if (json.TokenType != JsonTokenType.StartArray)
                throw new JsonException($"no {type.Name}");
            var items = new ArrayList();
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                items.Add(ReadValue(item, ref json));
            var array = items.ToArray(item);
            return type.IsArray || type.IsInterface ? array : Activator.CreateInstance(type, array)!;
        }
    }
}
