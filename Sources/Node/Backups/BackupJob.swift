import Foundation
import Logging
import Records
import ServiceLifecycle
import Store
import SyncCore
import Wire

/// When backups are made and how many are kept: the newest `keep`, and of each of the newest `keep`
/// days that have one the last. So a day of many backups by hand does not push the earlier days out.
public struct BackupSchedule: Sendable {
    /// Between two backups; nil makes none by itself.
    public var interval: Duration?
    /// How many backups are kept, and how many days; what is older goes after a new one was checked.
    public var keep: Int

    public init(interval: Duration? = .seconds(24 * 60 * 60), keep: Int = 7) {
        self.interval = interval
        self.keep = keep
    }

    /// When the next one is due, in milliseconds since 1970 UTC; nil when none is made by itself.
    ///
    /// - Parameters:
    ///   - last: when the newest was made.
    ///   - failed: when the last attempt failed, if it was after that.
    public func next(last: UInt64?, failed: UInt64?) -> UInt64? {
        guard let interval = interval?.milliseconds else { return nil }
        let due = last.map { $0 + interval } ?? 0
        return failed.map { max(due, $0 + min(interval, Self.patience.milliseconds)) } ?? due
    }

    /// Which of a node's backups are not kept. At most `keep * 2 - 1` are.
    ///
    /// - Parameter moments: when each was made, the newest first, in milliseconds since 1970 UTC. The
    ///   days are the office's.
    /// - Returns: their places among the moments.
    func outdated(_ moments: [UInt64]) -> [Int] {
        let days = moments.map { LocalTime(milliseconds: Int64(clamping: $0)).date }
        let keep = max(1, keep)
        let lastOfDays = days.indices.filter { $0 == 0 || days[$0] != days[$0 - 1] }.prefix(keep)
        return Array(moments.indices.dropFirst(keep)).filter { !lastOfDays.contains($0) }
    }

    /// After a backup that failed.
    static let patience = Duration.seconds(15 * 60)
}

/// How a node's backups stand, for the page, the command line and the API. Times are milliseconds
/// since 1970 UTC.
public struct BackupStatus: Sendable {
    public var folder: URL
    public var schedule: BackupSchedule
    /// The newest first; none when the folder cannot be read.
    public var backups: [Backup]
    /// The names of those that are there and cannot be put back.
    public var broken: [String]
    /// Why nobody knows which backups there are; nil when the folder could be read.
    public var unreadable: StoreError?
    /// When one was last put back somewhere. An untested backup is a hope.
    public var lastRestored: UInt64?
    public var next: UInt64?
    public var isRunning: Bool
    /// Why the last attempt failed; nil after one that did not.
    public var failure: StoreError?

    public var last: UInt64? { backups.first?.manifest.created }
    public var lastVerified: UInt64? { backups.map(\.manifest.verified).max() }
}

