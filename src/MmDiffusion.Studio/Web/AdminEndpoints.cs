using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MmDiffusion.Studio.Administration;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Web.Pages;

namespace MmDiffusion.Studio.Web;

/// <summary>The administrator's page and what it offers.</summary>
internal static class AdminEndpoints
{
    internal static void MapAdministration(this IEndpointRouteBuilder routes)
    {
        routes.MapRead("/admin", Show);
        // Wrong tokens are slowed down by the guard: raters of the same address have limits of their own.
        routes.MapPost("/admin/login", LogIn);
        routes.MapPost("/admin/logout", async (StudyAdministration administration, HttpContext context) =>
        {
            await AdminCookie.TakeAsync(context, administration);
            return Answers.SeeOther("/admin");
        });
        routes.MapRead("/admin/progress", Guarded(async (study, administration, context) =>
            Results.Json(await administration.ProgressAsync(study, context.RequestAborted))));
        routes.MapPost("/admin/state", Posted(SetState));
        routes.MapPost("/admin/delete", Posted(Delete));
        routes.MapRead(
            "/admin/report",
            Guarded(async (study, _, context) => Answers.Page(StudyReportPage.Of(await ReportOf(study, context), standalone: false))));
        routes.MapRead(
            "/admin/report.json",
            Guarded(async (study, _, context) => Results.Text(StudyReports.ToJson(await ReportOf(study, context)), "application/json")));
        routes.MapRead("/admin/export.csv", Guarded(async (study, _, context) =>
            Results.Text(
                StudyExport.ToCsv(await StudyRecords.LoadAsync(Database(context), study, context.RequestAborted)),
                "text/csv; charset=utf-8")));
    }

    private static async Task<IResult> Show(StudyAdministration administration, HttpContext context) =>
        await AdminCookie.ReadAsync(context, administration) is { } study
            ? Answers.Page(AdminPage.Of(
                study,
                await administration.ProgressAsync(study, context.RequestAborted),
                $"{context.Request.Scheme}://{context.Request.Host}"))
            : Answers.Page(AdminPage.LogIn());

    private static async Task<IResult> LogIn(StudyAdministration administration, GuessGuard guard, HttpContext context)
    {
        if (await PostedForm.ReadAsync(context.Request, context.RequestAborted) is not { } form) return Answers.Malformed();
        if (await administration.FindByTokenAsync(form.Text(AdminPage.Token).Trim(), context.RequestAborted) is not { } study)
            return guard.Refuse(context);
        AdminCookie.Give(context, study);
        return Answers.SeeOther("/admin");
    }

    private static async Task<IResult> SetState(StudyRow study, PostedForm form, StudyAdministration administration, HttpContext context)
    {
        // Not by parsing, which adds up several names and takes numbers.
        if (Enum.GetValues<StudyState>().Where(value => value.ToString() == form.Text(AdminPage.State)).ToList() is not [var state])
            return Answers.Malformed();
        await administration.SetStateAsync(study, state, context.RequestAborted);
        return Answers.SeeOther("/admin");
    }

    private static async Task<IResult> Delete(StudyRow study, PostedForm form, StudyAdministration administration, HttpContext context) =>
        await administration.DeleteRaterAsync(
            study,
            form.Text(AdminPage.Code).Trim().ToUpperInvariant(),
            context.RequestAborted) is { } traces
            ? Answers.Page(MessagePage.Of("Deleted", $"The rater and all their answers are gone. {MessagePage.Left(traces)}", "/admin"))
            : Answers.Page(
                MessagePage.Of(
                    "Nobody has this code",
                    "Nothing was deleted now: either it is not the whole code, or the rater was deleted before.",
                    "/admin"),
                StatusCodes.Status404NotFound);

    private static async Task<StudyReport> ReportOf(StudyRow study, HttpContext context) =>
        ReportBuilder.Build(await StudyRecords.LoadAsync(Database(context), study, context.RequestAborted));

    private static StudyDatabase Database(HttpContext context) => (StudyDatabase)context.RequestServices.GetService(typeof(StudyDatabase))!;

    private static Func<StudyAdministration, HttpContext, Task<IResult>> Guarded(
        Func<StudyRow, StudyAdministration, HttpContext, Task<IResult>> answer) =>
        async (administration, context) => await AdminCookie.ReadAsync(context, administration) is { } study
            ? await answer(study, administration, context)
            : Answers.Page(AdminPage.LogIn(), StatusCodes.Status403Forbidden);

    private static Func<StudyAdministration, HttpContext, Task<IResult>> Posted(
        Func<StudyRow, PostedForm, StudyAdministration, HttpContext, Task<IResult>> answer) =>
        Guarded(async (study, administration, context) =>
            await PostedForm.ReadAsync(context.Request, context.RequestAborted) is { } form && FormSeal.Fits(study, AdminPage.Owner, form)
                ? await answer(study, form, administration, context)
                : Answers.Malformed());
}
