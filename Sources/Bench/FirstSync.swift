import Foundation
import Relay

/// An office and headquarters that hold the same, both closed.
struct SyncedPair {
    let office: URL
    let headquarters: URL
    /// The records by the ids of the generator.
    let prepared: PreparedOffice
}

/// All tickets from an office to an empty headquarters, two processes over loopback HTTP.
struct FirstSync {
    let workshop: Workshop
    let office: PreparedOffice
    let perGroup: Int

    /// - Returns: the two of the last run.
    func run() async throws -> SyncedPair {
        let name = "first sync, \(perGroup) to a group"
        var seconds = Figure(name, .seconds, .ratio(perGroup == 1 ? 4 : 2.5))
        var officeMemory = Figure("  peak memory of the office", .mebibytes, .atMost(200))
        var peerMemory = Figure("  peak memory of headquarters", .mebibytes, .atMost(200))
        var processor = Figure("  processor time of both, x of the floor's", .seconds)
        try await workshop.repeatBesideInsert(&seconds) { _ in
            let run = try await once(counted: false)
            processor.add(run.processorSeconds, floor: workshop.floorProcessor.median)
            officeMemory.add(run.officeMebibytes)
            peerMemory.add(run.headquartersMebibytes)
            return run.seconds
        }
        // Bytes are the same each time; the line that counts them would cost time in each run.
        let counted = try await once(counted: true)
        var share = Figure("  bytes on the wire, of the rows' JSON", .each, .atMost(0.35))
        share.add(Double(counted.bytes) / Double(workshop.jsonBytes))
        var each = Figure("  bytes on the wire, a record", .bytes)
        each.add(Double(counted.bytes) / Double(workshop.rows.count))
        for figure in [seconds, processor, officeMemory, peerMemory, share, each] {
            workshop.table.add(figure)
        }
        return counted.pair
    }

    private struct Run {
        var seconds: Double
        var processorSeconds: Double
        var officeMebibytes: Double
        var headquartersMebibytes: Double
        var bytes: Int
        var pair: SyncedPair
    }

    private func once(counted: Bool) async throws -> Run {
        let folders = workshop.folders
        let headquarters = try await HeadquartersProcess(
            program: workshop.options.program,
            folder: try folders.place("headquarters-\(perGroup)"))
        let agent = try OfficeProcess(
            try folders.copy(office.folder, to: "office-\(perGroup)"))
        let url = counted ? headquarters.countedURL : headquarters.url
        try agent.run(.join(url: url, code: try await headquarters.invite("MH01")))
        var reply = OfficeReply()
        let used = try agent.usedSeconds() + headquarters.usedSeconds()
        let traffic = try headquarters.traffic { reply = try agent.run(.exchange(url: url)) }
        let run = Run(
            seconds: reply.seconds.reduce(0, +),
            processorSeconds: try agent.usedSeconds() + headquarters.usedSeconds() - used,
            officeMebibytes: try agent.peakMebibytes(),
            headquartersMebibytes: try headquarters.peakMebibytes(),
            bytes: traffic.up + traffic.down,
            pair: SyncedPair(
                office: agent.folder, headquarters: headquarters.folder, prepared: office))
        try agent.stop()
        try headquarters.stop()
        try workshop.digest.check(agent.folder, "The office")
        try workshop.digest.check(headquarters.folder, "Headquarters")
        return run
    }
}
