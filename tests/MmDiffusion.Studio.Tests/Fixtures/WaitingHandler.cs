using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>
/// Sends a request again while the server is away, as the page does, and remembers what the server acknowledged and how long it took.
/// </summary>
internal sealed class WaitingHandler() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
{
    /// <summary>Longer than a server may take to start.</summary>
    private static readonly TimeSpan Longest = ServerProcess.LongestStart + TimeSpan.FromMinutes(1);

    /// <summary>The forms of the answers that the server said it has, by the rater's task.</summary>
    internal ConcurrentDictionary<string, string> Acknowledged { get; } = new();

    /// <summary>What every request was for that was answered at its first attempt, and milliseconds.</summary>
    internal ConcurrentQueue<(string Kind, double Milliseconds)> Times { get; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : null;
        var (watch, attempts) = (Stopwatch.StartNew(), 0);
        while (true)
        {
            try
            {
                var begun = watch.Elapsed;
                var response = await base.SendAsync(request, cancellationToken);
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                var segments = request.RequestUri!.Segments;
                if (attempts == 0) Times.Enqueue((KindOf(request.Method, segments), (watch.Elapsed - begun).TotalMilliseconds));
                if (body is not null && segments is [.., "answers/", var task] && response.StatusCode == HttpStatusCode.SeeOther)
                    Acknowledged[task] = body;
                return response;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException && watch.Elapsed < Longest)
            {
                attempts++;
                // Hundreds who try again at once would keep the server from starting.
                await Task.Delay(Math.Min(100 * attempts, 2000), cancellationToken);
            }
        }
    }

    private static string KindOf(HttpMethod method, string[] segments) => (method.Method, segments) switch
    {
        ("POST", [.., "answers/", _]) => "answer",
        ("POST", [.., "sound"]) => "sound check",
        ("POST", [_, "s/", _]) => "join",
        (_, [_, "s/", _]) => "consent page",
        (_, [.., "media/", _]) => "clip",
        _ => "page",
    };
}
