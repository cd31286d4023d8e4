import Foundation
import Synchronization

/// The other end of a test: `Resources/peer.py` in a process of its own, and what it said so far.
final class Peer: Sendable {
    /// The peer ended before it said what was waited for.
    struct Ended: Error, CustomStringConvertible {
        let description: String
    }

    private struct Watcher {
        let prefix: String
        let count: Int
        let continuation: CheckedContinuation<String?, Never>
    }

    private struct State {
        var lines: [String] = []
        var rest = ""
        var hasEnded = false
        var watchers: [Watcher] = []
    }

    private let state = Mutex(State())

    /// Runs the peer for as long as `body` takes.
    static func with<Value>(
        _ arguments: String..., body: (Peer) async throws -> Value
    ) async throws -> Value {
        let peer = Peer()
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Resources/peer.py")
        process.arguments = ["python3", "-S", script.path()] + arguments
        process.standardInput = input
        process.standardOutput = output
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
            }
            peer.hear(data)
        }
        let (end, ending) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in ending.finish() }
        try process.run()

        let result: Result<Value, any Error>
        do {
            result = .success(try await body(peer))
        } catch {
            result = .failure(error)
        }
        try input.fileHandleForWriting.close()
        for await _ in end {}
        return try result.get()
    }

    /// Where it listens, for `127.0.0.1`.
    func url(_ path: String) async throws -> String {
        "http://127.0.0.1:\(try await port)\(path)"
    }

    /// The same for `localhost`, the name in its certificate.
    func secureURL(_ path: String) async throws -> String {
        "https://localhost:\(try await port)\(path)"
    }

    var port: String {
        get async throws { try await said("listening ") }
    }

    /// Waits until it has said a line that begins like this, or the same so many times, and returns
    /// what comes after the beginning.
    @discardableResult
    func said(_ prefix: String, times count: Int = 1) async throws -> String {
        let line = await withCheckedContinuation { continuation in
            let watcher = Watcher(prefix: prefix, count: count, continuation: continuation)
            state.withLock { $0.watchers.append(watcher) }
            answerWatchers()
        }
        guard let line else {
            throw Ended(description: "the peer ended without saying “\(prefix)” \(count) times")
        }
        return String(line.dropFirst(prefix.count))
    }

    /// How often it has said that until now. It says things in the order they happen, and a little
    /// later: wait for what comes after them first.
    func count(of line: String) -> Int {
        state.withLock { state in state.lines.count { $0 == line } }
    }

    private func hear(_ data: Data) {
        state.withLock { state in
            state.hasEnded = data.isEmpty
            state.rest += String(decoding: data, as: UTF8.self)
            var lines = state.rest.split(separator: "\n", omittingEmptySubsequences: false)
            state.rest = String(lines.removeLast())
            state.lines += lines.map(String.init)
        }
        answerWatchers()
    }

    private func answerWatchers() {
        let answers = state.withLock { state in
            var answers: [(CheckedContinuation<String?, Never>, String?)] = []
            var left: [Watcher] = []
            for watcher in state.watchers {
                let lines = state.lines.filter { $0.hasPrefix(watcher.prefix) }
                if lines.count >= watcher.count {
                    answers.append((watcher.continuation, lines[watcher.count - 1]))
                } else if state.hasEnded {
                    answers.append((watcher.continuation, nil))
                } else {
                    left.append(watcher)
                }
            }
            state.watchers = left
            return answers
        }
        for (continuation, line) in answers {
            continuation.resume(returning: line)
        }
    }
}
