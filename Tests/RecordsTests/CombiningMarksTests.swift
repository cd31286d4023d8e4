import Records
import SyncCore
import Testing

struct CombiningMarksTests {
    private static let marks = "\u{300}\u{316}"
    /// Half a megabyte: to compare it with itself, spelled otherwise, takes a minute.
    private static let tower = "男" + String(repeating: marks, count: 125_000)

    @Test func `thirty marks in a row are taken and one more is not`() {
        let thirty = "a" + String(repeating: Self.marks, count: 15)
        #expect(!CombiningMarks.areTooMany(in: thirty))
        #expect(!CombiningMarks.areTooMany(in: thirty + "b" + thirty + "栋" + thirty))
        #expect(CombiningMarks.areTooMany(in: thirty + "\u{300}"))
        #expect(CombiningMarks.areTooMany(in: "abc" + thirty + "\u{300}abc"))
        #expect(!CombiningMarks.areTooMany(in: "水管漏水，第二次；e\u{301}"))
    }

    @Test func `a field refuses them before it compares anything`() {
        for field in Catalogue.types.flatMap(\.fields) {
            do {
                _ = try field.value(fromText: Self.tower)
                Issue.record("\(field.name) took it")
            } catch {
                #expect(error.code == .tooLong || error.code == .tooManyMarks)
            }
            #expect(throws: FieldProblem.self) { try field.elements(fromText: Self.tower) }
            let list = JSONValue.array([.string(Self.tower)])
            #expect(throws: FieldProblem.self) { try field.elements(fromJSON: list) }
        }
        let few = "a" + String(repeating: "\u{300}", count: 31)
        #expect { try TestFields.text.value(fromText: few) } throws: {
            ($0 as? FieldProblem)?.code == .tooManyMarks
        }
    }

    @Test func `they are found anywhere in a JSON value`() {
        let deep = JSONValue.object([
            .init("a", .array([.null, .string("x"), .string(Self.tower)]))
        ])
        #expect(CombiningMarks.areTooMany(in: deep))
        #expect(!CombiningMarks.areTooMany(in: .object([.init("a", .array([.string("é")]))])))
    }

    @Test func `a name of an object is short, so that names can be compared`() throws {
        let long = String(repeating: "n", count: 256)
        #expect(throws: Never.self) { try JSONValue(parsing: "{\"\(long)\":1}") }
        for name in [long + "n", Self.tower] {
            #expect { try JSONValue(parsing: "[{\"\(name)\":1}]") } throws: {
                ($0 as? JSONProblem) == JSONProblem(reason: .longName, offset: 2)
            }
        }
    }
}
