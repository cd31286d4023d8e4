import CZstd
import Synchronization

/// Packs and unpacks single frames of Zstandard (RFC 8878), with libzstd.
///
/// The contexts are kept and used again: to make one takes longer than to pack a small group.
///
/// `@unchecked Sendable`: one is taken from those that are idle, used, and put back.
final class Zstandard: @unchecked Sendable {
    private static let idle = Mutex<[Zstandard]>([])

    private let packing: OpaquePointer
    private let unpacking: OpaquePointer
    /// Where frames are packed, as long as the longest so far.
    private var room: [UInt8] = []

    private init(packing: OpaquePointer, unpacking: OpaquePointer) {
        self.packing = packing
        self.unpacking = unpacking
    }

    deinit {
        ZSTD_freeCCtx(packing)
        ZSTD_freeDCtx(unpacking)
    }

    /// One complete frame.
    ///
    /// - Parameters:
    ///   - level: 1 (fast) to 19 (small); below 0 faster still.
    ///   - most: bytes the frame may have.
    /// - Returns: nil when it would be longer, or when there is no memory.
    static func pack(_ bytes: [UInt8], level: Int32, most: Int) -> [UInt8]? {
        with { $0.pack(bytes, level, most) }
    }

    /// What is in a frame.
    ///
    /// - Parameter count: bytes there must be, all of which are taken at once: to be checked
    ///   before.
    /// - Returns: nil when this is not one whole frame of so many bytes, or when there is no memory.
    static func unpack(_ frame: [UInt8], count: Int) -> [UInt8]? {
        with { $0.unpack(frame, count) }
    }

    private func pack(_ bytes: [UInt8], _ level: Int32, _ most: Int) -> [UInt8]? {
        if room.count < most { room = [UInt8](repeating: 0, count: most) }
        let count = ZSTD_compressCCtx(packing, &room, most, bytes, bytes.count, level)
        return ZSTD_isError(count) == 0 ? Array(room[..<count]) : nil
    }

    private func unpack(_ frame: [UInt8], _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let found = ZSTD_decompressDCtx(unpacking, &bytes, count, frame, frame.count)
        return ZSTD_isError(found) == 0 && found == count ? bytes : nil
    }

    private static func with(_ body: (Zstandard) -> [UInt8]?) -> [UInt8]? {
        guard let one = idle.withLock({ $0.popLast() }) ?? made() else { return nil }
        defer { idle.withLock { $0.append(one) } }
        return body(one)
    }

    private static func made() -> Zstandard? {
        guard let packing = ZSTD_createCCtx() else { return nil }
        guard let unpacking = ZSTD_createDCtx() else {
            ZSTD_freeCCtx(packing)
            return nil
        }
        return Zstandard(packing: packing, unpacking: unpacking)
    }
}
