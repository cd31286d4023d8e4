import Foundation
import Logging
import Node
import ServiceLifecycle
import Store
import SyncCore
import Transport
import UnixSignals
import Web

/// A node put together: replica, periodic job, and the server people and peers reach it by.
struct RunningNode: Sendable {
    let folder: DataFolder
    let node: LocalNode
    let parts: Services
    let log: Logger
    private let keptDays: Int

    init(
        _ folder: DataFolder, schedule: SyncSchedule = SyncSchedule(), isDemo: Bool = false,
        log: Logger
    ) async throws {
        self.folder = folder
        self.log = log
        let settings = try SettingsInForce(data: folder.url)
        guard let days = Int(settings[.keepSupersededDays]), (0...36_500).contains(days) else {
            throw CommandFailure(
                "keep-superseded-days is a whole number of days up to 36500.", exit: .usage)
        }
        keptDays = days
        let bar = ProgressReport("重建 Rebuilding")
        node = try await LocalNode(folder, log: log) { done, total in
            bar.show(done: done, total: total)
        }
        bar.finish()
        let channels = PeerChannels(settings[.certificateAuthorityFile])
        let kept = try BackupSettings(settings, data: folder.url)
        var backups = kept.schedule
        // What is made up need not be kept.
        if isDemo { backups.interval = nil }
        let job =
            node.identity.role == .office
            ? SyncJob(node: node, schedule: schedule) { channels.channel(to: $0.url) } : nil
        parts = Services(
            node: node, dataFolder: folder.url, version: Gatehouse.version, syncJob: job,
            backups: BackupJob(
                node: node, folder: kept.folder, schedule: backups, program: Gatehouse.version),
            isDemo: isDemo, joinThrough: { channels.channel(to: $0) })
    }

    /// Serves people, peers and the command line until the process is told to stop.
    ///
    /// - Parameter onListening: told the port once connections are taken.
    func serve(
        listen: ListenAddress, onListening: @escaping @Sendable (Int) async -> Void
    ) async throws {
        var all: [any Service] = [
            WebServer(
                parts, listen: listen, socketPath: folder.socketPath, onListening: onListening)
        ]
        if let job = parts.syncJob { all.append(job) }
        all.append(ForgettingJob(node: node, keptDays: keptDays))
        if let backups = parts.backups { all.append(backups) }
        all.append(StorageWatch(store: node.store, log: log))
        let configuration = ServiceGroupConfiguration(
            services: all.map {
                .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        do {
            // Before the jobs begin work that would only be cancelled.
            try await listen.checkIsFree()
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            // Nothing is flushed any more if the disk failed; otherwise it is closed in order.
            try? node.close()
            throw error
        }
        try node.close()
    }

    /// Serves the local socket for the time of some work.
    func serveSocket<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        let server = WebServer(
            parts, listen: nil, socketPath: folder.socketPath,
            onListening: { _ in signal.finish() })
        let group = ServiceGroup(services: [server], logger: log)
        let result = try await withThrowingTaskGroup(of: Result?.self) { tasks in
            tasks.addTask {
                defer { signal.finish() }
                try await group.run()
                return nil
            }
            tasks.addTask {
                for await _ in ready {}
                let result = try await work()
                await group.triggerGracefulShutdown()
                return result
            }
            var found: Result?
            do {
                for try await result in tasks where result != nil { found = result }
            } catch {
                await group.triggerGracefulShutdown()
                try? node.close()  // What went wrong in the command is what is told.
                throw error
            }
            return found
        }
        try node.close()
        guard let result else {
            throw CommandFailure("The node's socket \(folder.socketPath) could not be served.")
        }
        return result
    }
}

/// One channel for each address, so that connections are kept.
private final class PeerChannels: Sendable {
    private let channels = Locked<[String: CurlPeerChannel]>([:])
    private let certificateAuthorityFile: String?

    /// - Parameter file: a PEM file of authorities; empty for the system's.
    init(_ file: String) {
        certificateAuthorityFile = file.isEmpty ? nil : file
    }

    func channel(to url: String) -> CurlPeerChannel {
        channels.with { channels in
            if let known = channels[url] { return known }
            let channel = CurlPeerChannel(
                url: url,
                certificateAuthorityFile: certificateAuthorityFile)
            channels[url] = channel
            return channel
        }
    }
}

/// A progress bar that may be told from anywhere.
final class ProgressReport: Sendable {
    private let bar: Locked<ProgressBar>

    init(_ title: String) {
        bar = Locked(ProgressBar(title))
    }

    func show(done: Int, total: Int) {
        bar.with { $0.show(done: done, total: total) }
    }

    func finish() {
        bar.with { $0.finish() }
    }
}
