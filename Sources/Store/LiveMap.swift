import SyncCore

/// Which writes of a record are live, field by field: the compact blob beside each projection row
/// (design.md §6).
///
/// Format: runs of (group number, first index, count, then `count` field numbers), all unsigned
/// LEB128. A record as it was created costs about one byte a field; a row per field would cost five
/// times the plain table.
struct LiveMap: Equatable {
    private struct Entry: Equatable {
        var write: LocalWrite
        var field: UInt32
    }

    /// In the order of the writes. Records have few dozens of live writes: going through them all
    /// costs less than a dictionary of arrays.
    private var entries: [Entry] = []

    init() {}

    init(capacity: Int) {
        entries.reserveCapacity(capacity)
    }

    /// The live writes of a field, in order.
    subscript(field: UInt32) -> [LocalWrite] {
        get { entries.compactMap { $0.field == field ? $0.write : nil } }
        set {
            entries.removeAll { $0.field == field }
            for write in newValue { add(write, of: field) }
        }
    }

    func hasWrites(of field: UInt32) -> Bool { entries.contains { $0.field == field } }

    /// Adds a write that is not here.
    mutating func add(_ write: LocalWrite, of field: UInt32) {
        let entry = Entry(write: write, field: field)
        guard let last = entries.last, write < last.write else { return entries.append(entry) }
        entries.insert(entry, at: entries.firstIndex { write < $0.write } ?? entries.endIndex)
    }

    /// The live writes by field.
    var writes: [UInt32: [LocalWrite]] {
        entries.reduce(into: [:]) { $0[$1.field, default: []].append($1.write) }
    }

    var isEmpty: Bool { entries.isEmpty }

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
                add(
                    LocalWrite(group: group, index: UInt32(truncatingIfNeeded: index)), of: field)
                index &+= 1
            }
        }
    }

    var blob: [UInt8] { Self.blob(of: entries.map { ($0.write, $0.field) }) }

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
