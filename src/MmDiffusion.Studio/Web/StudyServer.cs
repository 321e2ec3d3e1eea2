using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MmDiffusion.Media;
using MmDiffusion.Studio.Administration;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Web;

/// <summary>The web server of all studies in a database.</summary>
public static class StudyServer
{
    private const long LargestBody = 16 << 10;

    /// <summary>Makes a server, which does not listen yet.</summary>
    /// <param name="database">The studies.</param>
    /// <param name="options">Addresses and limits.</param>
    /// <param name="logging">Where the log goes; null for the console. It holds neither links, addresses nor answers.</param>
    /// <exception cref="MmDiffusionException">An option is out of range.</exception>
    public static WebApplication Create(StudyDatabase database, StudioOptions options, Action<ILoggingBuilder>? logging = null)
    {
        options.Validate();
        // Neither files of the folder it is started in nor environment variables change what the server does.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(StudyServer).Assembly.GetName().Name,
        });
        builder.WebHost.UseKestrelCore().UseUrls(options.Urls).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MaxRequestHeadersTotalSize = (int)LargestBody;
        });
        // Information of ASP.NET names addresses, and with them raters' links.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None)
            // Whoever starts the server gets the exception and tells it.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        (logging ?? (log => log.AddSimpleConsole(console => console.SingleLine = true)))(builder.Logging);
        builder.Services.AddRoutingCore();
        builder.Services
            .AddSingleton(database)
            .AddSingleton(options)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<RaterSessions>()
            .AddSingleton<StudyAdministration>()
            .AddSingleton<MediaCache>()
            .AddSingleton<GuessGuard>()
            .AddSingleton<Health>();
        builder.Services.AddRateLimits(options);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        var app = builder.Build();
        database.Observer = Failures.Observe(app.Services);
        if (options.BehindProxy)
            app.UseForwardedHeaders(new ForwardedHeadersOptions
            {
                ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            });
        app.UseSecurityHeaders();
        app.UseFailures();
        app.UseSameOrigin();
        app.UseRouting();
        app.UseRateLimiter();
        app.MapAssets();
        app.MapJoin();
        app.MapRater();
        app.MapAdministration();
        app.MapHealth();
        return app;
    }
}
