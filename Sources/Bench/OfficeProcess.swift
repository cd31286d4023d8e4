import Foundation

/// The bench's end of an office in a process of its own.
final class OfficeProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var received = Data()
    let folder: URL

    init(_ folder: URL) throws {
        self.folder = folder
        process.executableURL = URL(filePath: "/proc/\(getpid())/exe")
        process.arguments = ["office", folder.path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// Has one command carried out.
    ///
    /// - Throws: `BenchFailure` when the office could not.
    @discardableResult
    func run(_ command: OfficeCommand) throws -> OfficeReply {
        input.fileHandleForWriting.write(try JSONEncoder().encode(command) + Data("\n".utf8))
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let reply = try JSONDecoder().decode(OfficeReply.self, from: received[..<end])
                received = Data(received[(end + 1)...])
                if let failure = reply.failure { throw BenchFailure("The office: \(failure)") }
                return reply
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw BenchFailure("The office's process ended.") }
            received += data
        }
    }

    func peakMebibytes() throws -> Double {
        try ProcessFigures.peakMebibytes(process.processIdentifier)
    }

    /// Processor time so far.
    func usedSeconds() throws -> Double {
        try ProcessFigures.used(process.processIdentifier).seconds
    }

    /// Closes the node in order.
    func stop() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchFailure("The office's process ended with \(process.terminationStatus).")
        }
    }
}
