import Foundation
import Logging
import Records
import ServiceLifecycle
import ServiceLifecycleTestKit
import Store
import SyncCore
import Synchronization
import Testing
import Wire

@testable import Node

@Suite struct SyncScheduleTests {
    private let schedule = SyncSchedule(
        interval: .seconds(60), jitter: 0.2, longestBackOff: .seconds(600))

    @Test(arguments: [(0.0, 48), (0.5, 54), (1.0, 60)])
    func `the interval is shortened by chance and never lengthened`(chance: Double, seconds: Int) {
        let wait = schedule.wait(failures: 0, retryAfter: nil, chance: chance)
        #expect(wait.milliseconds == UInt64(seconds) * 1_000)
    }

    @Test(arguments: [(1, 2), (2, 4), (3, 8), (9, 512), (10, 600), (11, 600), (1_000_000, 600)])
    func `failures double the wait up to the longest`(failures: Int, seconds: Int) {
        #expect(schedule.wait(failures: failures, retryAfter: nil, chance: 1) == .seconds(seconds))
    }

    @Test func `what the peer asked for is waited for, and not less than the back-off`() {
        #expect(schedule.wait(failures: 1, retryAfter: 30, chance: 1) == .seconds(30))
        #expect(schedule.wait(failures: 5, retryAfter: 3, chance: 1) == .seconds(32))
        #expect(schedule.wait(failures: 0, retryAfter: 120, chance: 0) == .seconds(120))
    }
}

@Suite struct ChangeSignalTests {
    @Test func `a change before the wait ends it at once, and several count as one`() async {
        let signal = ChangeSignal()
        signal.raise()
        signal.raise()
        await signal.wait()
        let task = Task { await signal.wait() }
        task.cancel()
        await task.value
    }

