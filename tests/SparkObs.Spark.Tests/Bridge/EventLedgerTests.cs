using SparkObs.Spark.Bridge;
using SparkObs.Spark.Tracing;

namespace SparkObs.Spark.Tests.Bridge;

/// <summary>Every event that Spark posted is in one term, whatever happens to its line.</summary>
public sealed class EventLedgerTests : IAsyncDisposable
{
    private readonly TestBridge bridge = new(options => options with { MaxApplications = 10_000 });
    private readonly LedgerDriver driver = new();

    public ValueTask DisposeAsync() => bridge.DisposeAsync();

    [Fact]
    public void Each_term_is_counted_once()
    {
        driver.Post(30);
        driver.Ignored = 4;
        driver.BusDropped = 3;
        driver.Failed = 2;
        driver.BusQueued = 1;
        driver.Offer(8);
        driver.Offer(1, LedgerDriver.IgnoredByReader);
        driver.Drop(0, 3);
        driver.Offer(2, LedgerDriver.Unreadable);
        driver.DropCalls(5);
        driver.Drop(1, 2);
        driver.Offer(1, LedgerDriver.TooLong);
        driver.Drop(2, 1);
        driver.Offer(2);
        driver.Heartbeat();
        var session = Session("s");

        driver.SendTo(session);

        var expected = new EventLedger
        {
            Posted = 30, Ignored = 5, BusDropped = 3, BusQueued = 1, Failed = 2, DroppedTasks = 3, DroppedDetails = 2, DroppedStructure = 1,
            Unreadable = 2, TooLong = 1, Delivered = 10,
        };
        Assert.Equal(expected, session.ReadEvents());
        Assert.Equal((0L, 14L, 1L), (expected.Difference, expected.Lost, expected.Pending));
    }

