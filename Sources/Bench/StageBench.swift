import Foundation
import Node

/// Where the time of a save and of a first sync goes, stage by stage, beside what limits each.
struct StageBench {
    let options: BenchOptions

    func run() async throws {
        let folders = try Folders()
        defer { folders.remove() }
        let before = try options.before.map(StageReport.init(reading:))
        let rows = try options.rows()
        let office = try await PreparedOffice(
            rows, perGroup: StageMaterial.perGroup, in: folders.fast.appending(path: "office"))
        let headquarters = try await HeadquartersProcess(
            program: options.program, folder: folders.fast.appending(path: "headquarters"))
        var load = MachineLoad()
        var runs: [StageReadings] = []
        try await PreparedOffice.use(office.folder) { node in
            let material = try await StageMaterial(rows: rows, node: node)
            let work = StageWork(
                material: material, folders: folders, headquarters: headquarters)
            // The first round warms caches and connections, and is not counted.
            for round in 0...options.repetitions {
                var readings = StageReadings()
                let database = try await work.run(&readings)
                try StageLimits(material: material, folders: folders)
                    .run(&readings, database: database)
                try FileManager.default.removeItem(at: database.deletingLastPathComponent())
                if round == 0 { _ = load.sharedWithOthers() } else { runs.append(readings) }
            }
            await work.close()
        }
        try headquarters.stop()
        let report = StageReport(
            runs, records: rows.count, sharedWithOthers: load.sharedWithOthers())
        report.print(before: before)
        if let file = options.figures { try report.write(to: file) }
        if options.wantsPicture {
            try StageChart(now: report, before: before).svg.write(
                to: options.picture, atomically: true, encoding: .utf8)
            print("The figure is in \(options.picture.path).")
        }
    }
}
