import SyncCore

/// Counts what an exchange message repeats before it is decoded (Protocol/exchange.md §7).
///
/// To the decoder two bytes are a whole part, tip or group, each of which takes up to a hundred
/// bytes of memory. Without this a gzip body of 30 KB made headquarters ask the system for
/// gigabytes, and that before it was known who sent it.
enum ExchangeShape {
    private static let parts = (
        limit: Limits.maximumSpacesPerExchange, name: "maximumSpacesPerExchange"
    )

    /// By field number of `SpacePart`.
    private static let inPart: [UInt64: (limit: Int, name: String)] = [
        2: (Limits.maximumTipsPerSpace, "maximumTipsPerSpace"),
        4: (Limits.maximumGroupsPerPage, "maximumGroupsPerPage"),
        7: (Limits.maximumTipsPerSpace, "maximumTipsPerSpace"),
        8: (Limits.maximumPastPerSpace, "maximumPastPerSpace"),
        9: (Limits.maximumWantPerSpace, "maximumWantPerSpace"),
    ]

    /// - Parameter field: the number of `spaces` in this message.
    /// - Throws: `Problem` `too-large`; `GroupProblem` where the bytes are no message.
    static func check(_ bytes: [UInt8], spaces field: UInt64) throws {
        var reader = MessageReader(bytes, takesGroups: true)
        var count = 0
        while let (number, content) = try reader.next() {
            guard number == field, case .bytes(let range) = content else { continue }
            count += 1
            try check(count, parts)
            var counts: [UInt64: Int] = [:]
            var part = MessageReader(bytes, range, takesGroups: true)
            while let (number, _) = try part.next() {
                guard let limit = inPart[number] else { continue }
                counts[number, default: 0] += 1
                try check(counts[number] ?? 0, limit)
            }
        }
    }

    private static func check(_ count: Int, _ limit: (limit: Int, name: String)) throws(Problem) {
        guard count <= limit.limit else {
            throw Problem(.tooLarge, detail: "\(limit.name) is exceeded.")
        }
    }
}
