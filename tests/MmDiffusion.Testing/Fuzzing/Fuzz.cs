using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using MmDiffusion.Media;

namespace MmDiffusion.Testing.Fuzzing;

/// <summary>Makes inputs that are almost valid.</summary>
internal interface IMutator
{
    /// <summary>Valid inputs.</summary>
    IReadOnlyList<byte[]> Samples { get; }

    /// <summary>Makes an input of a sample.</summary>
    byte[] Mutate(Random random);
}

/// <summary>How many inputs a parser took, and how many it refused.</summary>
internal readonly record struct FuzzResult(int Accepted, int Refused);

/// <summary>Gives a parser many damaged inputs, the same ones each time.</summary>
/// <remarks>
/// Classes that use it belong to the collection "fuzz" and carry <c>[Trait("group", "fuzz")]</c>: memory is measured for the whole process,
/// so nothing may run beside them.
/// </remarks>
internal static class Fuzz
{
    /// <summary>Mutations for each parser.</summary>
    internal const int Mutations = 20_000;

    private const long MostMemory = 256L << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    // Long after an input would have failed for its time: it will never end.
    private static readonly TimeSpan Endless = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Checks that valid inputs are accepted, and that damaged ones are accepted or refused by an <see cref="MmDiffusionException"/>: none
    /// by another exception, none in more than 2 seconds, none with more than 256 MB above what the process had before the first.
    /// </summary>
    /// <param name="mutator">Makes the inputs.</param>
    /// <param name="parse">The parser.</param>
    /// <param name="mutations">How many inputs.</param>
    internal static FuzzResult Run(IMutator mutator, Action<byte[]> parse, int mutations = Mutations)
    {
        foreach (var sample in mutator.Samples) parse(sample);
        GC.Collect();
        ResetPeak();
        var start = PeakMemory();
        var (current, accepted, refused) = (-1, 0, 0);
        ExceptionDispatchInfo? failure = null;
        var worker = new Thread(() =>
        {
            try
            {
                for (var index = 0; index < mutations; index++)
                {
                    Volatile.Write(ref current, index);
                    if (Accepts(index, InputOf(mutator, index), parse, start)) accepted++;
                    else refused++;
                }
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        {
            IsBackground = true,
        };
        worker.Start();
        for (var last = -1; !worker.Join(Endless);)
        {
            var now = Volatile.Read(ref current);
            if (now == last) Assert.Fail(Describe(now, InputOf(mutator, now), $"does not end in {Endless.TotalSeconds} s"));
            last = now;
        }
        failure?.Throw();
        return new FuzzResult(accepted, refused);
    }

    /// <summary>
    /// Checks that JSON in which any one value is null, of another type, out of range, missing or there twice is accepted or refused in one
    /// sentence.
    /// </summary>
    internal static void EachValue(string json, Action<string> parse)
    {
        parse(json);
        foreach (var changed in JsonMutator.Systematic(json))
        {
            var failure = Record.Exception(() => parse(changed));
            Assert.True(failure is null or MmDiffusionException, $"{failure?.GetType().Name}: {failure?.Message}\n{changed}");
            Assert.DoesNotContain(failure?.Message ?? "", text => text is '\n' or '\r');
            Assert.DoesNotContain("System.", failure?.Message ?? "", StringComparison.Ordinal);
        }
    }

    /// <summary>A parser of a file, given its bytes: they are written to one path, again and again.</summary>
    internal static Action<byte[]> OfFile(string path, Action<string> parse) => bytes =>
    {
        File.WriteAllBytes(path, bytes);
        parse(path);
    };

    private static byte[] InputOf(IMutator mutator, int index) => mutator.Mutate(new Random(index));

    private static bool Accepts(int index, byte[] input, Action<byte[]> parse, long start)
    {
        var (accepted, seconds, allocated) = Measure(index, input, parse);
        // The first time may have been another process's: a second one tells.
        if (seconds > Longest) seconds = Measure(index, input, parse).Seconds;
        if (seconds > Longest) Assert.Fail(Describe(index, input, $"takes {seconds.TotalSeconds:0.0} s"));
        if (allocated > MostMemory) Assert.Fail(Describe(index, input, $"takes {allocated >> 20} MB of managed memory"));
        if (PeakMemory() - start > MostMemory)
            Assert.Fail(Describe(index, input, $"brings the process to {(PeakMemory() - start) >> 20} MB above its start"));
        return accepted;
    }

    private static (bool Accepted, TimeSpan Seconds, long Allocated) Measure(int index, byte[] input, Action<byte[]> parse)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        var accepted = true;
        try
        {
            parse(input);
        }
        catch (MmDiffusionException)
        {
            accepted = false;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                Describe(index, input, $"ends in {exception.GetType().Name}: {exception.Message}"),
                exception);
        }
        return (accepted, Stopwatch.GetElapsedTime(started), GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    private static string Describe(int index, byte[] input, string what)
    {
        var shown = input.AsSpan(0, Math.Min(input.Length, 2000)).ToArray();
        var text = shown.All(value => value is >= 32 and < 127 or (byte)'\n' or (byte)'\t')
            ? Encoding.ASCII.GetString(shown)
            : Convert.ToHexStringLower(shown);
        return string.Create(CultureInfo.InvariantCulture, $"mutation {index} of {input.Length} bytes {what}; it begins with\n{text}");
    }

    private static void ResetPeak()
    {
        if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", "5");
    }

    /// <summary>The most that the process had resident since <see cref="ResetPeak"/>, in bytes.</summary>
    private static long PeakMemory()
    {
        if (!OperatingSystem.IsLinux()) return Environment.WorkingSet;
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10;
    }
}

/// <summary>Runs by itself, after all others.</summary>
[CollectionDefinition("fuzz", DisableParallelization = true)]
public static class FuzzAlone;