    [Fact]
    public async Task Lines_that_come_again_over_connections_that_take_over_count_once()
    {
        driver.Post(30);
        driver.Offer(10);
        driver.Drop(0, 2);
        driver.Offer(8);
        driver.Heartbeat();
        driver.Offer(10);
        driver.Heartbeat();
        var clients = new List<BridgeClient>();
        foreach (var (first, last) in new[] { (1L, 7L), (1L, 10L), (3L, 20L), (1L, 31L), (21L, 32L) })
        {
            var (client, acknowledged) = await BridgeClient.AcceptedAsync(bridge, "s");
            clients.Add(client);
            await client.SendAsync(driver.LinesFrom(first, last));
            await client.WaitForAcknowledgementAsync(Math.Max(acknowledged, last));
        }

        Assert.Equal(new EventLedger { Posted = 30, DroppedTasks = 2, Delivered = 28 }, bridge.SessionOf("s").ReadEvents());
        Assert.Equal(0, bridge.SessionOf("s").ReadEvents().Difference);
        Assert.Equal((5L, 7L + 8 + 18 + 11), (bridge.SessionOf("s").ReadLedger().Connections, bridge.SessionOf("s").ReadLedger().Duplicates));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public void Line_that_is_delivered_and_dropped_is_delivered()
    {
        driver.Post(5);
        driver.Offer(5);
        driver.DropSent(0);
        driver.DropSent(2);
        driver.Heartbeat();
        var session = Session("s");

        driver.SendTo(session);

        Assert.Equal(new EventLedger { Posted = 5, Delivered = 5 }, session.ReadEvents());
    }

    [Fact]
    public void What_comes_after_a_heartbeat_was_on_the_bus_or_is_posted_since()
    {
        driver.Post(10);
        driver.BusQueued = 4;
        driver.Offer(6);
        driver.Heartbeat();
        driver.Offer(3);
        var session = Session("s");
        driver.SendTo(session);
        Assert.Equal(new EventLedger { Posted = 10, BusQueued = 1, Delivered = 9 }, session.ReadEvents());

        driver.Offer(3);
        driver.SendTo(session);
        Assert.Equal(new EventLedger { Posted = 12, Delivered = 12 }, session.ReadEvents());
    }

    [Fact]
    public void Gap_is_untold_until_the_next_heartbeat()
    {
        driver.Post(10);
        driver.Offer(4);
        driver.Heartbeat();
        driver.Drop(0, 2);
        driver.DropCalls(3);
        driver.Offer(4);
        var session = Session("s");
        driver.SendTo(session);
        // Of nine numbers since, six were on their way at the heartbeat; what the gap of five was is not known.
        Assert.Equal(new EventLedger { Posted = 13, Untold = 5, Delivered = 8 }, session.ReadEvents());

        driver.Heartbeat();
        driver.SendTo(session);
        Assert.Equal(new EventLedger { Posted = 10, DroppedTasks = 2, Delivered = 8 }, session.ReadEvents());
    }

    [Fact]
    public void What_an_earlier_bridge_had_is_lost_with_it_and_our_own_lines_are_not_events()
    {
        driver.Post(20);
        driver.Offer(6);
        driver.Heartbeat();
        driver.Drop(1);
        driver.Heartbeat();
        driver.Offer(3);
        driver.SendTo(Session("killed"));
        driver.Acknowledged(driver.Last);
        driver.Offer(10);
        driver.Heartbeat();
        var session = Session("restarted", driver.First);
        Assert.Equal(new EventLedger { LostWithBridge = 12 }, session.ReadEvents());

        driver.SendTo(session);

        Assert.Equal(new EventLedger { Posted = 20, DroppedDetails = 1, LostWithBridge = 9, Delivered = 10 }, session.ReadEvents());
        Assert.Equal(0, session.ReadEvents().Difference);
    }

    [Fact]
    public void Listener_alone_does_not_know_what_was_posted()
    {
        driver.Offer(4);
        driver.Drop(0);
        driver.Offer(line: """{"Event":"SparkObsHeartbeat","Time":1,"Ignored":2,"Failed":0,"Outbox Dropped":{"task":1,"detail":0,"structure":0},"In Memory":4}""");
        var session = Session("s");

        driver.SendTo(session);

        Assert.Equal(new EventLedger { Ignored = 2, DroppedTasks = 1, Delivered = 4 }, session.ReadEvents());
        Assert.Null(session.ReadEvents().Difference);
    }

    [Fact]
    public async Task Driver_that_is_killed_takes_along_what_its_bus_had_and_what_nobody_explains()
    {
        driver.Post(12);
        driver.BusQueued = 5;
        driver.Offer(7);
        driver.Heartbeat();
        driver.Offer(2);
        driver.Drop(0);
        driver.Offer(1);
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        await client.SendAsync(driver.LinesFrom(1));
        await client.WaitForAcknowledgementAsync(driver.Last);
        client.Dispose();
        await TestBridge.UntilAsync(() => !bridge.SessionOf("s").IsConnected);

        bridge.Time.Advance(TimeSpan.FromSeconds(60));
        await bridge.ClosedAsync("s");

        Assert.Equal(new EventLedger { Posted = 12, LostWithDriver = 2, Delivered = 10 }, bridge.SessionOf("s").ReadEvents());
    }

    [Fact]
    public void Event_that_the_listener_had_in_hand_was_on_the_bus()
    {
        // Ten were posted: seven had been offered, two were queued, and one was between.
        var ledger = new Ledger { Events = 7 };
        ledger.Hear(new Heartbeat { Posted = 10, BusQueued = 2 });
        Assert.Equal(new EventLedger { Posted = 10, BusQueued = 3, Delivered = 7 }, EventLedger.Of(ledger, closed: false, ended: false));
        Assert.Equal(new EventLedger { Posted = 10, LostWithDriver = 3, Delivered = 7 }, EventLedger.Of(ledger, closed: true, ended: false));

        ledger.Events += 4;
        Assert.Equal(new EventLedger { Posted = 11, Delivered = 11 }, EventLedger.Of(ledger, closed: true, ended: false));
    }

    [Fact]
    public void What_is_in_memory_is_lost_with_the_driver_and_what_is_in_its_spool_is_not()
    {
        // A heartbeat that overtakes: of ten missing numbers it says that four are in memory and three in the spool.
        var ledger = new Ledger { Events = 5, Missing = 10 };
        ledger.Hear(new Heartbeat { Posted = 15, InMemory = 4, InSpool = 3 });

        Assert.Equal(new EventLedger { Posted = 15, InMemory = 4, InSpool = 3, LostWithDriver = 3, Delivered = 5 }, EventLedger.Of(ledger, closed: false, ended: false));
        Assert.Equal(new EventLedger { Posted = 15, InSpool = 3, LostWithDriver = 7, Delivered = 5 }, EventLedger.Of(ledger, closed: true, ended: false));
    }

    [Fact]
    public void Whatever_happens_the_difference_is_zero()
    {
        for (var seed = 0; seed < 300; seed++)
            AssertExact(seed);
    }

    [Fact]
    public async Task Application_carries_its_terms()
    {
        var (client, _) = await BridgeClient.AcceptedAsync(bridge, "s");
        driver.Post(9);
        driver.Ignored = 2;
        driver.BusDropped = 1;
        driver.Offer(line: """{"Event":"SparkListenerApplicationStart","App Name":"report","App ID":"local-1","Timestamp":1,"User":"me"}""");
        driver.Offer(1, LedgerDriver.Unreadable);
        driver.Drop(0, 3);
        driver.Offer(line: """{"Event":"SparkListenerApplicationEnd","Timestamp":2}""");
        driver.Heartbeat();
        await client.SendAsync(driver.LinesFrom(1));
        await client.WaitForAcknowledgementAsync(driver.Last);
        client.Dispose();
        await bridge.ClosedAsync("s");

        var application = bridge.SinkOf("s").Spans.Single(span => span.Name == SpanNames.Application);
        Assert.Equal(
            [
                new("sparkobs.events.posted", 9L), new("sparkobs.events.delivered", 2L), new("sparkobs.events.ignored", 2L), new("sparkobs.events.lost", 5L),
                new("sparkobs.events.lost.bus", 1L), new("sparkobs.events.lost.outbox", 3L), new("sparkobs.events.lost.refused", 1L),
            ],
            application.Attributes.Where(attribute => attribute.Key.StartsWith("sparkobs.events.", StringComparison.Ordinal)));
    }

    private BridgeSession Session(string name, long first = 1) => bridge.Server.SessionOf(new Hello(name, "i", first, name, null, "3.5.3", "0.1.0"));

    /// <summary>A driver's life by chance, with bridges that are killed; its own counts are the truth.</summary>
    private void AssertExact(int seed)
    {
        var random = new Random(seed);
        var life = new LedgerDriver();
        var run = 0;
        var session = Session($"{seed}.{run}");
        var killedAt = 0L;
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(12))
            {
                case 0: life.Post(2); life.Ignored += 2; break;
                case 1: life.Post(1); life.BusDropped++; break;
                case 2: life.Post(1); life.Failed++; break;
                case 3: life.DropCalls(random.Next(3)); break;
                case 4: life.Post(1); life.Drop(random.Next(3)); break;
                case 5: life.Post(1); life.Offer(1, LedgerDriver.Unreadable); break;
                case 6: life.Post(1); life.Offer(1, LedgerDriver.IgnoredByReader); break;
                case 7: life.Heartbeat(); break;
                case 8:
                    // A connection that breaks somewhere; the next one begins with what is not acknowledged, which the bridge may have.
                    life.SendTo(session, life.First, life.First + random.Next((int)(life.Last - life.First) + 2));
                    if (random.Next(2) == 0)
                        life.Acknowledged(session.Adopt());
                    break;
                case 9 when random.Next(4) == 0:
                    // It has told that it has everything, and is killed; the next one knows nothing.
                    life.SendTo(session);
                    life.Acknowledged(life.Last);
                    killedAt = life.Last;
                    session = Session($"{seed}.{++run}", life.First);
                    break;
                default: life.Post(3); life.Offer(3); break;
            }
        }
        life.Heartbeat();
        life.SendTo(session, life.First);

        var ledger = session.ReadEvents();
        Assert.True(ledger.Difference == 0, $"seed {seed}: {ledger}");
        Assert.Equal((life.Posted, life.BusDropped, life.Failed), (ledger.Posted, ledger.BusDropped, ledger.Failed));
        Assert.True(killedAt > 0 || ledger.LostWithBridge + ledger.Untold == 0, $"seed {seed}: {ledger}");
    }
}
