using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>Reads and writes sixteen numbers of one format as float32.</summary>
/// <typeparam name="T">How a number is stored.</typeparam>
internal interface ILanes<T> where T : unmanaged
{
    /// <summary>Numbers taken at a time.</summary>
    const int Count = 16;

    /// <summary>Reads sixteen numbers.</summary>
    static abstract unsafe Vector512<float> Load(T* from);

    /// <summary>Writes sixteen numbers, rounded to the nearest.</summary>
    static abstract unsafe void Store(T* to, Vector512<float> values);
}
