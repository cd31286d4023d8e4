import Foundation
import Logging

/// The program's logs: to standard error, so that output stays readable by programs.
enum ProgramLog {
    /// Warnings and worse only; for commands.
    static var quiet: Logger {
        var log = Logger(label: "gatehouse", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = .error
        return log
    }

    /// For a serving node.
    static var serving: Logger {
        var log = Logger(label: "gatehouse", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = .notice
        return log
    }
}
