using System.Globalization;
using MmDiffusion.Collectives;
using MmDiffusion.Media;

namespace MmDiffusion.Distributed;

/// <summary>The ranks that this process was started among.</summary>
public static class Ranks
{
    private const string SizeVariable = "OMPI_COMM_WORLD_SIZE";
    private const string RankVariable = "OMPI_COMM_WORLD_RANK";

    /// <summary>Whether mpirun started this process.</summary>
    public static bool AreMany => Environment.GetEnvironmentVariable(SizeVariable) is { Length: > 0 };

    /// <summary>How many processes mpirun started, this one included; 1 where it did not start this one.</summary>
    public static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable(SizeVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : 1;

    /// <summary>Whether this process is the first rank, or alone.</summary>
    public static bool IsFirst => Environment.GetEnvironmentVariable(RankVariable) is null or "" or "0";

    /// <summary>Joins the other ranks; alone where mpirun did not start this process, which then needs no Open MPI.</summary>
    /// <param name="end">Told when the process should end: then no other rank is waited for any longer.</param>
    /// <returns>
    /// To be disposed after success only: disposing waits for all ranks. A process that fails ends instead, and mpirun ends the others.
    /// </returns>
    /// <exception cref="MmDiffusionException">Open MPI is not installed, or does not start.</exception>
    public static ICollective Join(CancellationToken end) => AreMany ? new TreeCollective(new MpiTransport(end)) : new SingleProcess();
}
