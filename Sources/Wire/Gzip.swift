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
    /// Memory is taken for as many bytes as the last four say there are (RFC 1952 §2.3.1, ISIZE),
    /// and for none when that is beyond the limit; a body that holds more than it says is
    /// malformed.
    ///
    /// - Parameter limit: bytes the unpacked body may have.
    /// - Throws: `too-large` beyond the limit, `malformed-message` for anything that is not one
    ///   complete gzip stream.
    public static func decompress(
        _ bytes: [UInt8], limit: Int = Limits.maximumDecompressedBytes
    ) throws(Problem) -> [UInt8] {
        var stream = z_stream()
        precondition(gatehouse_inflate_gzip(&stream) == Z_OK, "zlib could not start")
        defer { inflateEnd(&stream) }
        let limit = min(
            limit, max(Limits.pageTargetBytes, bytes.count * Limits.maximumDecompressedRatio))
        let stated = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        var count = 0
        var output: [UInt8] = []
        if stated <= limit { output.reserveCapacity(stated) }
        var step = [UInt8](repeating: 0, count: 262_144)
        var input = bytes
        var result = Z_OK
        input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            while result == Z_OK && count <= min(stated, limit) {
                step.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    result = inflate(&stream, Z_NO_FLUSH)
                    let produced = target.count - Int(stream.avail_out)
                    count += produced
                    if count <= stated && stated <= limit {
                        output.append(contentsOf: target[..<produced])
                    }
                }
            }
        }
        guard count <= limit else {
            throw Problem(
                .tooLarge,
                detail:
                    "maximumDecompressedBytes or maximumDecompressedRatio is exceeded. Send less at a time."
            )
        }
        guard result == Z_STREAM_END, count == stated, stream.avail_in == 0 else {
            throw Problem(.malformedMessage, detail: "The body is not one complete gzip stream.")
        }
        return output
    }
}
