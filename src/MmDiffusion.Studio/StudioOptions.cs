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
}
