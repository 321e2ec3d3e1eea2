using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using FsCheck;
using FsCheck.Experimental;
using FsCheck.Fluent;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Tests.Fixtures;

namespace MmDiffusion.Studio.Tests.Sessions;

/// <summary>
/// The queue against a model of it, over random runs of writes that are good, bad or given up and of commits that succeed, fail or find the
/// database away: after each step the same writes are being committed, and every caller was told the same.
/// </summary>
[Trait("group", "unit")]
public sealed class WriteQueueModelTests : IAsyncLifetime
{
    private readonly TemporaryStudies _studies = new();
    private SessionBatch _batch = null!;

    public async ValueTask InitializeAsync()
    {
        var study = await TestStudy.InsertAsync(_studies.Database, TestStudy.SmallPlan);
        await using var context = _studies.Database.Read();
        _batch = await SessionBatch.LoadAsync(context, study.Id, [], 0, 0);
    }

    public ValueTask DisposeAsync()
    {
        _studies.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Whatever_commits_do_every_write_is_told_once_and_stored_only_if_told_so() =>
        new Specification(_batch).ToProperty().Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(40));

    private enum Outcome
    {
        Works,
        Fails,
        FindsNoDatabase,
    }

    /// <summary>What should be.</summary>
    /// <param name="Writes">Whether each is good, in the order in which they were added.</param>
    /// <param name="Told">What the caller of each was told.</param>
    /// <param name="GivenUp">Those whose callers went away.</param>
    /// <param name="Waiting">Those that wait for a commit.</param>
    /// <param name="Committing">Those in the commit that is being done.</param>
    /// <param name="Alone">Those that are still to be tried alone, because a commit with them failed.</param>
    /// <param name="Commits">How many were begun.</param>
    private sealed record Model(
        ImmutableList<bool> Writes,
        ImmutableDictionary<int, string> Told,
        ImmutableHashSet<int> GivenUp,
        ImmutableList<int> Waiting,
        ImmutableList<int> Committing,
        ImmutableList<int> Alone,
        int Commits)
    {
        internal static Model Empty { get; } = new([], ImmutableDictionary<int, string>.Empty, [], [], [], [], 0);

        internal string State =>
            Describe(
                Commits,
                Committing,
                Enumerable.Range(0, Writes.Count).Select(write => Told.GetValueOrDefault(write, "waits")),
                Stored);

        private IEnumerable<int> Stored => Told.Where(told => told.Value == "stored").Select(told => told.Key);

        internal Model Add(bool isGood) => (this with { Writes = Writes.Add(isGood), Waiting = Waiting.Add(Writes.Count) }).Begin();

        internal Model GiveUp(int write) => this with { GivenUp = GivenUp.Add(write) };

        internal Model End(Outcome outcome)
        {
            var all = Committing;
            var ended = this with { Committing = [] };
            if (outcome == Outcome.FindsNoDatabase && all.TrueForAll(write => Writes[write]))
                return (ended.Tell([.. all, .. Alone], "failed") with { Alone = [] }).Begin();
            if (outcome == Outcome.Works && all.TrueForAll(write => Writes[write])) return ended.Tell(all, "stored").Begin();
            return (all.Count == 1 ? ended.Tell(all, "failed") : ended with { Alone = all }).Begin();
        }

        internal static string Describe(int commits, IEnumerable<int> committing, IEnumerable<string> told, IEnumerable<int> stored) =>
            $"commit {commits} of [{string.Join(' ', committing)}], told [{string.Join(' ', told)}], stored "
            + $"[{string.Join(' ', stored.Order())}]";

        private Model Tell(IEnumerable<int> writes, string what) =>
            this with { Told = Told.SetItems(writes.Select(write => KeyValuePair.Create(write, what))) };

        private Model Begin()
        {
            if (Committing.Count > 0) return this;
            if (Alone.Count > 0) return this with { Committing = [Alone[0]], Alone = Alone.RemoveAt(0), Commits = Commits + 1 };
            var (left, next) = (Waiting.FindAll(GivenUp.Contains), Waiting.FindAll(write => !GivenUp.Contains(write)));
            var begun = Tell(left, "given up") with { Waiting = [], Committing = next };
            return next.Count > 0 ? begun with { Commits = Commits + 1 } : begun;
        }
    }

    /// <summary>The queue, with a commit that waits for the test and then does what it says.</summary>
    private sealed class Actual
    {
        private readonly SessionBatch _batch;
        private readonly WriteQueue _queue;
        private readonly List<(Task Told, CancellationTokenSource Caller)> _writes = [];
        private readonly ConcurrentDictionary<int, int> _stored = new();
        private volatile Attempt? _attempt;
        private int _commits;

