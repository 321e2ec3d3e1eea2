namespace MmDiffusion.Benchmarking;

/// <summary>What one stage of a clip took.</summary>
/// <param name="Name">loading, sampling, upscaling or writing.</param>
/// <param name="Seconds">Of this clip.</param>
/// <param name="NetworkCalls">For the clip, or for all its frames; 0 where no network runs.</param>
/// <param name="Operations">Floating-point operations of all calls by the layers' sizes.</param>
/// <param name="MatmulRate">Operations per second of a large matrix product on the same device in the same format, timed beforehand.</param>
/// <param name="PeakMemoryBytes">The process's largest resident size up to the end of the stage.</param>
public sealed record ClipStage(string Name, double Seconds, int NetworkCalls, long Operations, double MatmulRate, long PeakMemoryBytes);
