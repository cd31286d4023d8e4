import Foundation
import Logging
import ServiceLifecycle
import Store
import SyncCore
import Wire

/// The periodic exchange of an office with headquarters: at intervals, at once on local changes,
/// slower after failures.
///
/// `run` is the whole life of it. A graceful shutdown ends the exchange between two rounds; what
/// was logged stays.
public actor SyncJob: Service {
    private let node: LocalNode
    private let schedule: SyncSchedule
    private let channel: @Sendable (Headquarters) -> any PeerChannel
    private var failures = 0
    private var retryAfter: Int?
    private var lastAttempt: UInt64?
    private var nextAttempt: UInt64?
    private var lastDelivered: UInt64?
    private var lastFailure: PeerFailure?
    private var lastOutcomes: [SpaceID: SpaceOutcome] = [:]
    /// What went wrong on this side, such as a full disk; nil after the next exchange that ran.
    private var lastFault: StoreError?
    private var running: Task<ExchangeReport?, any Error>?
    private var progress: ExchangeProgress?
    private var pause: (until: UInt64, by: String)?
    private let wake = ChangeSignal()

    /// - Parameter channel: how headquarters is reached; called anew for each exchange.
    public init(
        node: LocalNode, schedule: SyncSchedule = SyncSchedule(),
        channel: @escaping @Sendable (Headquarters) -> any PeerChannel
    ) {
        self.node = node
        self.schedule = schedule
        self.channel = channel
    }

    // MARK: The life of the job

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                await withDiscardingTaskGroup { group in
                    group.addTask { await self.noticeChanges() }
                    await self.loop()
                    group.cancelAll()
                }
            } onCancel: {
                // Also an exchange that somebody else asked for and the job only joined.
                Task { await self.running?.cancel() }
            }
        }
    }

    private func loop() async {
        while !Task.isCancelled {
            if isDue() {
                do {
                    _ = try await now()
                } catch {
                    node.log.warning("An exchange failed here.", metadata: ["error": "\(error)"])
                }
            }
            await waitForNext()
        }
    }

    private func isDue() -> Bool {
        if let pause, pause.until > node.surroundings.now() { return false }
        pause = nil
        return true
    }

    private func waitForNext() async {
        let chance = Double(node.surroundings.random(1)[0]) / 255
        let wait = schedule.wait(failures: failures, retryAfter: retryAfter, chance: chance)
        let now = node.surroundings.now()
        let end = pause.map { max($0.until, now) } ?? now + wait.milliseconds
        nextAttempt = end
        await withTaskGroup(of: Void.self) { group in
            // Woken early is as good.
            group.addTask { try? await Task.sleep(for: .milliseconds(end - now)) }
            group.addTask { [wake] in await wake.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    private func noticeChanges() async {
        while !Task.isCancelled {
            await node.changes.wait()
            try? await Task.sleep(for: schedule.gathering)  // Cancelled early means shutting down.
            // How an exchange ends that is running now is said where it was asked for.
            _ = await running?.result
            // After failures the back-off stands: local changes do not make a dead line better.
            if failures == 0 { wake.raise() }
        }
    }

    // MARK: One exchange

    /// Exchanges now, or joins the exchange that is running. Nil when the office has not joined.
    public func now() async throws -> ExchangeReport? {
        if let running { return try await running.value }
        // Nothing is awaited between the look and the task, so there are never two exchanges at
        // once.
        let task = Task { try await self.exchange() }
        running = task
        defer {
            running = nil
            progress = nil
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func exchange() async throws -> ExchangeReport? {
        do {
            guard let headquarters = try await node.store.headquarters() else { return nil }
            let caller = ExchangeCaller(
                node: node, channel: channel(headquarters), headquarters: headquarters)
            let began = node.surroundings.now()
            lastAttempt = began
            progress = ExchangeProgress()
            let report = try await caller.run { progress in
                Task { await self.note(progress) }
            }
            // A line that was cut because this side is stopping says nothing about headquarters.
            if report.failure != nil { try Task.checkCancellation() }
            lastFault = nil
            try await note(report, began: began, headquarters)
            return report
        } catch let error as CancellationError {
            throw error
        } catch {
            failures += 1
            lastFault =
                error as? StoreError
                ?? StoreError(
                    .storageFailed, "The exchange could not be stored here. Look at the disk.",
                    cause: "\(error)")
            throw error
        }
    }

    private func note(_ progress: ExchangeProgress) {
        if running != nil { self.progress = progress }
    }

    private func note(
        _ report: ExchangeReport, began: UInt64, _ headquarters: Headquarters
    ) async throws {
        lastFailure = report.failure
        lastOutcomes = report.outcomes
        retryAfter = nil
        if case .refused(let problem)? = report.failure { retryAfter = problem.retryAfter }
        failures = report.failure == nil ? 0 : failures + 1
        let now = node.surroundings.now()
        if report.isComplete { lastDelivered = now }
        let sent = report.sent.values.reduce(0, +)
        let received = report.received.values.reduce(0, +)
        // An idle exchange every minute would push everything else out of the history.
        guard report.failure != nil || sent + received + report.mended > 0 || !report.isComplete
        else { return }
        try await node.store.note(
            ExchangeRecord(
                peer: headquarters.key, began: began, ended: now,
                state: (report.failure?.state ?? report.state).rawValue,
                code: report.failure?.code, sent: sent, received: received, rounds: report.rounds,
                sentBytes: report.sentBytes, receivedBytes: report.receivedBytes))
    }

    // MARK: People

    /// Pauses until a moment; a pause always ends by itself.
    public func pause(until: UInt64, by person: String) {
        pause = (until, person)
        wake.raise()
    }

    public func resume() {
        pause = nil
        wake.raise()
    }

    public func status() async throws -> SyncStatus {
        let headquarters = try await node.store.headquarters()
        let conflicts = try await node.store.conflictCounts().reduce(0) { $0 + $1.count }
        let forks = try await node.store.spaces().reduce(0) { $0 + $1.forkedStreams.count }
        var waiting = 0
        var oldest: UInt64?
        var delivered: UInt64?
        // Before the office has joined, all of it waits.
        var receipts: [SpaceID: Receipt] = [:]
        if let headquarters { receipts = try await node.store.receipts(of: headquarters.key) }
        for space in [SpaceID.company, node.identity.space] {
            let peer = receipts[space]?.state.clock ?? .empty
            let found = try await node.store.waiting(in: space, forPeer: peer)
            waiting += found.groups
            if let time = found.oldest { oldest = min(oldest ?? time, time) }
        }
        if headquarters != nil {
            delivered =
                waiting == 0
                ? receipts.values.map(\.at).max()
                : try await node.store.exchanges(limit: 100)
                    .first { $0.state == SyncState.delivered.rawValue }?.ended
        }
        let now = node.surroundings.now()
        let pause = pause.flatMap { $0.until > now ? $0 : nil }
        return SyncStatus(
            state: state(waiting: waiting, conflicts: conflicts, isJoined: headquarters != nil),
            waiting: waiting, oldestWaiting: oldest,
            lastDelivered: [lastDelivered, delivered].compactMap { $0 }.max(),
            lastAttempt: lastAttempt, nextAttempt: nextAttempt, progress: progress,
            conflicts: conflicts, pausedUntil: pause?.until, pausedBy: pause?.by,
            code: headquarters == nil
                ? "not-joined" : lastFault?.code.rawValue ?? lastFailure?.code,
            message: headquarters == nil
                ? "This office has not joined headquarters. Ask headquarters for a join code."
                : lastFault?.message ?? lastFailure?.message, forkedStreams: forks,
            damage: try await node.store.damage())
    }

    private func state(waiting: Int, conflicts: Int, isJoined: Bool) -> SyncState {
        if !isJoined { return .blocked }
        if running != nil { return .syncing }
        if let pause, pause.until > node.surroundings.now() { return .paused }
        if lastFault != nil { return .blocked }
        if lastOutcomes.values.contains(where: { $0.state == .unequal }) { return .blocked }
        if let lastFailure { return lastFailure.state }
        if waiting > 0 { return .waiting }
        return conflicts > 0 ? .conflict : .delivered
    }
}

extension ExchangeReport {
    /// The word for an exchange that ran to its end.
    fileprivate var state: SyncState {
        if outcomes.values.contains(where: { $0.state == .unequal }) { return .blocked }
        return isComplete ? .delivered : .waiting
    }
}

extension PeerFailure {
    /// The word people see.
    public var state: SyncState {
        switch self {
        case .notReached: .offline
        case .refused(let problem):
            switch problem.code {
            case Problem.Code.busy.rawValue: .waiting
            // Nothing goes before somebody brings a new join code, or makes room.
            case Problem.Code.unknownCredential.rawValue, Problem.Code.missingCredential.rawValue,
                Problem.Code.serverFull.rawValue:
                .blocked
            default: .rejected
            }
        }
    }

    public var code: String {
        switch self {
        case .notReached(let code, _): code
        case .refused(let problem): problem.code
        }
    }

    public var message: String {
        switch self {
        case .notReached(_, let message): message
        case .refused(let problem): problem.detail
        }
    }
}

extension Duration {
    /// Whole milliseconds, never negative.
    public var milliseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
    }
}
