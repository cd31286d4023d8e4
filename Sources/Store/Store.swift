import Foundation
import GRDB
import Records
import SyncCore

/// One node's replica: the log of groups and the projection people and pages query. It alone knows
/// SQL.
///
/// Every method runs in one transaction on the single connection; what it returns is committed,
/// fsync included. The `async` methods run on the connection's own thread, never on the shared
/// pool.
public final class Store: Sendable {
    let queue: Connection
    let logs = GroupLogs()
    let tables: ProjectionTables
    let codec: any GroupCoding
    let sealing: any Sealing
    /// The record types projected here.
    public let types: [RecordType]
    /// This node's role.
    public let role: Role
    /// The file lies in memory: calls run on the caller's thread.
    public var neverWaits: Bool { queue.neverWaits }

    /// Opens or creates the replica and checks the storage discipline. A projection made from other
    /// declarations is rebuilt.
    ///
    /// - Parameters:
    ///   - path: the database file; the caller holds the lock of its folder.
    ///   - types: the catalogue.
    ///   - role: the node's; nil takes what the database was founded with.
    ///   - check: how closely the file is looked at before anything is written to it.
    ///   - upgrading: told which files these are, before an upgrade writes more than a page to them;
    ///     not called when there is nothing to upgrade.
    ///   - neverWaits: the file lies in memory, so that no thread of its own is needed.
    ///   - progress: told about a check or a rebuild: groups done and in all.
    /// - Throws: `StoreError` `unsafe-storage`, `newer-database`, `already-open`, or `damaged`, with
    ///   the files as they were.
    public init(
        path: String, types: [RecordType] = Catalogue.types, role: Role?, codec: any GroupCoding,
        sealing: any Sealing, check: StartCheck = .ends,
        upgrading: ((FileMarks) -> Void)? = nil, neverWaits: Bool = false,
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) throws {
        let fingerprint = ProjectionSchema.fingerprint(types)
        self.types = types
        self.codec = codec
        self.sealing = sealing
        tables = ProjectionTables(types)
        do {
            let queue = try Connection(path: path, neverWaits: neverWaits)
            self.queue = queue
            self.role = try role ?? queue.read(Self.foundedRole) ?? .office
            try refuseNewer()
            try self.check(check, progress: progress)
            try queue.trust()
            if let upgrading, try isUpgradeDue(fingerprint) { upgrading(try queue.beginLog()) }
            try queue.migrate(Migrations.migrator)
        } catch {
            throw StoreError.damage(behind: error) ?? error
        }
        if !PlantedBug.commitWithoutSync.isPlanted {
            try queue.writeWithoutTransaction(DatabaseFile.checkDiscipline)
        }
        let isCurrent = try queue.read { db in
            let present = try Meta.text("projection", db)
            return present == fingerprint
                || present != nil && PlantedBug.keepOldProjection.isPlanted
        }
        if case .everything = check {
            try rebuildProjection(progress: progress)
        } else if !isCurrent {
            try rebuildProjection(progress: progress)
        }
    }

    /// For looking only: nothing is migrated, checked or made anew.
    init(
        looking queue: Connection, codec: any GroupCoding, sealing: any Sealing
    ) throws {
        types = Catalogue.types
        tables = ProjectionTables(types)
        self.codec = codec
        self.sealing = sealing
        self.queue = queue
        role = try queue.read(Self.foundedRole) ?? .office
        try refuseNewer()
    }

    private func isUpgradeDue(_ fingerprint: String) throws -> Bool {
        try queue.read { db in
            try !Migrations.migrator.hasCompletedMigrations(db)
                || Meta.text("projection", db) != fingerprint
        }
    }

    private func refuseNewer() throws {
        try queue.read { db in
            guard try !Migrations.migrator.hasBeenSuperseded(db) else {
                throw StoreError(
                    .newerDatabase,
                    "The database was written by a newer program. Install that version or a later one."
                )
            }
        }
    }

    /// Says once why nothing can be done with this replica any more: the disk failed, or the file
    /// is damaged. Every operation is refused from then on; the program is to end. For one reader.
    public var failures: AsyncStream<StoreError> { queue.failures }

