import CXlsxWriter

// The only file of this target that says "Unsafe". Everything else sees bytes with a fixed address,
// whose size is known and which are freed with their owner.

/// Bytes at an address that does not change, for C libraries that keep it between calls.
final class PinnedBytes {
    private let storage: UnsafeMutableBufferPointer<UInt8>

    /// A copy of `bytes`.
    init(_ bytes: [UInt8]) {
        storage = .allocate(capacity: bytes.count)
        _ = storage.initialize(from: bytes)
    }

    /// `count` zero bytes.
    init(count: Int) {
        storage = .allocate(capacity: count)
        storage.initialize(repeating: 0)
    }

    deinit {
        storage.deallocate()
    }

    var count: Int { storage.count }

    /// Where the bytes begin. Valid as long as this object lives, so the caller must keep it.
    var address: UnsafeRawPointer? { UnsafeRawPointer(storage.baseAddress) }

    /// The same address as C text functions want it.
    var characters: UnsafeMutablePointer<CChar>? {
        UnsafeMutableRawPointer(storage.baseAddress)?.assumingMemoryBound(to: CChar.self)
    }

    /// A copy of the first bytes.
    func prefix(_ count: Int) -> [UInt8] {
        Array(storage.prefix(count))
    }
}

/// A workbook being written, as libxlsxwriter hands it out.
typealias WorkbookHandle = UnsafeMutablePointer<lxw_workbook>
/// A sheet of it, owned by the workbook.
typealias WorksheetHandle = UnsafeMutablePointer<lxw_worksheet>
/// A cell format of it, owned by the workbook.
typealias FormatHandle = UnsafeMutablePointer<lxw_format>
