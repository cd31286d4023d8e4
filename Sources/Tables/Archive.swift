import CArchive

/// A zip archive in memory, read from front to back with libarchive.
final class Archive {
    private let handle: OpaquePointer
    /// libarchive keeps the address, so the bytes live as long as the handle.
    private let bytes: PinnedBytes
    /// Of the entry that `nextName` has gone to: how large it says it is; null where it does not.
    private var statedBytes: Int?

    /// Bytes unpacked in one step; a limit is checked after each.
    private static let stepBytes = 64 << 10

    init(_ bytes: PinnedBytes) throws(TableError) {
        guard let handle = archive_read_new() else {
            throw .damagedWorkbook("libarchive has no memory")
        }
        self.handle = handle
        self.bytes = bytes
        // The seekable reader goes by the directory at the end, as spreadsheet programs do. The
        // other one goes by the headers in between, and the two can be made to disagree.
        guard archive_read_support_format_zip_seekable(handle) == ARCHIVE_OK,
            archive_read_open_memory(handle, bytes.address, bytes.count) == ARCHIVE_OK
        else { throw failure("open") }
    }

    deinit {
        // Freeing fails only for a handle that was never made.
        _ = archive_read_free(handle)
    }

    /// Goes to the next entry. Returns its name, empty if it has none that can be read, or null at
    /// the end.
    func nextName() throws(TableError) -> String? {
        var entry: OpaquePointer?
        switch archive_read_next_header(handle, &entry) {
        case ARCHIVE_EOF:
            return nil
        case ARCHIVE_OK, ARCHIVE_WARN:
            statedBytes =
                archive_entry_size_is_set(entry) == 0 ? nil : Int(archive_entry_size(entry))
            guard let name = archive_entry_pathname(entry) else { return "" }
            return String(cString: name)
        default:
            throw failure("entry")
        }
    }

    /// Unpacks the entry that `nextName` has gone to.
    ///
    /// - Parameter isAllowed: told after each step how many bytes there are; false stops the
    ///   reading.
    /// - Returns: null if it was stopped.
    func contents(while isAllowed: (Int) -> Bool) throws(TableError) -> [UInt8]? {
        // libarchive also unpacks methods that no spreadsheet program writes, some of which may ask
        // for gigabytes of memory before the first byte comes out.
        let method = archive_format_name(handle).map { String(cString: $0) } ?? ""
        guard method.hasSuffix("(deflation)") || method.hasSuffix("(uncompressed)") else {
            throw .forbiddenMarkup("a part is packed in an unusual way")
        }
        var contents: [UInt8] = []
        if let statedBytes {
            // Memory is taken once, and for a bomb that says so, not at all.
            guard statedBytes >= 0, isAllowed(statedBytes) else { return nil }
            contents.reserveCapacity(statedBytes)
        }
        var step = [UInt8](repeating: 0, count: Self.stepBytes)
        while true {
            let count = archive_read_data(handle, &step, Self.stepBytes)
            if count == 0 { return contents }
            if count < 0 { throw failure("data") }
            contents += step[..<count]
            if !isAllowed(contents.count) { return nil }
        }
    }

    /// The number alone: libarchive's sentences may repeat names from the file.
    private func failure(_ step: String) -> TableError {
        .damagedWorkbook("libarchive error \(archive_errno(handle)) in \(step)")
    }
}
