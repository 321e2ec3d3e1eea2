namespace MmDiffusion.Studio.Preparation;

/// <summary>A study that was made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="JoinPath">The path of the link to give to raters, to put after the server's address.</param>
/// <param name="AdminToken">Opens the administrator's page; it is stored nowhere, so it cannot be shown again.</param>
/// <param name="Items">How many clips (or pairs) are rated.</param>
/// <param name="RatersNeeded">How many people it takes if everybody stays to the end.</param>
/// <param name="Width">Columns of every clip.</param>
/// <param name="Height">Rows of every clip.</param>
/// <param name="ClipSeconds">Length of every clip.</param>
/// <param name="ClipBytes">Size of every clip's file.</param>
public sealed record CreatedStudy(
    string Name, string JoinPath, string AdminToken, int Items, int RatersNeeded, int Width, int Height, double ClipSeconds, int ClipBytes)
{
    /// <summary>What whoever runs the study should know of the clips, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
