import Foundation
import Store

/// Long work that survives closing the page: started once, looked at as often as one likes.
public actor JobBoard {
    public struct Job: Sendable {
        public var id: String
        /// Such as `import households`.
        public var name: String
        public var done = 0
        public var total = 0
        public var state = State.running

        public enum State: Sendable {
            case running
            /// JSON text of the result.
            case finished(String)
            /// Stable code and a sentence for people.
            case failed(code: String, message: String)
        }
    }

    private var jobs: [String: Job] = [:]
    private var order: [String] = []
    private static let kept = 100

    public init() {}

    /// Starts work and returns at once.
    ///
    /// - Parameters:
    ///   - id: names the job for ever; unguessable where the result is somebody's business.
    ///   - work: reports done and total, and returns the result as JSON text.
    public func start(
        id: String, name: String,
        _ work: @escaping @Sendable (@escaping @Sendable (Int, Int) -> Void) async throws -> String
    ) -> Job {
        let job = Job(id: id, name: name)
        jobs[id] = job
        order.append(id)
        if order.count > Self.kept { jobs[order.removeFirst()] = nil }
        Task {
            do {
                let result = try await work { done, total in
                    Task { await self.note(id, done, total) }
                }
                self.end(id, .finished(result))
            } catch {
                self.end(id, Self.failure(error))
            }
        }
        return job
    }

    public func job(_ id: String) -> Job? { jobs[id] }

    private func note(_ id: String, _ done: Int, _ total: Int) {
        guard let job = jobs[id], case .running = job.state, done >= job.done else { return }
        jobs[id]?.done = done
        jobs[id]?.total = total
    }

    private func end(_ id: String, _ state: Job.State) {
        jobs[id]?.state = state
    }

    private static func failure(_ error: any Error) -> Job.State {
        if let error = error as? StoreError {
            return .failed(code: error.code.rawValue, message: error.message)
        }
        let known = error as? any CodedError
        return .failed(
            code: known?.code ?? "internal-error",
            message: known?.message ?? "Something went wrong here. The log of the node says what.")
    }
}

/// An error with a stable code and a sentence for people.
public protocol CodedError: Error {
    var code: String { get }
    var message: String { get }
}
