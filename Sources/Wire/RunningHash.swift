import Crypto
import Foundation

/// SHA-256 over bytes that come piece by piece, such as a file that does not fit into memory.
public struct RunningHash: Sendable {
    private var hasher = SHA256()

    public init() {}

    public mutating func add(_ bytes: some DataProtocol) {
        hasher.update(data: bytes)
    }

    /// 32 bytes.
    public func bytes() -> [UInt8] { Array(hasher.finalize()) }
}
