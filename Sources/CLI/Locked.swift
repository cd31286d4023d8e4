import Synchronization

/// A value behind a lock.
final class Locked<Value>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: sending Value) {
        mutex = Mutex(value)
    }

    func with<Result>(_ use: (inout sending Value) throws -> sending Result) rethrows
        -> sending Result
    {
        try mutex.withLock(use)
    }
}
