import Crypto
import Foundation
import Wire

/// What no program could undercut, measured in the same run on the same bytes.
struct StageLimits {
    let material: StageMaterial
    let folders: Folders

    /// - Parameter database: of a node that took in every page, closed.
    func run(_ readings: inout StageReadings, database: URL) throws {
        let bytes = material.bytes
        readings.time(.digest) {
            // Group by group, as they must be hashed.
            for page in material.pages { for group in page { _ = SHA256.hash(data: group) } }
        }
        Self.copy(bytes, .copyGroups, &readings)
        let messages = zip(material.pages, material.clocks).map {
            material.request($0, $1).encoded()
        }
        Self.copy(messages.flatMap { $0 }, .copyMessages, &readings)
        readings.time(.fastestCompress) {
            for body in messages { _ = Gzip.compress(body, level: 1) }
        }
        readings[.loopback] = try LoopbackLine().seconds(messages.map { Gzip.compress($0) })
        readings[.flushGroups] = try flush(material.pages.flatMap { $0 })
        readings[.flushPages] = try flush(material.pages.map { $0.flatMap { $0 } })
        try StageTables.run(&readings, database, in: folders.fast)
        let plain = folders.fast.appending(path: "plain.db")
        let table = try PlainTable(plain.path, .normal)
        let began = StageCost.now()
        _ = try table.insert(material.rows)
        readings[.plainTable] = (StageCost.now() - began).processor
        try FileManager.default.removeItem(at: plain)
    }

    /// Into memory that was touched before.
    private static func copy(
        _ bytes: [UInt8], _ reading: StageReading, _ readings: inout StageReadings
    ) {
        var target = [UInt8](repeating: 1, count: bytes.count)
        readings.time(reading) {
            target.withUnsafeMutableBytes { target in
                bytes.withUnsafeBytes { target.copyMemory(from: $0) }
            }
        }
        precondition(target.last == bytes.last, "a copy differs")
    }

    /// Seconds to append each piece to a file and wait for the disk, one after the other.
    private func flush(_ pieces: [[UInt8]]) throws -> Double {
        let file = try folders.place("flush")
        let descriptor = open(file.path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw BenchFailure("\(file.path) cannot be written.") }
        defer { close(descriptor) }
        return try Stopwatch.blockingSeconds {
            for piece in pieces {
                let written = piece.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                guard written == piece.count, fdatasync(descriptor) == 0 else {
                    throw BenchFailure("\(file.path) cannot be flushed.")
                }
            }
        }
    }
}
