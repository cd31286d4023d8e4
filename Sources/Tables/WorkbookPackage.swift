/// The parts of a workbook file by name (ECMA-376 part 2, "Open Packaging Conventions").
///
/// Parts are unpacked when asked for, and all of them together stay within the limits.
struct WorkbookPackage {
    let limits: TableLimits
    private let file: PinnedBytes
    private let names: Set<String>
    private var unpackedBytes = 0

    init(_ bytes: [UInt8], limits: TableLimits) throws(TableError) {
        self.limits = limits
        file = PinnedBytes(bytes)
        let archive = try Archive(file)
        var names: Set<String> = []
        var count = 0
        while let name = try archive.nextName() {
            count += 1
            if count > limits.maximumArchiveEntryCount {
                throw .tooManyParts(maximum: limits.maximumArchiveEntryCount)
            }
            // With two parts of one name, programs disagree about which of them counts.
            if !names.insert(name.lowercased()).inserted {
                throw .forbiddenMarkup("two parts have the same name")
            }
        }
        self.names = names
    }

    /// The unpacked part, or null if there is none of that name. Names do not tell case apart.
    mutating func part(_ name: String) throws(TableError) -> [UInt8]? {
        let name = name.lowercased()
        guard names.contains(name) else { return nil }
        let archive = try Archive(file)
        while let entry = try archive.nextName() {
            if entry.lowercased() != name { continue }
            let earlier = unpackedBytes
            let contents = try archive.contents { count in isAllowed(earlier + count) }
            guard let contents else {
                throw .unpacksTooLarge(
                    maximumBytes: limits.maximumUnpackedBytes,
                    maximumRatio: limits.maximumUnpackedRatio
                )
            }
            unpackedBytes += contents.count
            return contents
        }
        return nil
    }

    private func isAllowed(_ unpackedBytes: Int) -> Bool {
        unpackedBytes <= limits.maximumUnpackedBytes
            && unpackedBytes / max(file.count, 1) < limits.maximumUnpackedRatio
    }

    /// The part a relationship points to, as a name from the root of the package.
    ///
    /// - Parameters:
    ///   - target: `worksheets/sheet1.xml`, `../media/a.png` or `/xl/styles.xml`.
    ///   - source: the part that the relationship belongs to.
    static func resolved(_ target: String, from source: String) -> String {
        var folders = target.hasPrefix("/") ? [] : source.split(separator: "/").dropLast()
        for step in target.split(separator: "/") where step != "." {
            if step == ".." {
                folders = folders.dropLast()
            } else {
                folders.append(step)
            }
        }
        return folders.joined(separator: "/")
    }
}
