import GRDB
import Records
import SyncCore

/// Logs admitted groups of one space and projects them, within one transaction.
struct LogAppender {
    private(set) var log: GroupLog
    private let projector: Projector
    private let parks: Bool
    /// Nobody's role changes while groups are appended.
    private var roles: [StreamID: Role?] = [:]

    /// - Parameter parks: whether a group that SQLite does not take into the projection is noted and
    ///   left out of it; otherwise that is thrown.
    init(log: GroupLog, reader: LogReader, tables: ProjectionTables, parks: Bool) {
        self.log = log
        self.parks = parks
        projector = Projector(reader: reader, tables: tables, space: log.space)
    }

    @discardableResult
    mutating func append(_ group: Group) throws -> Int64 {
        let references = try group.referenced.map { try log.locate($0).held("a referenced group") }
        let number = try log.append(group, references: references)
        let logged = Projector.Logged(
            group: group, number: number, role: try role(of: group.place.stream),
            references: references.map(\.number))
        let remark = try parks ? projector.projectOrPark(logged) : projector.project(logged)
        if let remark { try Projector.note(remark, of: number, log.db) }
        return number
    }

    mutating func flush() throws { try log.flush() }

    private mutating func role(of stream: StreamID) throws -> Role? {
        if let known = roles[stream] { return known }
        let role = try log.key(of: stream).flatMap { key in
            try String.fetchOne(
                log.db.cachedStatement(sql: "SELECT role FROM authors WHERE key = ?"),
                arguments: [Blob(key.bytes)])
        }.flatMap(Role.init)
        roles[stream] = .some(role)
        return role
    }
}
