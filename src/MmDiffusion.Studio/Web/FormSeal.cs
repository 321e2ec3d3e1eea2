using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Web;

/// <summary>A field that only the rater's own page can have put into a form.</summary>
internal static class FormSeal
{
    private const string Field = "seal";
    private const string Purpose = "form";

    internal static Html Input(StudyRow study, RaterRow rater) => Input(study, rater.Id);

    internal static Html Input(StudyRow study, string owner) => Html.Of($"""<input type="hidden" name="{Field}" value="{Seal.Of(study.Secret, Purpose, owner)}">""");

    internal static bool Fits(StudyRow study, RaterRow rater, PostedForm form) => Fits(study, rater.Id, form);

    internal static bool Fits(StudyRow study, string owner, PostedForm form) => Seal.Fits(study.Secret, Purpose, owner, form.Text(Field));
}
