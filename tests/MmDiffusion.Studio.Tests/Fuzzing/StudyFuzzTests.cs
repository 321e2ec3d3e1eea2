using System.Text;
using Microsoft.AspNetCore.Http;
using MmDiffusion.Media;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Web;
using MmDiffusion.Testing.Fuzzing;

namespace MmDiffusion.Studio.Tests.Fuzzing;

[Trait("group", "unit")]
public class WrongPlanTests
{
    [Fact]
    public void A_plan_in_which_a_value_is_not_as_it_should_be_is_refused_in_a_sentence()
    {
        Fuzz.EachValue(new StudyPlan().ToJson(), json => StudyPlan.FromJson(json));
        Assert.Contains(
            "'kind' is 7, which has no meaning",
            Assert.ThrowsAny<MmDiffusionException>(() => StudyPlan.FromJson("""{"kind":7}""")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "'exclusions' is null",
            Assert.ThrowsAny<MmDiffusionException>(() => StudyPlan.FromJson("""{"exclusions":null}""")).Message,
            StringComparison.Ordinal);
    }
}

[Trait("group", "fuzz")]
[Collection("fuzz")]
public class StudyFuzzTests
{
    [Fact]
    public void Plans() => Fuzz.Run(new JsonMutator([new StudyPlan().ToJson()]), json => StudyPlan.FromJson(Encoding.UTF8.GetString(json)));

    [Theory]
    [InlineData(StudyKind.Mos, "seal=abc&plays=1&seconds=2.5&comment=good%0Aone&video_quality=4&audio_quality=5&alignment=3&ticket0=a.b.c")]
    [InlineData(StudyKind.Pairwise, "seal=abc&plays=1&seconds=2.5&comment=&preference=1&why_video=on&ticket0=a.b.c&ticket1=d.e.f")]
    public void Posted_forms(StudyKind kind, string form)
    {
        var accepted = 0;
        var mutator = ByteMutator.OfText(
            [form], "&", "=", "%00", "%", "%ff", "+", ";", "[]", "1e400", "NaN", "-1", "comment", "video_quality=4", "\u00e4", "%ud800",
            "\r\n");
        Fuzz.Run(mutator, bytes =>
        {
            var context = new DefaultHttpContext();
            context.Request.ContentType = "application/x-www-form-urlencoded";
            context.Request.Body = new MemoryStream(bytes);
            if (PostedForm.ReadAsync(context.Request, CancellationToken.None).GetAwaiter().GetResult() is not { } posted) return;
            if (SubmissionForm.Read(posted, kind) is not { } submission) return;
            accepted++;
            Assert.All(submission.Values, value => Assert.InRange(value, 1, 7));
            Assert.InRange(submission.Comment.Length, 0, Submission.LongestComment);
            Assert.DoesNotContain('\0', submission.Comment);
            Assert.True(double.IsFinite(submission.Seconds));
        });
        Assert.InRange(accepted, kind == StudyKind.Mos ? 100 : 0, Fuzz.Mutations);
    }

    [Fact]
    public void Forms_in_parts()
    {
        const string form = "--x\r\nContent-Disposition: form-data; name=\"video_quality\"\r\n\r\n4\r\n--x\r\nContent-Disposition: "
            + "form-data; name=\"comment\"\r\n\r\ngood\r\n--x--\r\n";
        Fuzz.Run(
            ByteMutator.OfText(
                [form], "--x", "\r\n", "name=\"\"", "filename=\"a\"", ";", "\"", "\0", "Content-Type: text/plain; charset=utf-7"),
            bytes =>
            {
                var context = new DefaultHttpContext();
                context.Request.ContentType = "multipart/form-data; boundary=x";
                context.Request.Body = new MemoryStream(bytes);
                if (PostedForm.ReadAsync(context.Request, CancellationToken.None).GetAwaiter().GetResult() is { } posted)
                    SubmissionForm.Read(posted, StudyKind.Mos);
            });
    }
}
