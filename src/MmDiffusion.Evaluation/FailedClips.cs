using System.Collections.Concurrent;
using System.Globalization;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation;

/// <summary>Clips that something is wrong with, all of which are told at the end: who mends one wants to know of the others.</summary>
internal sealed class FailedClips
{
    private const int MostNamed = 50;

    private readonly ConcurrentDictionary<int, string> _reasons = new();

    /// <summary>The sentences of those that failed, by their place.</summary>
    internal IReadOnlyList<string> Sentences => [.. _reasons.OrderBy(entry => entry.Key).Select(entry => entry.Value)];

    /// <summary>Works on a clip, and notes what is wrong with it.</summary>
    /// <param name="place">Of the clip, for the order.</param>
    /// <param name="work">Throws where something is wrong.</param>
    internal void Try(int place, Action work)
    {
        try
        {
            work();
        }
        catch (MmDiffusionException exception)
        {
            _reasons[place] = exception.Message;
        }
    }

    /// <summary>Throws if any failed.</summary>
    /// <exception cref="MmDiffusionException">With the sentence of the only one, or with what is wrong with each of several.</exception>
    internal static void ThrowIfAny(IReadOnlyList<string> sentences, int clips)
    {
        if (sentences.Count == 0) return;
        // What is the same for all is wrong with something else, such as ffmpeg.
        if (sentences.Distinct(StringComparer.Ordinal).Take(2).Count() == 1) throw new MmDiffusionException(sentences[0]);
        // Each ends with the same advice.
        var reasons = sentences.Take(MostNamed).Select(sentence => sentence.Split("; ")[0]);
        var more = sentences.Count > MostNamed
            ? string.Create(CultureInfo.InvariantCulture, $"; and {sentences.Count - MostNamed} more")
            : "";
        throw new MmDiffusionException(string.Create(
            CultureInfo.InvariantCulture,
            $"{sentences.Count} of {clips} clips cannot be measured, replace them or take them out of their folders: "
            + $"{string.Join("; ", reasons)}{more}"));
    }
}
