import Foundation

/// The programs that end-to-end tests run: ours as it was built, and Python's.
enum Programs {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL

    /// The `gatehouse` program beside the test bundle.
    static var gatehouse: URL {
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?
            .deletingLastPathComponent().appending(path: "gatehouse")
            ?? root.appending(path: ".build/debug/gatehouse")
    }

    /// Python with protobuf and cryptography, made by `make python`; nil where that was not run.
    static var python: URL? {
        let python = root.appending(path: ".build/python/bin/python")
        return FileManager.default.isExecutableFile(atPath: python.path) ? python : nil
    }

    /// Starts a program and returns when it has printed something.
    static func start(_ program: URL, _ arguments: [String], until words: String) throws -> Process
    {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var output = ""
        while !output.contains(words) {
            let data = pipe.fileHandleForReading.availableData
            // The end of its output: it did not come so far.
            guard !data.isEmpty else { break }
            output += String(decoding: data, as: UTF8.self)
        }
        return process
    }

    /// Runs a program to its end.
    ///
    /// - Returns: its exit code and everything it printed.
    static func run(_ program: URL, _ arguments: [String]) throws -> (exit: Int32, output: String) {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
