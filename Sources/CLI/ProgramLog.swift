import Foundation
import Logging

/// The program's logs: to standard error, so that output stays readable by programs.
enum ProgramLog {
    /// For commands, which say themselves what went wrong: the server they start for their own time would
    /// otherwise report its own end as an error when a command fails.
    static var quiet: Logger {
        var log = Logger(label: "gatehouse", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = .critical
        return log
    }

    /// For a serving node.
    static var serving: Logger {
        var log = Logger(label: "gatehouse", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = .notice
        return log
    }
}
