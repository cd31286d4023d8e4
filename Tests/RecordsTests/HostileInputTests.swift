import Records
import SyncCore
import Testing

/// Parsers take what strangers send: whatever comes, they return or refuse.
struct HostileInputTests {
    @Test(arguments: 0..<500)
    func `no text and no bytes stop a parser`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let bytes = Samples.bytes(&random)
            _ = try? JSONValue(parsing: bytes)
            for text in [Samples.text(&random), String(decoding: bytes, as: UTF8.self)] {
                _ = RoomAddress(text)
                _ = RoomAddress.part(text)
                _ = PhoneNumber(text)
                _ = CalendarDate(text)
                _ = LocalTime(text)
                _ = try? JSONValue(parsing: text)
            }
        }
    }

    @Test(arguments: 0..<500)
    func `no text and no value stop a field`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let type = Catalogue.types[seed % Catalogue.types.count]
        for field in type.fields + TestFields.oneOfEachKind {
            let text = Samples.text(&random)
            let values = [
                Value.empty, .text(text), .integer(.random(in: .min ... .max, using: &random)),
                .integer(.min),
                .record(Samples.id(in: .company, random.next())),
            ]
            for value in values {
                try? field.check(value)
                _ = field.text(of: value, in: .zh)
                _ = field.text(of: value, in: .en)
                _ = field.parts(of: value)
                let json = field.json(of: value)
                _ = json.text
                _ = try? field.value(fromJSON: json)
            }
            _ = try? field.value(fromText: text)
            _ = try? field.elements(fromText: text)
            if let json = try? JSONValue(parsing: text) {
                _ = try? field.value(fromJSON: json)
                _ = try? field.elements(fromJSON: json)
            }
        }
        let values = Dictionary(
            uniqueKeysWithValues: type.fields.map { ($0.name, Value.text(Samples.text(&random))) })
        _ = type.problems(in: values, creating: seed.isMultiple(of: 2))
    }
}
