namespace MmDiffusion.Training;

/// <summary>What a training step does to the values of all parameters, each for itself.</summary>
internal interface IParameterWork
{
    /// <summary>
    /// Gives what does it to some values of a parameter where they lie in memory: given the parameter's number, the first value and how many.
    /// Null where they do not.
    /// </summary>
    Action<int, long, int>? InMemory();

    /// <summary>Does it to all values, in memory of any device.</summary>
    void AsTensors();
}
