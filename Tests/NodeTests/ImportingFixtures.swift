import Foundation
import Records
import Store
import SyncCore
import Testing

@testable import Node

/// The registers of the three offices beside the tests.
enum Fixtures {
    static func bytes(_ name: String) throws -> [UInt8] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try Array(Data(contentsOf: tests.appending(path: "Fixtures/\(name)")))
    }

    /// The household register of an office, in the form in which it keeps it.
    static func households(_ office: String) throws -> [UInt8] {
        try bytes("\(office)-households.\(office == "MH03" ? "xlsx" : "csv")")
    }

    /// What a correct import reports.
    static func expected(_ office: String) throws -> JSONValue {
        let json = try JSONValue(parsing: String(decoding: bytes("expected.json"), as: UTF8.self))
        return try #require(json[office])
    }

    /// A register of a few rows, each in the order of the header.
    static func csv(_ header: String, _ rows: String...) -> [UInt8] {
        Array(([header] + rows).joined(separator: "\n").utf8)
    }
}

/// A new office for the length of a test.
func withOffice(_ code: String, _ body: (LocalNode) async throws -> Void) async throws {
    let office = try await TestNode(.office, code: code)
    try await body(office.node)
    // The folder goes away with the office.
    withExtendedLifetime(office) {}
}

extension LocalNode {
    /// How many records a list shows.
    func count(_ type: RecordType) async throws -> Int { try await store.count(RecordQuery(type)) }

    /// The only record of a type.
    func only(_ type: RecordType) async throws -> StoredRecord {
        let records = try await store.list(RecordQuery(type)).records
        return try #require(records.count == 1 ? records.first : nil)
    }

    /// Groups logged here in all spaces.
    func groupCount() async throws -> Int {
        try await store.spaces().reduce(0) { $0 + $1.groups }
    }

    func importAll(_ office: String) async throws {
        _ = try await importRegister(
            "households", bytes: Fixtures.households(office), actor: nil)
        _ = try await importRegister(
            "tickets", bytes: Fixtures.bytes("\(office)-tickets.csv"), actor: nil)
        _ = try await importRegister(
            "visits", bytes: Fixtures.bytes("\(office)-visits.csv"), actor: nil)
    }
}

extension StoredRecord {
    func text(_ name: String) -> String {
        if case .text(let text) = value(name) { text } else { "" }
    }

    func reference(_ name: String) -> RecordID? {
        if case .record(let id) = value(name) { id } else { nil }
    }
}
