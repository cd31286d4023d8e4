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
    public let jobs: JobBoard
    /// Whether the data is made up, which every page then says.
    public let isDemo: Bool
    /// Joins headquarters with a code at an address. Nil where there is no way to reach one.
    public let join: (@Sendable (JoinCode, String) async throws -> Identity)?

    public init(
        node: LocalNode, syncJob: SyncJob?, jobs: JobBoard, isDemo: Bool = false,
        join: (@Sendable (JoinCode, String) async throws -> Identity)? = nil
    ) {
        self.node = node
        self.syncJob = syncJob
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
