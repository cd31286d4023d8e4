import Foundation

/// The same 1,000 tickets changed at the office and at headquarters before either heard of the
/// other: the status by both, two more fields by one of them each. Nothing may be lost.
struct ConflictingEdits {
    let workshop: Workshop
    let pair: SyncedPair

    func run() async throws {
        let (ours, theirs) = try edits()
        let plain = try workshop.plainTable("conflicts.db", .normal)
        var exchange = Figure(
            "\(ours.count) conflicting edits: exchange", .milliseconds, .atMost(150))
        var lost = Figure("  values lost, of \(ours.count * 4)", .each, .atMost(0))
        for turn in 0..<workshop.options.repetitions {
            let floor = try plain.update((ours + theirs).map { $0.turned(turn) })
            let run = try await once(ours, theirs)
            exchange.add(run.seconds * 1_000, floor: floor * 1_000)
            lost.add(Double(run.lost))
        }
        workshop.table.add(exchange)
        workshop.table.add(lost)
    }

    /// The generator's edits, with another status where one side would only say what the ticket says
    /// already: that writes nothing, and then there is nothing to lose.
    private func edits() throws -> (ours: [BenchEdit], theirs: [BenchEdit]) {
        var ours = try workshop.options.edits("w4a")
        var theirs = try workshop.options.edits("w4b")
        let present = Dictionary(
            uniqueKeysWithValues: workshop.rows.map { ($0.id, $0.status) })
        for place in ours.indices {
            let row = ours[place].id
            guard row == theirs[place].id else { throw BenchFailure("w4a and w4b do not match.") }
            let others = BenchRow.statuses.keys.sorted().filter {
                ![present[row], ours[place].status, theirs[place].status].contains($0)
            }
            if ours[place].status == present[row] { ours[place].status = others[0] }
            if theirs[place].status == present[row] { theirs[place].status = others[1] }
        }
        return (ours, theirs)
    }

    private func once(
        _ ours: [BenchEdit], _ theirs: [BenchEdit]
    ) async throws -> (seconds: Double, lost: Int) {
        let folders = workshop.folders
        let headquartersFolder = try folders.copy(pair.headquarters, to: "conflict-headquarters")
        try await PreparedOffice.use(headquartersFolder) { node in
            _ = try await node.seconds(saving: try pair.prepared.resolved(theirs), perGroup: 100)
        }
        let headquarters = try await HeadquartersProcess(
            program: workshop.options.program, folder: headquartersFolder)
        let office = try OfficeProcess(try folders.copy(pair.office, to: "conflict-office"))
        let resolved = try pair.prepared.resolved(ours)
        let file = try PreparedOffice.write(resolved, to: folders.place("edits.ndjson"))
        try office.run(.edit(file: file, perGroup: 100))
        // A node that has been running for a while has read its tickets before.
        for edit in resolved { _ = try await headquarters.get("tickets/\(edit.id)") }
        let seconds = try office.run(.exchange(url: headquarters.url)).seconds[0]

        let words = try office.run(.read(file: file)).tickets
        var lost = 0
        for (place, (our, their)) in zip(ours, theirs).enumerated() {
            lost += Self.lost(words[place], our, their)
            let peer = try await headquarters.word(of: resolved[place].id)
            guard peer == words[place] else {
                throw BenchFailure("The two sides differ in ticket \(resolved[place].id).")
            }
        }
        try office.stop()
        try headquarters.stop()
        let digest = try TicketDigest(folder: office.folder)
        try digest.check(headquartersFolder, "Headquarters after conflicting edits")
        guard digest.count == workshop.rows.count else {
            throw BenchFailure("The office holds \(digest.count) tickets.")
        }
        return (seconds, lost)
    }

    /// How many of the four values are not there.
    private static func lost(_ word: TicketWord, _ ours: BenchEdit, _ theirs: BenchEdit) -> Int {
        let statuses = [ours.status, theirs.status].map { BenchRow.statuses[$0 ?? ""] ?? "" }
        return statuses.count { !word.statuses.contains($0) }
            + (word.remark == ours.remark ? 0 : 1) + (word.assignee == theirs.assignee ? 0 : 1)
    }
}
