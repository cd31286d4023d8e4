import ArgumentParser
import Foundation
import Node
import Store
import Web

/// `gatehouse serve`: the running node.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the node: its page, its API and its periodic exchange.",
        discussion: "Example: gatehouse serve --data office --listen 127.0.0.1:8080")

    @OptionGroup var data: DataOption
    @Option(help: "Loopback address and port; 0 for any free port. (default: 127.0.0.1:8080)")
    var listen: String?
    @Option(help: "Seconds between two exchanges when nothing happens. (default: 60)")
    var interval: String?
    @Flag(help: .hidden)
    var demo = false

    func run() async throws {
        var flags: [Setting: String] = [:]
        flags[.listen] = listen
        flags[.interval] = interval
        let settings = try SettingsInForce(flags: flags, data: data.url)
        let address: ListenAddress
        do {
            address = try ListenAddress(settings[.listen])
        } catch {
            throw CommandFailure(error.message, exit: .usage)
        }
        guard let interval = Double(settings[.interval]), interval > 0, interval <= 86_400 else {
            throw CommandFailure("The interval is a number of seconds up to 86400.", exit: .usage)
        }
        print("数据目录 Data folder: \(data.url.path)")
        fflush(nil)
        do {
            guard DataFolder.exists(at: data.url) else {
                throw CommandFailure(
                    "There is no node in \(data.url.path). Make one with gatehouse init.")
            }
            let schedule = SyncSchedule(interval: .milliseconds(Int64(interval * 1_000)))
            let running = try await RunningNode(
                try DataFolder(data.url), schedule: schedule, isDemo: demo, log: ProgramLog.serving)
            try await running.serve(listen: address) { port in
                print("页面 Page: http://\(address.host):\(port)/")
                fflush(nil)
            }
        } catch let error as StoreError {
            throw CommandFailure(error.description)
        } catch let error as ListenError {
            throw CommandFailure(error.message)
        }
    }
}
