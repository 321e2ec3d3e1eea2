using Microsoft.AspNetCore.Http;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Studio;

/// <summary>How the server treats raters.</summary>
public sealed record StudioOptions
{
    /// <summary>Addresses to listen on, separated by semicolons.</summary>
    public string Urls { get; init; } = "http://localhost:5080";

    /// <summary>How many raters may join from one network address in a minute.</summary>
    public int JoinsPerMinute { get; init; } = 60;

    /// <summary>How many requests a rater may make in ten seconds.</summary>
    public int RequestsPerTenSeconds { get; init; } = 100;

    /// <summary>How many wrong links or tokens may be tried from one network address in a minute.</summary>
    public int GuessesPerMinute { get; init; } = 20;

    /// <summary>How long a clip is kept for a rater who does not answer; afterwards somebody else may get it.</summary>
    public TimeSpan Reservation { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Whether a proxy on this machine tells the raters' addresses and scheme (X-Forwarded-For, X-Forwarded-Proto).</summary>
    public bool BehindProxy { get; init; }

    /// <summary>Fails unless everything is in range.</summary>
    /// <exception cref="MmDiffusionException">With everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        var addresses = Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        errors.Require(addresses.Length > 0, "there is no address to listen on, expected one such as http://localhost:5080");
        foreach (var address in addresses)
        {
            errors.Require(
                IsHttp(address),
                $"the address to listen on is '{address}', expected one such as "
                + "http://0.0.0.0:5080, with a port of 0 to 65535 and no path");
        }

        errors.Require(JoinsPerMinute >= 1, $"the number of raters who join in a minute is {JoinsPerMinute}, expected at least 1");
        errors.Require(
            RequestsPerTenSeconds >= 1,
            $"the number of requests in ten seconds is {RequestsPerTenSeconds}, expected at least 1");
        errors.Require(GuessesPerMinute >= 1, $"the number of guesses in a minute is {GuessesPerMinute}, expected at least 1");
        errors.Require(Reservation > TimeSpan.Zero, $"clips are kept for {Reservation}, expected more than no time");
        errors.ThrowIfAny("the setting of the server");
    }

    /// <summary>HTTPS is the work of a proxy: the server has no certificate.</summary>
    private static bool IsHttp(string address)
    {
        try
        {
            var parsed = BindingAddress.Parse(address);
            return parsed.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase)
                && parsed.PathBase.Length == 0 && (parsed.IsUnixPipe || parsed.Port is >= 0 and <= ushort.MaxValue);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
