import Foundation
import Testing

/// The settings file of a data folder, as commands meet it.
@Suite struct SettingsTests {
    private let data = FileManager.default.temporaryDirectory.appending(
        path: "gh-\(UUID().uuidString)")
    private var file: URL { data.appending(path: "settings.json") }

    init() throws {
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    }

    private func settings() throws -> (exit: Int32, output: String) {
        try Programs.run(Programs.gatehouse, ["settings", "--data", data.path, "--json"])
    }

    @Test func `without a file the defaults hold, and a file counts before them`() throws {
        let none = try settings()
        #expect(none.exit == 0 && !none.output.contains(#""source":"file""#), "\(none.output)")
        try Data(#"{"backup-keep":9}"#.utf8).write(to: file)
        #expect(try settings().output.contains(#""value":"9","unit":"backups","source":"file""#))
    }

    @Test func `a file that cannot be read is refused, never taken for none`() throws {
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        let (exit, output) = try settings()
        #expect(exit == 1)
        #expect(
            output
                == "gatehouse: The settings in \(file.path) cannot be read (Is a directory). Let this user read the file, or remove it.\n"
        )
    }

    @Test(arguments: [Data([0x7B, 0xFF, 0xFE, 0x7D]), Data("[]".utf8), Data()])
    func `a file that is not a JSON object in UTF-8 is refused`(bytes: Data) throws {
        try bytes.write(to: file)
        let (exit, output) = try settings()
        #expect(exit == 1)
        #expect(
            output
                == "gatehouse: The settings in \(file.path) are not a JSON object in UTF-8. Correct or remove the file.\n"
        )
    }
}
