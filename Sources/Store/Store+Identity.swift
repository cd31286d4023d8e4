import GRDB
import Records
import SyncCore

/// Who this replica is, as its database says.
public struct Identity: Hashable, Sendable {
    public var role: Role
    /// The space this node's people work in: its office's, or `.company` at headquarters.
    public var space: SpaceID
    /// `MH01`, or `HQ`.
    public var code: String
    public var name: String

    public init(role: Role, space: SpaceID, code: String, name: String) {
        self.role = role
        self.space = space
        self.code = code
        self.name = name
    }
}

/// How far this node's own writing has come, as the guard file beside the database also says.
public struct OwnProgress: Hashable, Sendable, Codable {
    /// The present life.
    public var life: String
    /// Last own log number; the log never shrinks, so less than the guard file says means an older
    /// copy.
    public var lastGroup: Int64
    /// That group's hash in hexadecimal; empty before the first group.
    public var hash: String
    /// Of the files it was last found in; nil where nobody can tell.
    public var marks: FileMarks?

    public init(life: String, lastGroup: Int64, hash: String, marks: FileMarks? = nil) {
        self.life = life
        self.lastGroup = lastGroup
        self.hash = hash
        self.marks = marks
    }
}

extension Store {
    /// Nil before `found`.
    public func identity() async throws -> Identity? {
        try await queue.read(Self.identity)
    }

    /// Makes a new replica somebody's: writes who it is and its first records, in one transaction.
    ///
    /// - Throws: `StoreError.notAllowed` when it is somebody's.
    /// - Parameters:
    ///   - life: the founding life; numbers given out in it carry no suffix.
    ///   - records: what every office begins with.
    public func found(
        _ identity: Identity, life: String, records: [RecordEdit], _ context: SaveContext
    ) async throws {
        try await queue.write { db in
            guard try Self.identity(db) == nil else {
                throw StoreError(.notAllowed, "The database holds a node already.")
            }
            try self.write(identity, db)
            try Meta.set("life", life, db)
            try Meta.set("founding-life", life, db)
            try Directory.trust(
                self.sealing.key, role: identity.role, space: identity.space, db)
            let numbers = try self.save(records, context, db)
            try Meta.set("founding-group", String(numbers.max() ?? 0), db)
        }
    }

    private func write(_ identity: Identity, _ db: Database) throws {
        try Meta.set("role", identity.role.rawValue, db)
        try Meta.set("space", identity.space.description, db)
        try Meta.set("code", identity.code, db)
        try Meta.set("name", identity.name, db)
    }

    /// Whether nothing was saved since the node was made.
    public func isEmpty() async throws -> Bool {
        try await queue.read(Self.isEmpty)
    }

    private static func isEmpty(_ db: Database) throws -> Bool {
        let founding = try Meta.text("founding-group", db).flatMap { Int64($0) } ?? 0
        return try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT NOT EXISTS (SELECT 1 FROM log WHERE number > ?)"),
            arguments: [founding]) ?? true
    }

    /// Turns an empty node into a further node of an office that is known at headquarters: its
    /// founding records go, the known office's will come by exchange.
    ///
    /// - Throws: `StoreError.notAllowed` when somebody saved meanwhile.
    public func adopt(space: SpaceID, life: String) async throws {
        try await queue.write { db in
            guard try Self.isEmpty(db), var identity = try Self.identity(db) else {
                throw StoreError(
                    .notAllowed,
                    "Something was saved while joining, so this node keeps its own office. Ask headquarters for a code of its own."
                )
            }
            identity.space = space
            self.logs.forget()
            for table in [
                "log", "named", "branches", "streams", "own_streams", "spaces", "authors", "series",
                "superseded", "forgotten_up_to", "damaged", "asked", "unprojected",
            ] {
                try db.execute(sql: "DELETE FROM \(table)")
            }
            try self.write(identity, db)
            try Meta.set("founding-life", "", db)
            try Meta.set("founding-group", "0", db)
            try Life.begin(life, db)
            try Directory.trust(self.sealing.key, role: identity.role, space: space, db)
            try ProjectionSchema.drop(db)
            try ProjectionSchema.create(db, self.types)
        }
    }

    /// Changes the office code this node stands under; numbers given out from now on carry it.
    public func rename(code: String) async throws {
        try await queue.write { db in try Meta.set("code", code, db) }
    }

    static func identity(_ db: Database) throws -> Identity? {
        guard let role = try Meta.text("role", db).flatMap(Role.init),
            let space = try Meta.text("space", db).flatMap({ SpaceID($0) })
        else { return nil }
        return Identity(
            role: role, space: space, code: try Meta.text("code", db) ?? "",
            name: try Meta.text("name", db) ?? "")
    }

    /// What the guard file is to say now.
    public func ownProgress() async throws -> OwnProgress {
        try await queue.read { db in
            let life = try Life.current(db)
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT b.last_group, b.last_hash FROM branches b JOIN streams s ON s.number = b.stream
                        WHERE s.key = ? ORDER BY b.last_group DESC LIMIT 1
                        """), arguments: [Blob(self.sealing.key.bytes)])
            return OwnProgress(
                life: life, lastGroup: try row?.read(0) ?? 0,
                hash: try row.map { Hexadecimal.text(try $0.bytes(1)) } ?? "",
                marks: FileMarks(db))
        }
    }

    /// Whether the log still holds what the guard file says this node wrote.
    public func holds(_ progress: OwnProgress) async throws -> Bool {
        try await queue.read { db in
            guard try Life.current(db) == progress.life else { return false }
            guard let hash = Hexadecimal.bytes(progress.hash), !hash.isEmpty else { return true }
            return try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM log WHERE hash = ?)"),
                arguments: [Blob(hash)]) ?? false
        }
    }

    /// From now on this replica writes new streams that continue the old ones, and numbers carry a
    /// suffix (design.md §4).
    public func beginLife(_ life: String) async throws {
        try await queue.write { db in try Life.begin(life, db) }
    }

    /// Whether the present life has written nothing yet. Then nothing would tell two copies of this
    /// replica apart: each would begin a stream of its own, and both would give out the numbers of
    /// one life.
    public func isLifeUnwritten() async throws -> Bool {
        try await queue.read { db in
            try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT NOT EXISTS (SELECT 1 FROM own_streams o
                          JOIN spaces s ON s.number = o.space WHERE substr(s.id, 1, 1) <> ?)
                        """),
                arguments: [Blob([SpaceID.Kind.officePrivate.rawValue])]) ?? true
        }
    }

    /// Puts a number of this session into the header of the database file, so that the file of
    /// another session is told from this one's (`FileMarks`).
    ///
    /// - Parameter random: 4 bytes.
    public func beginSession(_ random: [UInt8]) async throws {
        let number = random.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        try await queue.write { db in
            try db.execute(sql: "PRAGMA user_version = \(Int32(bitPattern: number))")
        }
    }

    public func life() async throws -> String {
        try await queue.read(Life.current)
    }

    /// The role a database was founded with, without opening the replica; nil for a new file.
    public static func role(path: String) throws -> Role? {
        let connection = try Connection(path: path)
        defer { try? connection.close() }  // Nothing was written; the files stay as they are.
        return try connection.read(foundedRole)
    }

    static func foundedRole(_ db: Database) throws -> Role? {
        guard try db.tableExists("meta") else { return nil }
        return try Meta.text("role", db).flatMap(Role.init)
    }
}
