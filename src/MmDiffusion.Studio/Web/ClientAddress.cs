using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace MmDiffusion.Studio.Web;

/// <summary>Whom limits are counted for. Kept in memory only, and for a minute.</summary>
internal static class ClientAddress
{
    private const int NetworkBytes = 8;

    internal static string Of(HttpContext context) => context.Connection.RemoteIpAddress is { } address ? Of(address) : "";

    /// <summary>Of IPv6 the network, in which anybody has as many addresses as they like.</summary>
    internal static string Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes).ToString();
    }
}
