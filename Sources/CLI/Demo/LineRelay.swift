import Foundation
import Glibc

/// A line that can be cut: takes connections on a loopback port and passes their bytes on to another.
///
/// Each connection has a thread for each direction; they end when either side closes or the line is cut.
final class LineRelay: Sendable {
    let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Locked(State())

    private struct State {
        var isCut = false
        var open: Set<Int32> = []
    }

    /// - Throws: `CommandFailure` when no port can be had.
    init(to target: Int) throws {
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
        guard isBound else {
            throw CommandFailure("No loopback port is free for the demo's line.")
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Cuts the line: open connections end, new ones are refused.
    func cut() {
        let open = state.with { state in
            state.isCut = true
            return state.open
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    func mend() {
        state.with { $0.isCut = false }
    }

    private func acceptAll() {
        while true {
            let caller = accept(listener, nil, nil)
            guard caller >= 0 else { return }
            guard !state.with({ $0.isCut }), let called = connectToTarget() else {
                close(caller)
                continue
            }
            state.with { $0.open.formUnion([caller, called]) }
            let ends = Locked(2)
            for (from, to) in [(caller, called), (called, caller)] {
                Thread.detachNewThread { [self] in
                    pass(from, to)
                    let isLast = ends.with { count in
                        count -= 1
                        return count == 0
                    }
                    if isLast { end([caller, called]) }
                }
            }
        }
    }

    private func end(_ descriptors: [Int32]) {
        state.with { $0.open.subtract(descriptors) }
        for descriptor in descriptors { close(descriptor) }
    }

    private func pass(_ from: Int32, _ to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let step = buffer.withUnsafeBytes {
                    send(to, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }  // The buffer is never empty, so it has an address.
                guard step > 0 else { break }
                sent += step
            }
            guard sent == count else { break }
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
