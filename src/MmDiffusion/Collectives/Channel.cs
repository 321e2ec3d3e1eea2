namespace MmDiffusion.Collectives;

/// <summary>Kinds of messages.</summary>
internal enum Channel
{
    Collective = 1,
    Request = 2,
    Answer = 3,
}
