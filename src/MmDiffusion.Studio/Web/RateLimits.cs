using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MmDiffusion.Studio.Web;

/// <summary>How much one address or one rater may ask of the server.</summary>
internal static class RateLimits
{
    /// <summary>For joining a study: by network address.</summary>
    internal const string Join = "join";

    /// <summary>For everything a rater does: by the rater's link.</summary>
    internal const string Rater = "rater";

    internal static void AddRateLimits(this IServiceCollection services, StudioOptions options) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = async (context, _) => await Answers.TooMany().ExecuteAsync(context.HttpContext);
        limiter.AddPolicy(Join, context => RateLimitPartition.GetFixedWindowLimiter(
            ClientAddress.Of(context), _ => Window(options.JoinsPerMinute, TimeSpan.FromMinutes(1))));
        limiter.AddPolicy(Rater, context => RateLimitPartition.GetFixedWindowLimiter(
            context.GetRouteValue("token") as string ?? "", _ => Window(options.RequestsPerTenSeconds, TimeSpan.FromSeconds(10))));
    });

    private static FixedWindowRateLimiterOptions Window(int permits, TimeSpan window) => new() { PermitLimit = permits, Window = window };
}