/// The node's backups: made by the clock or by hand, kept in number, and told to the replica, so that
/// peers know what would be there after the worst day.
///
/// `run` is its whole life; a graceful shutdown ends a copy that is being made, and leaves no trace.
public actor BackupJob: Service {
    private let node: LocalNode
    private let folder: URL
    private let schedule: BackupSchedule
    private let program: String
    private var running: Task<Backup, any Error>?
    private var failed: (at: UInt64, error: StoreError)?

    private let settling: Duration
    /// How long is slept at most, so that a clock that was set is noticed.
    private static let longestSleep = Duration.seconds(600)

    /// - Parameters:
    ///   - folder: where each backup gets a folder of its own.
    ///   - program: the version of this program.
    ///   - settling: how long a node that just started is left to those who wait for it.
    public init(
        node: LocalNode, folder: URL, schedule: BackupSchedule = BackupSchedule(), program: String,
        settling: Duration = .seconds(60)
    ) {
        self.settling = settling
        self.node = node
        self.folder = folder
        self.schedule = schedule
        self.program = program
    }

    // MARK: The life of the job

    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.loop() }
    }

    private func loop() async {
        await log("The kept backups cannot be noted.") { try await self.reconcile() }
        await Self.sleep(settling)
        while !Task.isCancelled {
            let now = node.surroundings.now()
            // A folder that cannot be read is tried like an empty one: the attempt says why it fails.
            let next = next((try? backups) ?? [], at: now) ?? .max
            if next <= now {
                await log("A backup failed.") { _ = try await self.now() }
            } else {
                await Self.sleep(min(.milliseconds(next - now), Self.longestSleep))
            }
        }
    }

    private func log(_ message: Logger.Message, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch is CancellationError {
            // Shutting down.
        } catch {
            node.log.error(message, metadata: ["error": "\(error)"])
        }
    }

    /// What was done while the clock stood in the future puts nothing off.
    private func next(_ backups: [Backup], at now: UInt64) -> UInt64? {
        schedule.next(
            last: backups.map(\.manifest.created).first { $0 <= now },
            failed: failed.map(\.at).flatMap { $0 <= now ? $0 : nil })
    }

    private static func sleep(_ duration: Duration) async {
        // Woken early means shutting down.
        try? await Task.sleep(for: duration)
    }

    private var shelf: Backup.Shelf {
        get throws(StoreError) { try Backup.shelf(in: folder, of: node.key.publicKey) }
    }

    private var backups: [Backup] {
        get throws(StoreError) { try shelf.whole }
    }

    // MARK: Making

    /// Makes one now, or joins the one that is being made.
    ///
    /// - Parameter elsewhere: another folder. Such a backup is its maker's to look after: it is
    ///   neither counted nor removed.
    public func now(
        into elsewhere: URL? = nil, progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> Backup {
        if let running, elsewhere == nil { return try await running.value }
        // Nothing is awaited between the look and the task, so the node's folder has one at a time.
        let task = Task { try await self.make(into: elsewhere, progress) }
        if elsewhere == nil { running = task }
        defer { if elsewhere == nil { running = nil } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func make(
        into elsewhere: URL?, _ progress: (@Sendable (Int, Int) -> Void)?
    ) async throws -> Backup {
        do {
            // Where these cannot be read, a new one could not be kept in number.
            if elsewhere == nil { _ = try backups }
            let backup = try await node.backUp(
                into: elsewhere ?? folder, program: program, progress: progress)
            guard elsewhere == nil else { return backup }
            failed = nil
            try await reconcile()
            // Only now that the new one was checked; the replica is told when they are gone.
            let backups = try backups
            // Made while the clock stood in the past, the new one may look like the oldest.
            for place in schedule.outdated(backups.map(\.manifest.created))
            where backups[place] != backup {
                try FileManager.default.removeItem(at: backups[place].folder)
            }
            try await reconcile()
            return backup
        } catch let error as CancellationError {
            throw error
        } catch {
            let error =
                error as? StoreError
                ?? StoreError(
                    .storageFailed, "The backup in \(folder.path) failed. Look at the disk.",
                    cause: error.reason)
            if elsewhere == nil { failed = (node.surroundings.now(), error) }
            throw error
        }
    }

    /// Tells the replica which backups there are, and keeps in mind when one was last put back.
    private func reconcile() async throws {
        let backups = try backups
        let kept = backups.compactMap(\.kept)
        if try await Set(node.store.keptBackups()) != Set(kept) {
            try await node.store.keep(backups: kept)
        }
        let noted = try await lastRestored()
        if let restored = backups.compactMap(\.restored).max(), restored > noted ?? 0 {
            try await node.store.note(String(restored), named: Self.restoredNote)
        }
    }

    static let restoredNote = "last-restored"

    private func lastRestored() async throws -> UInt64? {
        try await node.store.note(named: Self.restoredNote).flatMap { UInt64($0) }
    }

    public func status() async throws -> BackupStatus {
        var shelf = Backup.Shelf()
        var unreadable: StoreError?
        do {
            shelf = try self.shelf
        } catch {
            unreadable = error
        }
        let restored =
            try await [lastRestored()].compactMap(\.self) + shelf.whole.compactMap(\.restored)
        return BackupStatus(
            folder: folder, schedule: schedule, backups: shelf.whole, broken: shelf.broken,
            unreadable: unreadable, lastRestored: restored.max(),
            next: next(shelf.whole, at: node.surroundings.now()),
            isRunning: running != nil, failure: failed?.error)
    }
}
