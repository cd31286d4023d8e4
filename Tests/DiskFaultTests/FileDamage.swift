import SimulatedDisk

/// One way in which files are damaged while nobody looks (S7, S17).
enum FileDamage: CaseIterable, Sendable {
    case bitInTablePage, bitInIndexPage, bitInLog, bitInHeader, bitAnywhere
    case zeroedPage, swappedPages, garbageSector
    case truncatedFile, truncatedLog
    case foreignLog, olderLog, missingLog, olderFile

    private static let pageBytes = 4_096
    /// First bytes of b-tree pages; see https://sqlite.org/fileformat.html#b_tree_pages.
    private static let tableKinds: Set<UInt8> = [0x05, 0x0D]
    private static let indexKinds: Set<UInt8> = [0x02, 0x0A]

    /// - Parameters:
    ///   - older: the same node's disk at an earlier time.
    ///   - foreign: another node's disk.
    /// - Returns: false when the disk has nothing to damage in this way.
    func strike(_ disk: Disk, older: Disk, foreign: Disk, _ chance: inout Chance) -> Bool {
        let file = Machine.database
        let log = Machine.log
        let size = disk.size(of: file) ?? 0
        let pages = size / Self.pageBytes
        let logBytes = disk.size(of: log) ?? 0
        switch self {
        case .bitInTablePage: return flipBit(in: Self.tableKinds, disk, pages, &chance)
        case .bitInIndexPage: return flipBit(in: Self.indexKinds, disk, pages, &chance)
        case .bitInLog:
            guard logBytes > 0 else { return false }
            return disk.flipBit(chance.below(8), at: chance.below(logBytes), of: log)
        case .bitInHeader:
            return disk.flipBit(chance.below(8), at: chance.below(100), of: file)
        case .bitAnywhere:
            return disk.flipBit(chance.below(8), at: chance.below(size), of: file)
        case .zeroedPage: return disk.zeroPage(chance.below(pages), of: file)
        case .swappedPages:
            let first = chance.below(pages)
            let second = chance.below(pages)
            return first != second && disk.swapPages(first, second, of: file)
        case .garbageSector:
            return disk.overwrite(
                file, at: chance.below(size / 512) * 512, with: chance.bytes(512))
        case .truncatedFile:
            let cut =
                chance.below(2) == 0
                ? chance.below(pages) * Self.pageBytes : chance.below(size)
            return disk.resize(file, to: cut)
        case .truncatedLog:
            guard logBytes > 0 else { return false }
            return disk.resize(log, to: chance.below(logBytes))
        case .foreignLog: return foreign.copy(log, to: disk)
        case .olderLog: return older.copy(log, to: disk)
        case .missingLog: return disk.remove(log)
        case .olderFile: return older.copy(file, to: disk)
        }
    }

    private func flipBit(
        in kinds: Set<UInt8>, _ disk: Disk, _ pages: Int, _ chance: inout Chance
    ) -> Bool {
        for _ in 0..<50 {
            let page = 1 + chance.below(max(1, pages - 1))
            let start = page * Self.pageBytes
            if let kind = disk.bytes(of: Machine.database, at: start, count: 1)?.first,
                kinds.contains(kind)
            {
                return disk.flipBit(
                    chance.below(8), at: start + chance.below(Self.pageBytes),
                    of: Machine.database)
            }
        }
        return false
    }
}
