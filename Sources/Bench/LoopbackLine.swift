import Foundation
import Glibc

/// Two sockets on the loopback interface and nothing above TCP: what a line costs at least.
struct LoopbackLine {
    private let near: Int32
    private let far: Int32

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, address, &length) == 0
                    && connect(caller, address, length) == 0
            }
        }
        far = accept(listener, nil, nil)
        close(listener)
        near = caller
        guard isConnected, far >= 0 else { throw BenchFailure("No loopback line can be had.") }
    }

    /// Sends each piece and waits until one byte says that all of it was read.
    func seconds(_ pieces: [[UInt8]]) throws -> Double {
        let (near, far) = (near, far)
        let counts = pieces.map(\.count)
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 262_144)
            for count in counts {
                var left = count
                while left > 0 {
                    let got = read(far, &buffer, buffer.count)
                    guard got > 0 else { return }
                    left -= got
                }
                guard write(far, buffer, 1) == 1 else { return }
            }
        }
        defer { for end in [near, far] { close(end) } }
        return try Stopwatch.blockingSeconds {
            for piece in pieces {
                var sent = 0
                while sent < piece.count {
                    let step = piece.withUnsafeBytes {
                        write(near, $0.baseAddress?.advanced(by: sent), piece.count - sent)
                    }
                    guard step > 0 else { throw BenchFailure("The loopback line broke.") }
                    sent += step
                }
                var answer: UInt8 = 0
                guard read(near, &answer, 1) == 1 else {
                    throw BenchFailure("The loopback line broke.")
                }
            }
        }
    }
}
