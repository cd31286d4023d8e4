import GRDB
import Records
import SyncCore

/// The projection tables, made from the declarations.
///
/// Nothing in them is truth: when the declarations change, the tables are dropped and filled again
/// from the log.
enum ProjectionSchema {
    /// Raised when the shape of the tables changes although no declaration did, and when what could
    /// not be projected now can.
    static let version = 5

    /// The table of a record type: its name with underscores.
    static func table(_ type: RecordType) -> String {
        String(type.name.map { $0 == "-" ? "_" : $0 })
    }

    /// What the present tables were made from; kept in `meta` and compared at every start.
    static func fingerprint(_ types: [RecordType]) -> String {
        "\(version);" + types.map(statements).joined(separator: ";")
    }

    /// The tables beside those of the record types.
    static let sharedTables = ["siblings", "deletions", "lookup", "missing", textFilters]

    /// May know more than the log tells (`TextFilter`), so a rebuilt one is not compared.
    static let textFilters = "text_filters"

    static func create(_ db: Database, _ types: [RecordType]) throws {
        for type in types { try db.execute(sql: statements(type)) }
        try db.execute(sql: shared)
    }

    static func drop(_ db: Database) throws {
        let made = try String.fetchAll(
            db,
            sql: """
                SELECT m.name FROM sqlite_schema m WHERE m.type = 'table'
                AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = '_live')
                """)
        for table in made + sharedTables {
            try db.execute(sql: "DROP TABLE IF EXISTS \"\(table)\"")
        }
    }

    private static func statements(_ type: RecordType) -> String {
        let table = table(type)
        let columns = type.fields.map { "  \"\($0.name)\" \(column($0))" }.joined(separator: ",\n")
        var sql = """
            CREATE TABLE "\(table)" (
              row INTEGER PRIMARY KEY,
              id TEXT NOT NULL UNIQUE,
              _office TEXT NOT NULL,
            \(columns),
              _state INTEGER NOT NULL,
              _alias TEXT,
              _conflicts TEXT,
              _missing TEXT,
              _position INTEGER NOT NULL,
              _live BLOB NOT NULL
            ) STRICT;
            CREATE INDEX "\(table)_conflicts" ON "\(table)" (id) WHERE _conflicts IS NOT NULL;

            """
        for field in type.fields {
            if case .reference = field.kind, field.merge != .set {
                sql += """
                    CREATE INDEX "\(table)_\(field.name)" ON "\(table)" ("\(field.name)")
                      WHERE "\(field.name)" IS NOT NULL;

                    """
            }
        }
        return sql
    }

    private static func column(_ field: Field) -> String {
        if field.merge == .set { return "TEXT" }
        switch field.kind {
        case .integer, .decimal, .money, .flag: return "INTEGER"
        case .text, .longText, .date, .time, .choice, .reference, .phone, .roomPart, .structure:
            return "TEXT"
        }
    }

    private static let shared = """
        -- Elements of sets, and fields with more than one live write.
        CREATE TABLE siblings (
          type INTEGER NOT NULL,
          row INTEGER NOT NULL,
          field INTEGER NOT NULL,
          group_number INTEGER NOT NULL,
          write_index INTEGER NOT NULL,
          value ANY,
          PRIMARY KEY (type, row, field, group_number, write_index)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE deletions (
          type INTEGER NOT NULL,
          row INTEGER NOT NULL,
          group_number INTEGER NOT NULL,
          write_index INTEGER NOT NULL,
          hides INTEGER NOT NULL,
          listed BLOB NOT NULL,
          PRIMARY KEY (type, row, group_number, write_index)
        ) STRICT, WITHOUT ROWID;

        -- What the search box finds by a whole key or its beginning. Telephone numbers stand reversed, so that last digits are a beginning.
        CREATE TABLE lookup (
          kind INTEGER NOT NULL,
          key TEXT NOT NULL,
          type INTEGER NOT NULL,
          row INTEGER NOT NULL,
          PRIMARY KEY (kind, key, type, row)
        ) STRICT, WITHOUT ROWID;

        -- Which runs of characters occur in the texts of 256 rows: key is type × 2^40 + part × 2^36 + row / 256.
        CREATE TABLE text_filters (
          key INTEGER PRIMARY KEY,
          bits BLOB NOT NULL
        ) STRICT;

        -- Live writes whose values are not here: their group came stripped, and what supersedes them has not come.
        CREATE TABLE missing (
          type INTEGER NOT NULL,
          row INTEGER NOT NULL,
          group_number INTEGER NOT NULL,
          write_index INTEGER NOT NULL,
          field INTEGER NOT NULL,
          PRIMARY KEY (type, row, group_number, write_index)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX missing_group ON missing (group_number);
        """
}
