using Microsoft.AspNetCore.Http;

namespace MmDiffusion.Studio.Web;

/// <summary>Whom limits are counted for. Kept in memory only, and for a minute.</summary>
internal static class ClientAddress
{
    internal static string Of(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";
}
