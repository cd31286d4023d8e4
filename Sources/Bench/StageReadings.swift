import Foundation

/// What is read off the clocks in each repetition; the stages are made of these.
enum StageReading: String, CaseIterable {
    // The write path.
    case saveOnDiskWall, saveInMemoryWall, saveInMemory, encode, seal, verify, ingestEach, logEach
    // Both.
    case decode, hash, merge, reproject
    // The sync path.
    case page, messageEncode, compress, network, decompress, messageDecode
    case ingestOnDiskWall, ingestInMemoryWall, ingestInMemory, logInMemory
    // Limits.
    case digest, copyGroups, copyMessages, fastestCompress, loopback
    case flushGroups, flushPages, insertLog, insertTickets, insertIndexed, buildIndexed, plainTable
}

/// The readings of one repetition, in seconds for all records.
struct StageReadings {
    private var seconds: [StageReading: Double] = [:]

    subscript(reading: StageReading) -> Double {
        get {
            guard let value = seconds[reading] else {
                preconditionFailure("\(reading) was not measured")
            }
            return value
        }
        set { seconds[reading] = newValue }
    }

    /// Processor seconds of work that only computes.
    mutating func time(_ reading: StageReading, _ work: () throws -> Void) rethrows {
        let began = StageCost.now()
        try work()
        self[reading] = (StageCost.now() - began).processor
    }
}

/// Seconds of the processors, of all threads of this process, and of the wall clock.
///
/// Work that computes is told in the first: a second processor does not hide it, and others who use
/// the machine hardly change it. Waiting shows only in the second.
struct StageCost {
    var processor: Double
    var wall: Double

    static func now() -> StageCost {
        StageCost(processor: seconds(CLOCK_PROCESS_CPUTIME_ID), wall: seconds(CLOCK_MONOTONIC))
    }

    static func of(_ work: () async throws -> Void) async rethrows -> StageCost {
        let began = now()
        try await work()
        return now() - began
    }

    static func - (a: StageCost, b: StageCost) -> StageCost {
        StageCost(processor: a.processor - b.processor, wall: a.wall - b.wall)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        // Cannot fail: both clocks exist on every Linux.
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
