import Store
import Tables

/// Why a file as a whole cannot be imported; nothing of it went in.
public struct ImportError: CodedError, Hashable, CustomStringConvertible {
    /// A word of `Code`, of `TableError.Code` or of `StoreError.Code`.
    public let code: String
    /// Names the thing and the next step; never what stands in a cell.
    public let message: String
    /// What lies beneath, for the log.
    public let cause: String?

    public enum Code: String, CaseIterable, Sendable {
        case unknownRegister = "unknown-register"
        case missingColumn = "missing-column"
        case repeatedColumn = "repeated-column"
        /// No estate to put households in.
        case noEstate = "no-estate"
        /// Registers come in where their office works.
        case notAnOffice = "not-an-office"
        case unknownBatch = "unknown-batch"
    }

    init(_ code: Code, _ message: String) {
        self.init(code.rawValue, message, cause: nil)
    }

    init(_ error: TableError) {
        self.init(error.code.rawValue, error.message, cause: error.cause)
    }

    init(_ error: StoreError) {
        self.init(error.code.rawValue, error.message, cause: error.cause)
    }

    private init(_ code: String, _ message: String, cause: String?) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { "\(code): \(message)" + (cause.map { " (\($0))" } ?? "") }

    /// Runs work whose failures are to carry a code and a sentence; anything else passes as it is.
    static func naming<Result>(
        _ work: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await work()
        } catch let error as TableError {
            throw ImportError(error)
        } catch let error as StoreError {
            throw ImportError(error)
        }
    }
}
