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