    @Test func `a wait that was cancelled does not end the signal`() async {
        let signal = ChangeSignal()
        for _ in 0..<5 {
            let cancelled = Task { await signal.wait() }
            cancelled.cancel()
            await cancelled.value
            let waiting = Task { await signal.wait() }
            signal.raise()
            await waiting.value
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct SyncJobTests {
    private let company: TestCompany
    private let office: TestNode

    init() async throws {
        company = try await TestCompany()
        office = try await company.office("MH01")
    }

    private static let slow = SyncSchedule(
        interval: .seconds(3_600), jitter: 0, longestBackOff: .seconds(3_600),
        gathering: .milliseconds(1))

    private func job(_ channel: any PeerChannel, _ schedule: SyncSchedule = slow) -> SyncJob {
        SyncJob(node: office.node, schedule: schedule, channel: { _ in channel })
    }

    /// Runs the job while the test looks at it, and stops it gracefully.
    private func run(
        _ job: SyncJob, _ body: @Sendable () async throws -> Void
    ) async throws {
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await job.run() }
                try await body()
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }

    // MARK: Words

    @Test func `the word is delivered only when the receipt covers everything`() async throws {
        let line = Line(company.channel)
        let job = job(line)
        _ = try await office.node.household("1", "1", "101")
        #expect(try await job.status().state == .waiting)
        #expect(try await job.status().waiting == 2)
        _ = try await job.now()
        var status = try await job.status()
        #expect(status.state == .delivered)
        #expect(status.waiting == 0 && status.oldestWaiting == nil)
        let delivered = try #require(status.lastDelivered)
        _ = try await office.node.household("1", "1", "102")
        status = try await job.status()
        #expect(status.state == .waiting && status.waiting == 1)
        #expect(status.lastDelivered == delivered)
        // Headquarters stores it and its answer is lost: nobody knows, so nobody says so.
        line.set(.answersLost)
        _ = try await job.now()
        status = try await job.status()
        #expect(status.state == .offline && status.waiting == 1)
        #expect(status.code == "line-cut")
        line.set(.open)
        _ = try await job.now()
        #expect(try await job.status().state == .delivered)
        // Only private changes: nothing of them is to be delivered.
        let id = try await office.node.store.list(RecordQuery(.household)).records[0].id
        try await office.node.set(.household, id, "special_needs", .text("轮椅"))
        #expect(try await job.status().state == .delivered)
    }

    @Test func `a job that starts anew says what the last one knew, and no more`() async throws {
        _ = try await job(company.channel).now()
        let first = try await job(company.channel).status()
        #expect(first.state == .delivered)
        let delivered = try #require(first.lastDelivered)
        _ = try await office.node.household("1", "1", "101")
        let line = Line(company.channel)
        line.set(.answersLost)
        _ = try await job(line).now()
        let after = try await job(line).status()
        #expect(after.waiting == 1)
        // The receipt and the end of its exchange are one look at the clock apart.
        #expect(try #require(after.lastDelivered) <= delivered + 1_000)
    }

    @Test func `a copy whose own branch headquarters has not named is not delivered`() async throws
    {
        _ = try await office.node.household("1", "1", "101")
        try await company.settle([office])
        let clone = try await office.clone()
        _ = try await office.node.household("1", "1", "102")
        try await company.settle([office])
        _ = try await clone.node.household("1", "1", "103")
        // The clone hears headquarters' tips, and its own push is lost.
        let line = Line(company.channel)
        line.set(.requestsLost)
        let space = clone.node.identity.space
        let known = try #require(try await clone.node.store.headquarters())
        let state = try await company.headquarters.node.store.states(of: [space])
        try await clone.node.store.note(
            receipts: state, of: known.key, token: known.token, at: 1)
        let job = SyncJob(node: clone.node, schedule: Self.slow, channel: { _ in line })
        #expect(try await job.status().state == .waiting)
        #expect(try await job.status().waiting > 0)
    }

    @Test
    func `a refusal, a busy peer, a pause and a node that has not joined each have their word`()
        async throws
    {
        let line = Line(company.channel)
        let job = job(line)
        line.set(.answers(Problem(.badSeal, detail: "x")))
        _ = try await job.now()
        #expect(try await job.status().state == .rejected)
        line.set(.answers(Problem(.busy, detail: "x", retryAfter: 7)))
        _ = try await job.now()
        #expect(try await job.status().state == .waiting)
        await job.pause(until: .max, by: "王芳")
        let status = try await job.status()
        #expect(status.state == .paused && status.pausedBy == "王芳")
        await job.resume()
        #expect(try await job.status().state != .paused)
        let alone = try await TestNode(.office, code: "MH09")
        let idle = SyncJob(node: alone.node, channel: { _ in line })
        #expect(try await idle.now() == nil)
        #expect(try await idle.status().state == .blocked)
        #expect(try await idle.status().code == "not-joined")
        _ = try await alone.node.household("1", "1", "101")
        #expect(try await idle.status().waiting == 2)
        #expect(try await idle.status().oldestWaiting != nil)
    }

    @Test func `an exchange that ended behind is not noted as delivered`() async throws {
        _ = try await office.node.household("1", "1", "101")
        let line = Line(company.channel)
        let job = job(line)
        line.set(.answersLost)
        _ = try await job.now()
        line.set(.open)
        _ = try await job.now()
        let history = try await office.node.store.exchanges(limit: 10)
        #expect(history.map(\.state) == ["delivered", "offline"])
    }

    // MARK: The life of the job

    @Test func `it runs at once when it starts and at once on a local change`() async throws {
        let line = Line(company.channel)
        let job = job(line)
        let node = office.node
        try await run(job) {
            await line.reached(1)
            for number in 0..<5 {
                let before = line.count
                _ = try await node.household("1", "1", "\(number)")
                await line.reached(before + 1)
            }
        }
    }

    @Test func `it waits out its interval instead of calling without end`() async throws {
        let line = Line(company.channel)
        let schedule = SyncSchedule(
            interval: .milliseconds(100), jitter: 0, longestBackOff: .milliseconds(100),
            gathering: .milliseconds(1))
        let job = job(line, schedule)
        let began = ContinuousClock.now
        try await run(job) { await line.reached(10) }
        // The first exchange takes a few rounds, each later one is one.
        #expect(ContinuousClock.now - began > .milliseconds(300))
    }

    @Test func `a local change does not cut the back-off short`() async throws {
        let line = Line(company.channel)
        line.set(.answers(Problem(.busy, detail: "x", retryAfter: 3_600)))
        let schedule = SyncSchedule(
            interval: .milliseconds(1), jitter: 0, longestBackOff: .seconds(3_600),
            gathering: .milliseconds(1))
        let job = job(line, schedule)
        let node = office.node
        try await run(job) {
            await line.reached(1)
            for number in 0..<5 { _ = try await node.household("1", "1", "\(number)") }
            #expect(line.count == 1)
            // A person may.
            _ = try await job.now()
            #expect(line.count == 2)
        }
    }

    @Test func `a pause holds until it is taken back, and the next try is when it ends`()
        async throws
    {
        let line = Line(company.channel)
        let job = job(line)
        let node = office.node
        try await run(job) {
            await line.reached(1)
            let end = node.surroundings.now() + 3_600_000
            await job.pause(until: end, by: "王芳")
            while try await job.status().state == .syncing { await Task.yield() }
            let count = line.count
            _ = try await node.household("1", "1", "101")
            while try await job.status().nextAttempt != end { await Task.yield() }
            #expect(line.count == count)
            #expect(try await job.status().state == .paused)
            await job.resume()
            await line.reached(count + 1)
        }
    }

    @Test func `two who ask at once share one exchange`() async throws {
        _ = try await office.node.household("1", "1", "101")
        let line = Line(company.channel)
        line.set(.held)
        let job = job(line)
        let reports = try await withThrowingTaskGroup(of: ExchangeReport?.self) { group in
            for _ in 0..<10 { group.addTask { try await job.now() } }
            await line.reached(1)
            #expect(try await job.status().state == .syncing)
            line.set(.open)
            return try await group.reduce(into: [Bool]()) { $0.append($1?.isComplete ?? false) }
        }
        #expect(reports == Array(repeating: true, count: 10))
        #expect(line.mostAtOnce == 1)
    }

    @Test func `a graceful shutdown ends an exchange in its middle, and the next one goes on`()
        async throws
    {
        for number in 0..<10 { _ = try await office.node.household("1", "1", "\(number)") }
        let line = Line(company.channel)
        line.set(.held)
        try await run(job(line)) { await line.reached(1) }
        #expect(try await office.node.store.exchanges(limit: 10).isEmpty)
        let report = try await job(company.channel).now()
        #expect(report?.isComplete == true)
    }
}

/// A line to headquarters that the test opens, cuts and holds.
private final class Line: PeerChannel {
    enum State {
        case open, requestsLost, answersLost
        /// Requests wait until the line is set otherwise, or the caller is cancelled.
        case held
        case answers(Problem)
    }

    private struct Inside {
        var state = State.open
        var count = 0
        var atOnce = 0
        var mostAtOnce = 0
    }

    private let inside = Mutex(Inside())
    private let next: any PeerChannel

    init(_ next: any PeerChannel) {
        self.next = next
    }

    var count: Int { inside.withLock { $0.count } }
    var mostAtOnce: Int { inside.withLock { $0.mostAtOnce } }

    func set(_ state: State) { inside.withLock { $0.state = state } }

    /// Waits until that many requests were begun.
    func reached(_ count: Int) async {
        while self.count < count { await Task.yield() }
    }

    func send(
        _ body: [UInt8], to address: ExchangeAddress, credential: [UInt8]?
    ) async throws(PeerFailure) -> [UInt8] {
        inside.withLock { inside in
            inside.count += 1
            inside.atOnce += 1
            inside.mostAtOnce = max(inside.mostAtOnce, inside.atOnce)
        }
        defer { inside.withLock { $0.atOnce -= 1 } }
        while case .held = inside.withLock({ $0.state }) {
            if Task.isCancelled { throw .notReached(code: "cancelled", message: "x") }
            await Task.yield()
        }
        switch inside.withLock({ $0.state }) {
        case .requestsLost: throw .cut
        case .answers(let problem): throw .refused(problem)
        case .answersLost:
            _ = try await next.send(body, to: address, credential: credential)
            throw .cut
        case .open, .held: return try await next.send(body, to: address, credential: credential)
        }
    }
}
