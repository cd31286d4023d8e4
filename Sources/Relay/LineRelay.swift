import Foundation
import Glibc
import Synchronization

/// A line that can be cut, and that counts: takes connections on a loopback port and passes their
/// bytes on to another.
///
/// The demo's outage and the benchmark's bytes go through it. Each connection has a thread for each
/// direction; they end when either side closes or the line is cut.
public final class LineRelay: Sendable {
    /// Where callers connect.
    public let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var isCut = false
        var open: Set<Int32> = []
        var traffic = Traffic()
    }

    /// Bytes passed since the line was laid, HTTP headers included.
    public struct Traffic: Hashable, Sendable {
        /// From callers to the target.
        public var up = 0
        /// From the target to callers.
        public var down = 0

        public init(up: Int = 0, down: Int = 0) {
            self.up = up
            self.down = down
        }
    }

    public var traffic: Traffic { state.withLock { $0.traffic } }

    /// No loopback port could be had.
    public struct NoPort: Error {}

    /// - Throws: `NoPort`.
    public init(to target: Int) throws(NoPort) {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound else { throw NoPort() }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Cuts the line: open connections end, new ones are refused.
    public func cut() {
        let open = state.withLock { state in
            state.isCut = true
            return state.open
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    public func mend() {
        state.withLock { $0.isCut = false }
    }

    private func acceptAll() {
        while true {
            let caller = accept(listener, nil, nil)
            guard caller >= 0 else { return }
            guard !state.withLock({ $0.isCut }), let called = connectToTarget() else {
                close(caller)
                continue
            }
            state.withLock { $0.open.formUnion([caller, called]) }
            let ends = OpenEnds()
            for (from, to) in [(caller, called), (called, caller)] {
                Thread.detachNewThread { [self] in
                    pass(from, to) { traffic, count in
                        if from == caller { traffic.up += count } else { traffic.down += count }
                    }
                    if ends.closeOne() { end([caller, called]) }
                }
            }
        }
    }

    private func end(_ descriptors: [Int32]) {
        state.withLock { $0.open.subtract(descriptors) }
        for descriptor in descriptors { close(descriptor) }
    }

    private func pass(
        _ from: Int32, _ to: Int32, _ count: (inout Traffic, Int) -> Void
    ) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let received = recv(from, &buffer, buffer.count, 0)
            guard received > 0 else { break }
            state.withLock { count(&$0.traffic, received) }
            var sent = 0
            while sent < received {
                let step = buffer[sent..<received].withUnsafeBytes {
                    send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard step > 0 else { break }
                sent += step
            }
            guard sent == received else { break }
        }
        shutdown(from, Int32(SHUT_RDWR))
        shutdown(to, Int32(SHUT_RDWR))
    }

    private func connectToTarget() -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: target)
        let isConnected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// The two directions of one connection; the last to end closes it.
private final class OpenEnds: Sendable {
    private let count = Mutex(2)

    func closeOne() -> Bool {
        count.withLock { count in
            count -= 1
            return count == 0
        }
    }
}
