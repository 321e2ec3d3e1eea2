using System.Text;
using System.Text.Json;
using MmDiffusion.Collectives;
using MmDiffusion.Data.Filtering;
using MmDiffusion.Distributed;
using MmDiffusion.Testing.Fuzzing;

namespace MmDiffusion.Training.Tests.Fuzzing;

[Trait("group", "fuzz")]
[Collection("fuzz")]
public sealed class ParserFuzzTests : IDisposable
{
    private const string Segments = "# Segments csv created Sun Mar  5 10:54:31 2017\n# num_ytids=2\n# YTID, "
    + "start_seconds, end_seconds, positive_labels\n"
        + "--4gqARaEJE, 0.000, 10.000, \"/m/068hy,/m/07q6cd_\"\n--BfvyPmVMo, 20.000, 30.000, \"/m/03l9g\"\n";

    private readonly Inputs _inputs = new();
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("model")]
    [InlineData("upscaler")]
    [InlineData("sections")]
    [InlineData("training")]
    [InlineData("state")]
    [InlineData("pack")]
    [InlineData("shard")]
    public void Json_of_settings(string name) =>
        Assert.InRange(
            Fuzz.Run(new JsonMutator([_inputs.All[name].Json]), json => _inputs.Read(name, json)).Refused,
            Fuzz.Mutations / 10,
            Fuzz.Mutations - 100);

    /// <summary>What is damaged is not used, which is no failure.</summary>
    [Theory]
    [InlineData("manifest")]
    [InlineData("index")]
    [InlineData("doctor")]
    public void Json_that_only_saves_work(string name) =>
        Assert.Equal(0, Fuzz.Run(new JsonMutator([_inputs.All[name].Json]), json => _inputs.Read(name, json)).Refused);

    [Fact]
    public void Lists_of_files() => Fuzz.Run(
        ByteMutator.OfText(
            ["# comment\nа/b.mp4\n  c d.mp4  \n\\#e.mp4\r\n\"f\"\n"], "#", "\\", "\n", "\r\n", "\0", "\"", "\u0085", "\uFEFF"),
        Fuzz.OfFile(_folder["list.txt"], path => FileList.Read(path)));

    [Fact]
    public void Tables_of_segments() => Fuzz.Run(
        ByteMutator.OfText([Segments], ".", ",", "\"", "1e400", "NaN", "999999999999", "0.0000.000", "-1", " ", "#"),
        Fuzz.OfFile(_folder["segments.csv"], path => AudioSetSegments.Read(path).Find("--4gqARaEJE.mp4")));

    [Fact]
    public void Messages_between_ranks()
    {
        var step = JsonSerializer.Serialize(new RankStep(1.5, [new PartLoss([1, 999], [0.5f, 0.25f], 0.4, 0.2, 0.2)]));
        Fuzz.Run(new JsonMutator([step]), json => CollectiveExtensions.ReadMessage<RankStep>(json, 1));
        Fuzz.Run(new JsonMutator(["""["host","0.1.0","digest"]"""]), json => CollectiveExtensions.ReadMessage<string[]>(json, 1));
    }

    [Fact]
    public void Bytes_between_ranks()
    {
        byte[] gathered = [5, 0, 0, 0, 0xfa, 0xff, 0xff, 0xff, .. Encoding.UTF8.GetBytes("hello")];
        Fuzz.Run(new ByteMutator([gathered]), bytes =>
        {
            using var ranks = new TreeCollective(new OneAnswer(bytes, rank: 0));
            ranks.AllGather("own"u8);
        });
        byte[] numbers = [2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
        Fuzz.Run(new ByteMutator([numbers]), bytes =>
        {
            var handout = new Handout(new OneAnswer(bytes, rank: 1), 3);
            for (var i = 0; i < 4; i++)
                if (handout.Next() is not { } number) break;
                else Assert.InRange(number, 0, 2);
        });
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _folder.Dispose();
    }

    /// <summary>One of two ranks, to which the other sends given bytes, then nothing more.</summary>
    private sealed class OneAnswer(byte[] bytes, int rank) : ITransport
    {
        private int _at;

        public int Rank => rank;

        public int Size => 2;

        public void Exchange(ReadOnlySpan<byte> send, int to, Span<byte> receive, int from, Channel channel)
        {
            if (receive.Length > bytes.Length - _at) throw new RankLostException(1 - rank, rank);
            bytes.AsSpan(_at, receive.Length).CopyTo(receive);
            _at += receive.Length;
        }

        public int? TryReceive(Span<byte> receive, Channel channel) => null;

        public void Dispose()
        {
        }
    }
}
