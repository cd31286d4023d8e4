import Node
import Records
import Store
import SyncCore
import Wire

/// What the pages need of the running node.
public struct PageServices: Sendable {
    public let node: LocalNode
    /// Nil at headquarters: it is called and does not call.
    public let syncJob: SyncJob?
    /// The node's backups; nil where none are made.
    public let backups: BackupJob?
    public let jobs: JobBoard
    /// Whether the data is made up, which every page then says.
    public let isDemo: Bool
    /// Joins headquarters with a code at an address, under this or another office code.
    public typealias Join = @Sendable (JoinCode, String, String?) async throws -> Identity
    /// Nil where there is no way to reach headquarters.
    public let join: Join?

    public init(
        node: LocalNode, syncJob: SyncJob?, backups: BackupJob? = nil, jobs: JobBoard,
        isDemo: Bool = false,
        join: Join? = nil
    ) {
        self.node = node
        self.syncJob = syncJob
        self.backups = backups
        self.jobs = jobs
        self.isDemo = isDemo
        self.join = join
    }

    var store: Store { node.store }
    var role: Role { node.identity.role }
    var isHeadquarters: Bool { role == .headquarters }
    /// Milliseconds since 1970 UTC.
    var now: UInt64 { node.surroundings.now() }
}
