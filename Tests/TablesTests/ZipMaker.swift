import CArchive

/// Makes zip archives for tests with libarchive's writer.
enum ZipMaker {
    struct Failure: Error {}

    static func archive(_ parts: [(name: String, bytes: [UInt8])]) throws -> [UInt8] {
        let handle = archive_write_new()
        defer { archive_write_free(handle) }
        // Packing never makes bytes much longer; the directory takes a little for each part.
        var buffer = [UInt8](
            repeating: 0, count: parts.reduce(4096) { $0 + $1.bytes.count * 2 + 4096 })
        var used = 0
        try buffer.withUnsafeMutableBytes { memory in
            guard archive_write_set_format_zip(handle) == ARCHIVE_OK,
                archive_write_open_memory(handle, memory.baseAddress, memory.count, &used)
                    == ARCHIVE_OK
            else { throw Failure() }
            for part in parts {
                let entry = archive_entry_new()
                defer { archive_entry_free(entry) }
                archive_entry_set_pathname(entry, part.name)
                archive_entry_set_size(entry, Int64(part.bytes.count))
                archive_entry_set_filetype(entry, 0o100000)
                archive_entry_set_perm(entry, 0o600)
                guard archive_write_header(handle, entry) == ARCHIVE_OK,
                    archive_write_data(handle, part.bytes, part.bytes.count) == part.bytes.count
                else { throw Failure() }
            }
            guard archive_write_close(handle) == ARCHIVE_OK else { throw Failure() }
        }
        return Array(buffer.prefix(used))
    }
}