    /// Whether that came to be.
    public var hasFailed: Bool { queue.hasFailed }

    /// Whether the last write found no room on the disk. Reading goes on; the next write tries
    /// again.
    public var isFull: Bool { queue.isFull }

    /// Tries again whether the disk has room, when the last write found none.
    public func hasRoom() async -> Bool {
        guard queue.isFull else { return true }
        guard queue.hasRoom else { return false }
        // How it failed stands in `isFull`.
        try? await queue.write { db in
            try Meta.set("room", Meta.text("room", db) == "a" ? "b" : "a", db)
        }
        return !queue.isFull
    }

    public func close() throws {
        try queue.close()
    }

    // MARK: Spaces

    /// Clock and digest of spaces; empty states for spaces nothing was written in.
    public func states(of spaces: [SpaceID]) async throws -> [SpaceID: SpaceState] {
        try await queue.read { db in try self.states(of: spaces, db) }
    }

    func states(of spaces: [SpaceID], _ db: Database) throws -> [SpaceID: SpaceState] {
        try spaces.reduce(into: [:]) { states, space in
            states[space] = try logs.known(space, db)?.state ?? .empty
        }
    }

    /// Every space this replica holds groups of, with its log of groups in numbers.
    public func spaces() async throws -> [SpaceSummary] {
        try await queue.read { [codec, logs] db in
            try Row.fetchAll(db.cachedStatement(sql: "SELECT id FROM spaces ORDER BY id")).map {
                row in
                let space = try SpaceID(row.bytes(0)).held("a space")
                let log = try logs.open(space, db)
                let count =
                    try Int.fetchOne(
                        db.cachedStatement(
                            sql: """
                                SELECT count(*) FROM log l JOIN branches b ON b.number = l.branch
                                WHERE b.space = ?
                                """), arguments: [log.spaceNumber]) ?? 0
                return SpaceSummary(
                    space: space, state: log.state, groups: count,
                    forkedStreams: try log.forkedStreams(codec).sorted())
            }
        }
    }

    // MARK: Authors

    /// Enters a key into the directory this replica judges groups by. Role and space of a key never
    /// change.
    ///
    /// - Parameter space: the office space the node belongs to; `.company` for headquarters.
    public func trust(_ key: NodeKey, role: Role, space: SpaceID) async throws {
        try await queue.write { db in
            try Directory.trust(key, role: role, space: space, db)
        }
    }

    /// Whether a key may write in a space: its own office's, or headquarters anywhere but in
    /// private spaces.
    static func mayWrite(_ key: NodeKey, in space: SpaceID, _ db: Database) throws -> Bool {
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT role, space FROM authors WHERE key = ?"),
                arguments: [Blob(key.bytes)]), let role = try Role(rawValue: row.read(0))
        else { return false }
        switch (space.kind, role) {
        case (.company, let role): return role == .headquarters
        case (.office, .headquarters): return true
        case (.officePrivate, .headquarters): return false
        case (.office, .office), (.officePrivate, .office):
            let home = SpaceID(try row.bytes(1))
            return home?.office == space.office
        }
    }
}

/// A space and what is held of it.
public struct SpaceSummary: Sendable {
    public var space: SpaceID
    public var state: SpaceState
    public var groups: Int
    /// Streams on which a restored or cloned copy wrote on.
    public var forkedStreams: [StreamID]
}

/// Single facts of the replica.
enum Meta {
    static func text(_ name: String, _ db: Database) throws -> String? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT value FROM meta WHERE name = ?"), arguments: [name])
    }

    static func set(_ name: String, _ value: String, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO meta (name, value) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """
        ).execute(arguments: [name, value])
    }

    /// The greatest hybrid time this replica has written or seen.
    static func time(_ db: Database) throws -> HybridTime {
        try text("time", db).flatMap(UInt64.init).flatMap(HybridTime.init) ?? .zero
    }

    static func advance(time: HybridTime, _ db: Database) throws {
        if try time > self.time(db) { try set(time: time, db) }
    }

    /// - Precondition: the time is greater than the present one.
    static func set(time: HybridTime, _ db: Database) throws {
        try set("time", String(time.rawValue), db)
    }
}
