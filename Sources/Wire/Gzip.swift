import CZlib
import SyncCore

/// Bodies in gzip coding (RFC 1952), bounded while they unpack.
public enum Gzip {
    /// From this size on a body is worth compressing.
    public static let worthwhileBytes = 1_024

    /// - Parameter level: 1 (fast) to 9 (small).
    public static func compress(_ bytes: [UInt8], level: Int32 = 3) -> [UInt8] {
        var stream = z_stream()
        precondition(gatehouse_deflate_gzip(&stream, level) == Z_OK, "zlib could not start")
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        var input = bytes
        let written = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                let result = deflate(&stream, Z_FINISH)
                precondition(result == Z_STREAM_END, "zlib did not finish within its own bound")
                return target.count - Int(stream.avail_out)
            }
        }
        output.removeLast(output.count - written)
        return output
    }

    /// Unpacks a whole gzip body.
    ///
    /// - Parameter limit: bytes the unpacked body may have; memory never exceeds it by more than
    ///   one step.
    /// - Throws: `too-large` beyond the limit, `malformed-message` for anything that is not one
    ///   complete gzip stream.
    public static func decompress(
        _ bytes: [UInt8], limit: Int = Limits.maximumDecompressedBytes
    ) throws(Problem) -> [UInt8] {
        var stream = z_stream()
        precondition(gatehouse_inflate_gzip(&stream) == Z_OK, "zlib could not start")
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        output.reserveCapacity(min(limit, bytes.count * 6))
        var step = [UInt8](repeating: 0, count: 262_144)
        var input = bytes
        var result = Z_OK
        input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            while result == Z_OK && output.count <= limit {
                step.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    result = inflate(&stream, Z_NO_FLUSH)
                    let produced = target.count - Int(stream.avail_out)
                    output.append(contentsOf: target[..<produced])
                }
            }
        }
        guard output.count <= limit else {
            throw Problem(
                .tooLarge, detail: "maximumDecompressedBytes is exceeded. Send less at a time.")
        }
        guard result == Z_STREAM_END, stream.avail_in == 0 else {
            throw Problem(.malformedMessage, detail: "The body is not one complete gzip stream.")
        }
        return output
    }
}
