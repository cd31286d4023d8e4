import Logging
import ServiceLifecycle
import Store
import SyncCore

/// Forgets superseded values once a day: those that a later value replaced longer ago than the
/// office wants to keep them, and that are safe to lose (design.md §4).
///
/// `run` is the whole life of it.
public struct ForgettingJob: Service {
    private let node: LocalNode
    private let keptDays: Int
    private static let interval = Duration.seconds(86_400)
    /// Between two batches, so that people's saves go first.
    private static let breath = Duration.milliseconds(50)

    /// - Parameter keptDays: how long superseded values are kept at least; 0 keeps them for ever.
    public init(node: LocalNode, keptDays: Int) {
        self.node = node
        self.keptDays = keptDays
    }

    public func run() async throws {
        guard keptDays > 0 else {
            try? await gracefulShutdown()  // Cancelled is as good a reason to end.
            return
        }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await forget()
                } catch is CancellationError {
                    return
                } catch {
                    node.log.error(
                        "Superseded values could not be forgotten; the next try is tomorrow.",
                        metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)  // Cancelled early means shutting down.
            }
        }
    }

    /// Goes through everything that may be forgotten now.
    @discardableResult
    public func forget() async throws -> ForgetReport {
        let kept = UInt64(keptDays) * 86_400_000
        let now = node.surroundings.now()
        var sum = ForgetReport()
        repeat {
            sum = sum + (try await node.store.forget(before: now > kept ? now - kept : 0))
            if !sum.isFinished { try await Task.sleep(for: Self.breath) }
        } while !sum.isFinished
        await node.noteCommit()
        if sum.bodies > 0 {
            node.log.info(
                "Superseded values were forgotten.",
                metadata: ["bodies": "\(sum.bodies)", "bytes": "\(sum.bytes)"])
        }
        return sum
    }
}
