using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Fixtures;
using MmDiffusion.Studio.Web;

namespace MmDiffusion.Studio.Tests.Web;

/// <summary>How clips are sent.</summary>
public sealed class MediaTests
{
    private static readonly StudyPlan Plan = new() { RatersPerClip = 50, ClipsPerRater = 1, AttentionChecks = 0, Duplicates = 0 };

    [Fact]
    [Trait("group", "unit")]
    public async Task A_piece_that_many_wait_for_is_read_once()
    {
        using var studies = new TemporaryStudies();
        await TestStudy.InsertAsync(studies.Database, Plan, clips: 1, media: () => RandomNumberGenerator.GetBytes((2 << 20) + 5));
        using var cache = new MediaCache(studies.Database);
        string clip;
        byte[] stored;
        using (var context = studies.Database.Read())
            (clip, stored) = context.Media.AsEnumerable().Select(media => (media.ClipId, media.Bytes)).First();
        using var leaving = new CancellationTokenSource();
        Task<byte[]>[] reads = [.. Enumerable.Range(0, 40).Select(_ => cache.ReadAsync(clip, 1, default))];
        var left = cache.ReadAsync(clip, 2, leaving.Token);
        await leaving.CancelAsync();
        var last = await cache.ReadAsync(clip, 2, default);
        Assert.Single((await Task.WhenAll(reads)).Distinct());
        Assert.Equal(stored[(1 << 20)..(2 << 20)], await reads[0]);
        Assert.Equal(stored[(2 << 20)..], last);
        await left.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    /// <summary>The raters of 16 clips of 12 MB who have read the first bytes only.</summary>
    [Fact]
    [Trait("group", "slow")]
    [Trait("group", "unit")]
    public async Task Slow_readers_of_long_clips_keep_little_in_memory_and_get_all_of_it()
    {
        const int clips = 16, length = 12 << 20;
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, Plan, clips: clips / 2, media: () =>
            RandomNumberGenerator.GetBytes(length));
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var readers = new List<Stream>();
        for (var i = 0; i < clips; i++)
        {
            var rater = await TestRater.JoinAsync(client, studies.Database, study);
            var response = await client.GetAsync(
                TestRater.MediaPaths(await rater.PageAsync())[0],
                HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(length, response.Content.Headers.ContentLength);
            readers.Add(await response.Content.ReadAsStreamAsync());
        }

        await Task.Delay(300);
        // The cache and a piece for each; whole clips would be 192 MB, and as much again on their way.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 150 << 20);
        var hashes = new List<string>();
        foreach (var reader in readers.Take(3)) hashes.Add(Convert.ToHexString(await SHA256.HashDataAsync(reader)));
        foreach (var reader in readers) await reader.DisposeAsync();
        using var context = studies.Database.Read();
        Assert.Subset(
            context.Media.AsEnumerable().Select(media => Convert.ToHexString(SHA256.HashData(media.Bytes))).ToHashSet(),
            hashes.ToHashSet());
    }

    /// <summary>In a server of a process of its own.</summary>
    [Fact]
    [Trait("group", "slow")]
    public async Task Forty_slow_readers_of_clips_of_30_MB_take_less_than_500_MB_of_the_server()
    {
        using var folder = new TemporaryFolder();
        var address = $"sqlite:{folder["studies.db"]}";
        using var database = StudyDatabase.Open(address);
        // Stored forty times, in memory once: the test is not to need what it measures.
        var clip = RandomNumberGenerator.GetBytes(30_000_000);
        var study = await TestStudy.InsertAsync(database, Plan, clips: 20, media: () => clip);
        await using var server = await ServerProcess.StartAsync(address);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = server.Address,
        };
        var before = server.WorkingSet;
        var sockets = new List<Socket>();
        for (var i = 0; i < 40; i++)
        {
            var rater = await TestRater.JoinAsync(client, database, study);
            var path = TestRater.MediaPaths(await rater.PageAsync())[0];
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(server.Address.Host, server.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n\r\n"));
            sockets.Add(socket);
        }

        await Task.Delay(3000);
        Assert.InRange(server.WorkingSet - before, long.MinValue, 500L << 20);
        sockets.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [Trait("group", "unit")]
    [InlineData(100, 300)]
    [InlineData(MediaCache.PieceBytes - 40, 8)]
    [InlineData(MediaCache.PieceBytes - 3, 5000)]
    [InlineData(3 * MediaCache.PieceBytes, 100_000)]
    public async Task What_is_sent_of_a_clip_differs_for_every_rater_in_what_pads_it_alone(int samples, int padding)
    {
        var file = Mp4(samples);
        var stored = StudyMedia.Pad(file, file.Length + padding);
        using var studies = new TemporaryStudies();
        var study = await TestStudy.InsertAsync(studies.Database, Plan with { Kind = StudyKind.Turing }, clips: 1, media: () => stored);
        await using var server = await RunningServer.StartAsync(studies.Database);
        using var client = server.NewClient();
        var sent = new List<byte[]>();
        for (var i = 0; i < 3; i++)
        {
            var rater = await TestRater.JoinAsync(client, studies.Database, study);
            sent.Add(await client.GetByteArrayAsync(TestRater.MediaPaths(await rater.PageAsync())[0]));
        }

        foreach (var bytes in sent)
        {
            Assert.Equal(stored.Length, bytes.Length);
            // The samples are where they were, and the last box holds them and all that follows.
            var start = file.Length - samples;
            Assert.Equal(file[start..], bytes[start..file.Length]);
            Assert.Equal(["ftyp", "moov", "mdat"], Boxes(bytes).Select(box => box.Type));
            Assert.Equal(Boxes(file).Take(2), Boxes(bytes).Take(2));
        }

        // Of a padding of a header alone there are few.
        if (padding > 16) Assert.Equal(3, sent.Select(bytes => Convert.ToHexString(SHA256.HashData(bytes))).Distinct().Count());
    }

    [Theory]
    [Trait("group", "unit")]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(2000)]
    public async Task A_file_without_boxes_is_sent_as_it_is(int length)
    {
        var random = new Random(length);
        for (var i = 0; i < 50; i++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            var layout = await MediaLayout.FindAsync("clip", length, _ => Task.FromResult(bytes));
            Assert.Equal((length, length), (layout.Samples, layout.Padding));
        }
    }

    [Fact]
    [Trait("group", "web")]
    public async Task In_postgres_pieces_of_a_clip_are_those_of_the_clip()
    {
        using var database = StudyDatabase.Open(PostgresCluster.NewDatabase());
        await TestStudy.InsertAsync(database, Plan, clips: 1, media: () => RandomNumberGenerator.GetBytes(2_500_000));
        using var cache = new MediaCache(database);
        (string ClipId, byte[] Bytes) stored;
        using (var context = database.Read()) stored = context.Media.AsEnumerable().Select(media => (media.ClipId, media.Bytes)).First();
        Assert.Equal(stored.Bytes.Length, (await cache.FindAsync(stored.ClipId, default)).Length);
        byte[] read =
        [
            .. await cache.ReadAsync(stored.ClipId, 0, default),
            .. await cache.ReadAsync(stored.ClipId, 1, default),
            .. await cache.ReadAsync(stored.ClipId, 2, default),
        ];
        Assert.Equal(stored.Bytes, read);
    }

    private static byte[] Mp4(int samples) => [.. Box("ftyp", 12), .. Box("moov", 20), .. Box("mdat", samples)];

    private static byte[] Box(string type, int content)
    {
        var box = new byte[8 + content];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        Encoding.ASCII.GetBytes(type).CopyTo(box, 4);
        RandomNumberGenerator.Fill(box.AsSpan(8));
        return box;
    }

    private static List<(string Type, uint Size)> Boxes(byte[] file)
    {
        var boxes = new List<(string, uint)>();
        for (long offset = 0; offset < file.Length; offset += boxes[^1].Item2)
            boxes.Add((Encoding.ASCII.GetString(file, (int)offset + 4, 4), BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan((int)offset))));
        return boxes;
    }
}
