import Foundation

/// What a node does with its own log: making the projection anew, and verifying everything.
struct OwnWork {
    let workshop: Workshop
    let office: PreparedOffice

    func run() async throws {
        let folder = try workshop.folders.copy(office.folder, to: "own")
        let agent = try OfficeProcess(folder)
        var reprojection = Figure("reprojection from the log", .seconds)
        try await workshop.repeatBesideInsert(&reprojection) { _ in
            try agent.run(.reproject).seconds[0]
        }
        var verify = Figure("verify: chain, seals, digest, projection", .seconds)
        try await workshop.repeatBesideInsert(&verify) { _ in
            try agent.run(.verify).seconds[0]
        }
        try agent.stop()
        try workshop.digest.check(folder, "The office after reprojection")
        workshop.table.add(reprojection)
        workshop.table.add(verify)
    }
}
