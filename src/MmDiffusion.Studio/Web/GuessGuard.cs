using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace MmDiffusion.Studio.Web;

/// <summary>Slows down whoever tries links or tokens that do not exist.</summary>
internal sealed class GuessGuard(StudioOptions options) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _guesses = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new FixedWindowRateLimiterOptions { PermitLimit = options.GuessesPerMinute, Window = TimeSpan.FromMinutes(1) }));

    /// <summary>The answer to a wrong guess.</summary>
    internal IResult Refuse(HttpContext context)
    {
        using var lease = _guesses.AttemptAcquire(ClientAddress.Of(context));
        return lease.IsAcquired ? Answers.NotFound() : Answers.TooMany();
    }

    public void Dispose() => _guesses.Dispose();
}
