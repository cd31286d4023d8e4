import ArgumentParser
import Foundation

/// The program: one node, its commands and the demo.
@main
struct Gatehouse: AsyncParsableCommand {
    static let version = "0.1"

    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "An office that works offline, and headquarters that sees all offices.",
        discussion: """
            Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but something needs a person, \
            4 headquarters was not reached.

            Example:
              gatehouse init --data office --role office --code MH01 --name 幸福里小区
              gatehouse serve --data office --listen 127.0.0.1:8080
            """,
        version: version,
        subcommands: [
            Demo.self, Init.self, Serve.self, Invite.self, Join.self, Sync.self, Import.self,
            Export.self, Conflicts.self, Backups.self, Verify.self, Status.self, Doctor.self,
            Settings.self,
            Healthcheck.self, Simulate.self,
        ])

    static func main() async {

        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            end(CommandExit.done.rawValue)
        } catch let failure as CommandFailure {
            FileHandle.standardError.write(Data("gatehouse: \(failure.message)\n".utf8))
            end(failure.exit.rawValue)
        } catch {
            // Help and version are not failures; wrong usage has exit code 2 here and not 64.
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            let stream = code.isSuccess ? FileHandle.standardOutput : FileHandle.standardError
            if !text.isEmpty { stream.write(Data("\(text)\n".utf8)) }
            let usage = ExitCode.validationFailure
            end(code == usage ? CommandExit.usage.rawValue : code.rawValue)
        }
    }

    /// Ends the process at once. `exit` would take OpenSSL's tables down under libcurl's and the
    /// server's threads, which now and then crashed a command that had done its work; everything
    /// that matters is committed and closed by now.
    private static func end(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}

/// What the program tells the shell.
enum CommandExit: Int32 {
    case done = 0
    case failed = 1
    case usage = 2
    case needsAttention = 3
    case peerNotReached = 4
}

/// A command that could not do what it was asked to.
struct CommandFailure: Error {
    var exit: CommandExit
    /// A sentence that names the thing and the next step.
    var message: String

    init(_ message: String, exit: CommandExit = .failed) {
        self.message = message
        self.exit = exit
    }
}

/// Where the node lives; asked by every command but the demo.
struct DataOption: ParsableArguments {
    @Option(name: .customLong("data"), help: "The node's data folder.")
    var path: String

    var url: URL { URL(filePath: path, directoryHint: .isDirectory) }
}

/// Whether a program reads the output.
struct OutputOption: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print one JSON document.")
    var json = false
}
