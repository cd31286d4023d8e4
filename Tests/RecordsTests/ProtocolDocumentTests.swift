import Foundation
import Records
import Testing

@Suite struct ProtocolDocumentTests {
    /// With GATEHOUSE_WRITE_VECTORS=1 the file is written anew; say so in the commit when a number
    /// changed.
    @Test func `Protocol's records.json lists every type and field as declared`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Protocol/records.json").standardizedFileURL
        let declared = Catalogue.document().text(wrappedAt: 120) + "\n"
        if ProcessInfo.processInfo.environment["GATEHOUSE_WRITE_VECTORS"] == "1" {
            try Data(declared.utf8).write(to: file)
        }
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(
            committed == declared,
            "Protocol/records.json differs from the declarations; write it with GATEHOUSE_WRITE_VECTORS=1"
        )
    }
}
