import SyncCore

/// Which writes of a record are live, field by field: the compact blob beside each projection row
/// (design.md §6).
///
/// Format: runs of (group number, first index, count, then `count` field numbers), all unsigned
/// LEB128. A record as it was created costs about one byte a field; a row per field would cost five
/// times the plain table.
struct LiveMap: Equatable {
    private(set) var writes: [UInt32: [LocalWrite]] = [:]

    init() {}

    subscript(field: UInt32) -> [LocalWrite] {
        get { writes[field] ?? [] }
        set { writes[field] = newValue.isEmpty ? nil : newValue }
    }

    var isEmpty: Bool { writes.isEmpty }

    /// - Throws: `StoreError.damaged` when the blob is not one of ours.
    init(blob: [UInt8]) throws {
        var at = 0
        func next() throws -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while at < blob.count, shift < 64 {
                let byte = blob[at]
                at += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            throw StoreError(
                .damaged, "A record's map of live writes cannot be read. Run gatehouse verify.")
        }
        while at < blob.count {
            let group = Int64(bitPattern: try next())
            var index = try next()
            for _ in 0..<(try next()) {
                let field = UInt32(truncatingIfNeeded: try next())
                writes[field, default: []].append(
                    LocalWrite(group: group, index: UInt32(truncatingIfNeeded: index)))
                index &+= 1
            }
        }
    }

    var blob: [UInt8] {
        var entries: [(write: LocalWrite, field: UInt32)] = []
        for (field, writes) in writes {
            for write in writes { entries.append((write, field)) }
        }
        entries.sort { $0.write < $1.write }
        return Self.blob(of: entries)
    }

    /// Encodes entries that are sorted by write.
    static func blob(of entries: [(write: LocalWrite, field: UInt32)]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count + 12)
        func append(_ value: UInt64) {
            var value = value
            while value >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
                value >>= 7
            }
            bytes.append(UInt8(value))
        }
        var start = 0
        while start < entries.count {
            let first = entries[start].write
            var end = start + 1
            while end < entries.count, entries[end].write.group == first.group,
                entries[end].write.index == first.index &+ UInt32(end - start)
            {
                end += 1
            }
            append(UInt64(bitPattern: first.group))
            append(UInt64(first.index))
            append(UInt64(end - start))
            for entry in entries[start..<end] { append(UInt64(entry.field)) }
            start = end
        }
        return bytes
    }
}
