import Foundation

do {
    switch CommandLine.arguments.dropFirst().first {
    case "office":
        // What the bench starts itself, so that an office is a process of its own.
        try await OfficeAgent(folder: URL(filePath: CommandLine.arguments[2])).serve()
    case "company":
        let options = try BenchOptions(Array(CommandLine.arguments.dropFirst(2)))
        try await CompanyBench(options: options).run()
    case "stages":
        let options = try BenchOptions(Array(CommandLine.arguments.dropFirst(2)))
        try await StageBench(options: options).run()
    case "work":
        let options = try BenchOptions(Array(CommandLine.arguments.dropFirst(2)))
        try await WorkBench(options: options).run()
    default:
        throw BenchFailure(BenchOptions.usage)
    }
} catch let failure as BenchFailure {
    FileHandle.standardError.write(Data("\(failure.message)\n".utf8))
    exit(1)
}
