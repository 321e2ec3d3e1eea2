using System.Net;
using System.Text.RegularExpressions;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>A rater who does by HTTP what the page does in a browser.</summary>
internal sealed partial class TestRater(HttpClient client, string path)
{
    /// <summary>The rater's link, such as /r/abc.</summary>
    internal string Path { get; } = path;

    internal string Token => Path["/r/".Length..];

    internal HttpClient Client => client;

    /// <summary>Joins and passes the sound check.</summary>
    internal static async Task<TestRater> JoinAsync(HttpClient client, StudyDatabase database, StudyRow study)
    {
        var rater = await JoinOnlyAsync(client, study);
        var page = await rater.PageAsync();
        await rater.PostAsync($"{rater.Path}/sound", rater.SoundAnswers(database, study, page));
        return rater;
    }

    /// <summary>Joins, no more.</summary>
    internal static async Task<TestRater> JoinOnlyAsync(HttpClient client, StudyRow study)
    {
        var consent = await client.GetStringAsync($"/s/{study.JoinToken}");
        using var joined = await client.PostAsync(
            $"/s/{study.JoinToken}",
            new FormUrlEncodedContent(
                new Dictionary<string, string> { ["invitation"] = Hidden(consent, "invitation"), ["consent"] = "on" }));
        Require(joined, HttpStatusCode.SeeOther);
        return new TestRater(client, joined.Headers.Location!.ToString());
    }

    internal Task<string> PageAsync() => client.GetStringAsync(Path);

    /// <summary>The right answers to the sound check, which only the server knows.</summary>
    internal Dictionary<string, string> SoundAnswers(StudyDatabase database, StudyRow study, string page)
    {
        using var context = database.Read();
        var hash = Studies.RandomId.Hash(Token);
        var row = context.Raters.Single(rater => rater.TokenHash == hash);
        var answers = new Dictionary<string, string>
        {
            ["seal"] = Hidden(page, "seal"),
            ["attempt"] = Hidden(page, "attempt"),
            ["beeps"] = $"{SoundCheck.BeepCount(study, row)}",
        };
        for (var trial = 0; trial < SoundCheck.Trials; trial++) answers[$"tone{trial}"] = $"{SoundCheck.SoftestTone(study, row, trial)}";
        return answers;
    }

    internal async Task<HttpResponseMessage> PostAsync(string address, Dictionary<string, string> fields) =>
        await client.PostAsync(address, new FormUrlEncodedContent(fields));

    /// <summary>Fetches the clips of a page.</summary>
    /// <returns>The form of the answer, with the tickets.</returns>
    internal async Task<Dictionary<string, string>> FetchClipsAsync(string page, Func<string, string> answer)
    {
        var fields = new Dictionary<string, string>
        {
            ["seal"] = Hidden(page, "seal"),
            ["plays"] = "1",
            ["seconds"] = "2.5",
            ["comment"] = "",
        };
        foreach (var name in RadioNames().Matches(page).Select(match => match.Groups[1].Value).Distinct()) fields[name] = answer(name);
        foreach (Match clip in Media().Matches(page))
        {
            using var response = await client.GetAsync(clip.Groups[1].Value);
            Require(response, HttpStatusCode.OK);
            await response.Content.ReadAsByteArrayAsync();
            fields[clip.Groups[2].Value] = response.Headers.GetValues("X-Ticket").Single();
        }

        return fields;
    }

    /// <summary>Plays and answers what the page shows.</summary>
    /// <returns>Whether there was something to answer.</returns>
    internal async Task<bool> AnswerAsync(StudyRow study, Func<string, string> answer)
    {
        var page = await PageAsync();
        if (AnswerPath(page) is not { } address) return false;
        var fields = await FetchClipsAsync(page, answer);
        await WaitToEndAsync(study, fields);
        using var response = await PostAsync(address, fields);
        Require(response, HttpStatusCode.SeeOther);
        return true;
    }

    /// <summary>As long as the clips play.</summary>
    internal static Task WaitToEndAsync(StudyRow study, Dictionary<string, string> fields) =>
        Task.Delay(TimeSpan.FromSeconds(
            study.ClipSeconds * fields.Keys.Count(name => name.StartsWith("ticket", StringComparison.Ordinal)) + 0.01));

    /// <summary>Where the page sends its answer; null where there is nothing to answer.</summary>
    internal static string? AnswerPath(string page) => Form().Match(page) is { Success: true } match ? match.Groups[1].Value : null;

    internal static IReadOnlyList<string> MediaPaths(string page) => [.. Media().Matches(page).Select(match => match.Groups[1].Value)];

    internal static string Hidden(string page, string name) =>
        Regex.Match(page, $"""name="{name}" value="([^"]*)" """.TrimEnd()).Groups[1].Value;

    /// <summary>Without a test library: benchmarks use raters, too.</summary>
    private static void Require(HttpResponseMessage response, HttpStatusCode expected)
    {
        if (response.StatusCode != expected)
            throw new InvalidOperationException(
                $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri} gave {response.StatusCode}, expected {expected}");
    }

    [GeneratedRegex("""<section class="clip" data-media="([^"]+)" data-ticket="([^"]+)\x22""")]
    private static partial Regex Media();

    [GeneratedRegex("""action="(/r/[^"]+/answers/[^"]+)\x22""")]
    private static partial Regex Form();

    [GeneratedRegex("""<input type="radio" name="([^"]+)\x22""")]
    private static partial Regex RadioNames();
}
