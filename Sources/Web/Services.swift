import Foundation
import Node
import Store
import SyncCore
import Wire

/// What the pages and the API of one running node work on.
public struct Services: Sendable {
    public let node: LocalNode
    /// The data folder, named in the status.
    public let dataFolder: URL
    /// Of the program, for the status and the API's description.
    public let version: String
    /// The periodic exchange; nil at headquarters, which only answers.
    public let syncJob: SyncJob?
    /// The node's backups; nil where none are made, as in tests.
    public let backups: BackupJob?
    /// The answering side of the exchange; nil at an office.
    public let responder: ExchangeResponder?
    /// Long work that survives closing the page.
    public let jobs: JobBoard
    /// How headquarters is reached before the office has joined it. Throws for an address that
    /// cannot be one.
    public let joinThrough: @Sendable (_ url: String) throws -> any PeerChannel
    /// Whether the data is made up, which every page then says.
    public let isDemo: Bool
    /// Counts requests for `/metrics`.
    let meter = RequestMeter()

    /// - Parameter syncJob: given at an office, nil at headquarters.
    public init(
        node: LocalNode, dataFolder: URL, version: String, syncJob: SyncJob?,
        backups: BackupJob? = nil, jobs: JobBoard = JobBoard(), isDemo: Bool = false,
        joinThrough: @escaping @Sendable (_ url: String) throws -> any PeerChannel
    ) {
        self.node = node
        self.dataFolder = dataFolder
        self.version = version
        self.syncJob = syncJob
        self.backups = backups
        responder = node.identity.role == .headquarters ? ExchangeResponder(node: node) : nil
        self.jobs = jobs
        self.isDemo = isDemo
        self.joinThrough = joinThrough
    }

    /// Joins headquarters and has the first exchange made soon.
    ///
    /// - Throws: as `LocalNode.join`, and what `joinThrough` throws for the address.
    func join(
        _ code: JoinCode, url: String, officeCode: String? = nil
    ) async throws -> Identity {
        let identity = try await node.join(
            code, url: url, officeCode: officeCode, through: try joinThrough(url))
        await syncJob?.resume()
        return identity
    }
}

extension PageServices {
    init(_ services: Services) {
        let join: PageServices.Join = { code, url, officeCode in
            try await services.join(code, url: url, officeCode: officeCode)
        }
        self.init(
            node: services.node, syncJob: services.syncJob, backups: services.backups,
            jobs: services.jobs, isDemo: services.isDemo, join: services.syncJob == nil ? nil : join
        )
    }
}
