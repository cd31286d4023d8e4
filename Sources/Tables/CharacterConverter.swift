import CIconv

/// One conversion with the system's iconv, which has the full GB18030 tables.
final class CharacterConverter {
    private let handle: iconv_t

    /// Converts strictly; the error names the line on which a sequence is invalid or cut off.
    static func utf8(from bytes: [UInt8], _ encoding: String) throws(TableError) -> [UInt8] {
        try CharacterConverter(encoding).convert(bytes, encoding)
    }

    private init(_ encoding: String) throws(TableError) {
        // POSIX says "not there" with -1 rather than null.
        guard let handle = iconv_open("UTF-8", encoding), Int(bitPattern: handle) != -1 else {
            throw .converterMissing(encoding)
        }
        self.handle = handle
    }

    deinit {
        // Closing fails only for a handle that was never open.
        _ = iconv_close(handle)
    }

    private func convert(_ bytes: [UInt8], _ encoding: String) throws(TableError) -> [UInt8] {
        let input = PinnedBytes(bytes)
        // Only the address is used below, which does not keep the bytes.
        defer { withExtendedLifetime(input) {} }
        let chunk = PinnedBytes(count: 64 << 10)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 3 / 2)

        var source = input.characters
        var sourceLeft = input.count
        while sourceLeft > 0 {
            let before = sourceLeft
            var target = chunk.characters
            var targetLeft = chunk.count
            // The return value says only that something stopped it. Whether anything moved says
            // what: a full chunk always has moved, an invalid sequence at the front never has.
            _ = iconv(handle, &source, &sourceLeft, &target, &targetLeft)
            result += chunk.prefix(chunk.count - targetLeft)
            if sourceLeft == before {
                throw .unreadableText(line: result.lineCount, expected: "UTF-8 or \(encoding)")
            }
        }
        return result
    }
}
