import CDeflate
import SyncCore

/// Bodies in gzip coding (RFC 1952), bounded before they unpack; with libdeflate, which packs and
/// unpacks whole bodies two to three times as fast as zlib.
public enum Gzip {
    /// From this size on a body is worth compressing.
    public static let worthwhileBytes = 1_024

    /// - Parameter level: 1 (fast) to 12 (small).
    public static func compress(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
        guard let compressor = libdeflate_alloc_compressor(level) else {
            preconditionFailure("there is no memory to compress a body")
        }
        defer { libdeflate_free_compressor(compressor) }
        let bound = libdeflate_gzip_compress_bound(compressor, bytes.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            count = libdeflate_gzip_compress(
                compressor, bytes, bytes.count, target.baseAddress, bound)
            precondition(count > 0, "a body did not fit into the compressor's own bound")
        }
    }

    /// No byte of a deflate stream stands for more (zlib, "Technical Details").
    private static let greatestRatio = 1_032

    /// Unpacks a whole gzip body.
    ///
    /// Memory is taken for as many bytes as the last four say there are (RFC 1952 §2.3.1, ISIZE),
    /// and for none when that is beyond the limit; a body that holds more or less than it says is
    /// malformed.
    ///
    /// - Parameter limit: bytes the unpacked body may have.
    /// - Throws: `too-large` beyond the limit, `malformed-message` for anything that is not one
    ///   complete gzip stream.
    public static func decompress(
        _ bytes: [UInt8], limit: Int = Limits.maximumDecompressedBytes
    ) throws(Problem) -> [UInt8] {
        let malformed = Problem(
            .malformedMessage, detail: "The body is not one complete gzip stream.")
        let stated = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard bytes.starts(with: [0x1F, 0x8B]), stated <= bytes.count * greatestRatio else {
            throw malformed
        }
        let limit = min(
            limit, max(Limits.maximumPageTargetBytes, bytes.count * Limits.maximumDecompressedRatio)
        )
        guard stated <= limit else {
            throw Problem(
                .tooLarge,
                detail:
                    "maximumDecompressedBytes or maximumDecompressedRatio is exceeded. Send less at a time."
            )
        }
        guard let decompressor = libdeflate_alloc_decompressor() else {
            preconditionFailure("there is no memory to unpack a body")
        }
        defer { libdeflate_free_decompressor(decompressor) }
        var (read, written) = (0, 0)
        var result = LIBDEFLATE_BAD_DATA
        let output = [UInt8](unsafeUninitializedCapacity: stated) { target, count in
            result = libdeflate_gzip_decompress_ex(
                decompressor, bytes, bytes.count, target.baseAddress, stated, &read, &written)
            count = result == LIBDEFLATE_SUCCESS ? written : 0
        }
        guard result == LIBDEFLATE_SUCCESS, read == bytes.count, written == stated else {
            throw malformed
        }
        return output
    }
}
