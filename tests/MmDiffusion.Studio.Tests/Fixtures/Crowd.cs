using System.Globalization;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>Many raters at once, each from an address of its own, who answer a whole study over HTTP.</summary>
/// <param name="address">Of the server.</param>
/// <param name="database">The same one as the server's, to know the answers to the sound check.</param>
/// <param name="study">What they answer.</param>
internal sealed class Crowd(Uri address, StudyDatabase database, StudyRow study) : IDisposable
{
    private readonly WaitingHandler _handler = new();

    internal WaitingHandler Record => _handler;

    /// <summary>How many answers so many raters give.</summary>
    internal int Answers(int raters) => raters * SessionOrder.Of(study.Plan, 0).Count;

    /// <summary>Lets them answer.</summary>
    /// <param name="raters">How many there are.</param>
    /// <param name="pause">How long each thinks before an answer, besides the time that clips play.</param>
    internal Task AnswerAsync(int raters, TimeSpan pause = default) =>
        Task.WhenAll(Enumerable.Range(0, raters).Select(number => Task.Run(() => OneAsync(number, pause))));

    public void Dispose() => _handler.Dispose();

    private async Task OneAsync(int number, TimeSpan pause)
    {
        using var client = new HttpClient(_handler, disposeHandler: false) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };
        client.DefaultRequestHeaders.Add(
            "X-Forwarded-For",
            string.Create(CultureInfo.InvariantCulture, $"10.0.{number / 250}.{number % 250 + 1}"));
        var random = new Random(number);
        // They do not all come in the same instant.
        await Task.Delay(pause * random.NextDouble());
        var rater = await TestRater.JoinAsync(client, database, study);
        while (await rater.AnswerAsync(study, _ => random.Next(1, 6).ToString(CultureInfo.InvariantCulture)))
            await Task.Delay(pause * (0.5 + random.NextDouble()));
    }
}
