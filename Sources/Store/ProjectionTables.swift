import GRDB
import Records
import SyncCore

/// The statements of each projection table, put together once.
struct ProjectionTables: Sendable {
    struct Table: Sendable {
        let type: RecordType
        let name: String
        let select: String
        /// The row of an id.
        let find: String
        let insert: String
        let update: String
        /// The texts that the search box looks through, in the order of `texts`.
        let selectTexts: String
        /// Positions of the fields that feed the search box, by kind.
        let roomParts: [Int]
        let roomReferences: [Int]
        let places: [Int]
        let texts: [Int]
        let phones: [Int]
        let numbers: [Int]
        /// Position of the field that takes the number of the type's series; none of `numbers`.
        let series: Int?
        let naturalKey: [Int]
        /// Positions of all fields that make keys of a record.
        let keyed: [Int]
    }

    private let tables: [UInt32: Table]

    init(_ types: [RecordType]) {
        tables = Dictionary(uniqueKeysWithValues: types.map { ($0.number, Table($0)) })
    }

    subscript(number: UInt32) -> Table? { tables[number] }

    subscript(type: RecordType) -> Table {
        guard let table = tables[type.number] else {
            preconditionFailure("the record type \(type.name) is not in the catalogue")
        }
        return table
    }

    var all: [Table] { tables.values.sorted { $0.type.number < $1.type.number } }
}

extension ProjectionTables.Table {
    fileprivate init(_ type: RecordType) {
        self.type = type
        name = ProjectionSchema.table(type)
        let fields = type.fields.map { "\"\($0.name)\"" }
        let own = ["_state", "_alias", "_conflicts", "_missing", "_position", "_live"]
        let written = ["id", "_office"] + fields + own
        let columns = (["row"] + written).joined(separator: ", ")
        select = "SELECT \(columns) FROM \"\(name)\""
        find = select + " WHERE id = ?"
        insert = """
            INSERT INTO "\(name)" (\(written.joined(separator: ", ")))
            VALUES (\(written.map { _ in "?" }.joined(separator: ", ")))
            ON CONFLICT (id) DO NOTHING
            """
        update = """
            UPDATE "\(name)" SET \((fields + own).map { "\($0) = ?" }.joined(separator: ", "))
            WHERE row = ?
            """
        func positions(_ search: Field.Search) -> [Int] {
            type.fields.indices.filter { type.fields[$0].search == search }
        }
        roomParts = positions(.room).filter { type.fields[$0].kind == .roomPart }
        roomReferences = positions(.room).filter { type.fields[$0].kind != .roomPart }
        places = positions(.place)
        let texts = type.fields.indices.filter { type.fields[$0].isSearchedByText }
        self.texts = texts
        selectTexts =
            "SELECT \(texts.map { fields[$0] }.joined(separator: ", ")) FROM \"\(name)\""
        phones = positions(.phone)
        let series = type.series.flatMap { series in
            type.fields.firstIndex { $0.name == series.field }
        }
        self.series = series
        numbers = positions(.number).filter { $0 != series }
        naturalKey = type.naturalKey.compactMap { name in
            type.fields.firstIndex { $0.name == name }
        }
        keyed = roomParts + places + phones + numbers + naturalKey + [series].compactMap(\.self)
    }
}