        internal Actual(SessionBatch batch)
        {
            _batch = batch;
            _queue = new WriteQueue(CommitAsync);
        }

        private string State => Model.Describe(
            Volatile.Read(ref _commits), _attempt?.Writes ?? [],
            _writes.Select(write => write.Told.Status switch
            {
                TaskStatus.RanToCompletion => "stored",
                TaskStatus.Faulted => "failed",
                TaskStatus.Canceled => "given up",
                _ => "waits",
            }),
            _stored.SelectMany(pair => Enumerable.Repeat(pair.Key, pair.Value)));

        internal void Add(bool isGood)
        {
            var (name, caller) = (_writes.Count, new CancellationTokenSource());
            _writes.Add(
                (_queue.AddAsync($"{name}", (_, _) => isGood ? name : throw new InvalidOperationException("bad"), caller.Token), caller));
        }

        internal void GiveUp(int write) => _writes[write].Caller.Cancel();

        internal void End(Outcome outcome) => _attempt!.Outcome.SetResult(outcome);

        /// <summary>Whether it comes to where the model is; a queue that hangs does not.</summary>
        internal Property Reaches(Model model) =>
            SpinWait.SpinUntil(() => State == model.State, TimeSpan.FromSeconds(10)).Label($"expected {model.State}, found {State}");

        private async Task CommitAsync(IReadOnlyList<PendingWrite> writes)
        {
            int[] names = [.. writes.Select(write => int.Parse(write.TokenHash, CultureInfo.InvariantCulture))];
            var attempt = new Attempt(names, new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously));
            Interlocked.Increment(ref _commits);
            _attempt = attempt;
            var outcome = await attempt.Outcome.Task;
            _attempt = null;
            foreach (var write in writes) write.Do(_batch);
            if (outcome == Outcome.Fails) throw new InvalidOperationException("constraint");
            if (outcome == Outcome.FindsNoDatabase) throw new IOException("no space left");
            foreach (var name in names) _stored.AddOrUpdate(name, 1, (_, times) => times + 1);
        }

        private sealed record Attempt(IReadOnlyList<int> Writes, TaskCompletionSource<Outcome> Outcome);
    }

    private sealed class Specification(SessionBatch batch) : Machine<Actual, Model>
    {
        public override Arbitrary<Setup<Actual, Model>> Setup => Gen.Fresh(() => (Setup<Actual, Model>)new Start(batch)).ToArbitrary();

        public override Gen<Operation<Actual, Model>> Next(Model model) => Gen.OneOf(
            Gen.Elements(true, true, true, false).Select(Operation (isGood) => new Add(isGood)),
            Gen.Choose(0, 30).Select(Operation (write) => new GiveUp(write)),
            Gen.Elements(Outcome.Works, Outcome.Works, Outcome.Fails, Outcome.FindsNoDatabase).Select(Operation (outcome) =>
                new End(outcome))).Select(Operation<Actual, Model> (operation) => operation);
    }

    private sealed class Start(SessionBatch batch) : Setup<Actual, Model>
    {
        public override Actual Actual() => new(batch);

        public override Model Model() => WriteQueueModelTests.Model.Empty;
    }

    private abstract class Operation : Operation<Actual, Model>
    {
        public override Property Check(Actual actual, Model model)
        {
            Do(actual);
            return actual.Reaches(model);
        }

        protected abstract void Do(Actual actual);
    }

    private sealed class Add(bool isGood) : Operation
    {
        public override Model Run(Model model) => model.Add(isGood);

        public override string ToString() => isGood ? "add" : "add bad";

        protected override void Do(Actual actual) => actual.Add(isGood);
    }

    private sealed class GiveUp(int write) : Operation
    {
        public override bool Pre(Model model) => model.Waiting.Contains(write) && !model.GivenUp.Contains(write);

        public override Model Run(Model model) => model.GiveUp(write);

        public override string ToString() => $"give up {write}";

        protected override void Do(Actual actual) => actual.GiveUp(write);
    }

    private sealed class End(Outcome outcome) : Operation
    {
        public override bool Pre(Model model) => model.Committing.Count > 0;

        public override Model Run(Model model) => model.End(outcome);

        public override string ToString() => $"commit {outcome}";

        protected override void Do(Actual actual) => actual.End(outcome);
    }
}
