import Foundation
import Logging
import Records
import Store

/// How the last check of all data ended; the node keeps it, so that a look that reads less can say
/// it.
public struct LastVerify: Codable, Hashable, Sendable {
    /// Milliseconds since 1970 UTC.
    public var at: UInt64
    public var faults: Int
    /// Of the faults those of single groups. While there are any, the rest cannot be mended.
    public var damaged: Int
    /// Whether it was a repair, so that the faults are what it left.
    public var isRepair: Bool

    static let noteName = "last-verify"

    public init(_ report: VerifyReport, at now: UInt64, isRepair: Bool) {
        at = now
        faults = report.faults.count
        damaged = report.damaged
        self.isRepair = isRepair
    }
}

/// The next step of a person whose data is damaged.
public enum DamageAdvice: String, Sendable {
    /// What is left here comes back with the next exchange; then the rest can be mended.
    case exchange
    case repair
    case restore

    /// - Returns: nil when nothing was found.
    public init?(_ last: LastVerify?, onlyInBackups: Int) {
        if onlyInBackups > 0 {
            self = .restore
        } else if let last, last.faults > 0 {
            self = !last.isRepair ? .repair : last.damaged > 0 ? .exchange : .restore
        } else {
            return nil
        }
    }

    /// - Parameters:
    ///   - data: the data folder.
    ///   - backup: the newest backup's folder; nil when none is known.
    public func sentence(data: String, backup: String?) -> Title {
        let repair = "gatehouse verify --repair --data \(data)"
        let restore = "gatehouse backup restore \(backup ?? "BACKUP") --data \(data)"
        return switch self {
        case .exchange:
            Title(
                "这些要等下次同步取回；同步后请再运行 \(repair)",
                "The next exchange fetches these; run after it: \(repair)")
        case .repair: Title("请运行 \(repair)", "Run \(repair)")
        case .restore:
            Title(
                "这里修复不了，只能从备份恢复：先停止程序，再运行 \(restore)",
                "This cannot be mended here, only from a backup: stop the node, then run \(restore)"
            )
        }
    }
}

extension LocalNode {
    /// Recomputes everything from the log and compares it, and keeps in mind how that ended.
    ///
    /// - Parameter repairs: mends what can be mended here (`Store.repair`).
    public func verify(
        repairs: Bool, progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> (report: VerifyReport, last: LastVerify) {
        let report =
            repairs
            ? try await store.repair(progress: progress)
            : try await store.verify(progress: progress)
        let last = LastVerify(report, at: surroundings.now(), isRepair: repairs)
        do {
            let text = String(decoding: try JSONEncoder().encode(last), as: UTF8.self)
            try await store.note(text, named: LastVerify.noteName)
        } catch {
            // What was found counts more than the note of it: the disk may be full or failing.
            log.warning("How the check ended cannot be kept.", metadata: ["error": "\(error)"])
        }
        return (report, last)
    }

    /// How the last check of all data ended; nil before the first.
    public func lastVerify() async throws -> LastVerify? {
        // A note of another version counts as none.
        try await store.note(named: LastVerify.noteName).flatMap {
            try? JSONDecoder().decode(LastVerify.self, from: Data($0.utf8))
        }
    }

    /// What a person must do about damage, by what is known now; nil when nothing is damaged or the
    /// exchange brings it back by itself.
    ///
    /// - Parameter backups: where the newest backup is looked up.
    public func damageAdvice(_ backups: BackupJob?) async throws -> Title? {
        let last = try await lastVerify()
        let onlyInBackups = try await store.damage().onlyInBackups
        guard onlyInBackups > 0 || last.map({ $0.faults > $0.damaged }) ?? false else { return nil }
        return try await advice(last, onlyInBackups: onlyInBackups, backups)
    }

    /// The next step after a check; nil when it found nothing.
    public func advice(
        _ last: LastVerify?, onlyInBackups: Int, _ backups: BackupJob?
    ) async throws -> Title? {
        guard let advice = DamageAdvice(last, onlyInBackups: onlyInBackups) else { return nil }
        let newest = try await backups?.status().backups.first?.folder.path
        return advice.sentence(data: homeName, backup: newest)
    }
}
