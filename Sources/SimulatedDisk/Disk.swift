import CSimulatedDisk

/// A disk in memory that a database can be opened on, and that loses, tears and refuses what a real
/// one may.
///
/// `path(of:)` gives a file on it a path that SQLite understands, so `Store` and GRDB open it as
/// they open any file. Nothing here reads a clock or draws a number: the same calls with the same
/// seeds give the same disk.
///
/// `@unchecked Sendable`: each call into C takes the mutex of the disk, and `handle` never changes.
public final class Disk: @unchecked Sendable {
    private let handle: OpaquePointer

    /// An empty disk without a limit.
    public init() {
        handle = simulated_disk_create()
    }

    private init(handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        simulated_disk_free(handle)
    }

    /// A second disk with the same files, the unsynced writes included. Pages are shared until
    /// either writes, so a copy of 1 MB takes some microseconds.
    public func clone() -> Disk {
        Disk(handle: simulated_disk_clone(handle))
    }

    /// Where a file of this disk is for SQLite. It stays the same across restarts, and differs
    /// between disks and between runs: it does not belong into a trace.
    public func path(of name: String) -> String {
        "\(SIMULATED_PREFIX)\(simulated_disk_number(handle))/\(name)"
    }

    /// What the disk says of itself. True, as SQLite supposes of disks on Linux: a torn write leaves
    /// the bytes beside it alone. False, the first setting and the harsher one: it may ruin whole
    /// sectors of 512 bytes; SQLite is told so and writes about twice as much at each commit.
    public func setPowerSafeOverwrite(_ isSafe: Bool) {
        simulated_disk_set_power_safe_overwrite(handle, isSafe)
    }

    // MARK: Restart

    /// What unsynced writes become when the process or the machine stops.
    public enum Survival: Sendable {
        /// kill -9: everything written survives, as unsynced as before.
        case allWritten
        /// Power cut: each unsynced write, and each new, renamed or deleted name, survives or not,
        /// or a write survives in part, by sectors.
        case someUnsynced(seed: UInt64)
        /// Power cut: only what was synced survives.
        case onlySynced
    }

    /// Ends everything that has a file open here: each of its calls fails from now on, even
    /// closing does not touch the disk. Armed faults are disarmed. Open the files anew.
    public func restart(_ survival: Survival) {
        switch survival {
        case .allWritten: simulated_disk_restart(handle, SIMULATED_KEEP_WRITTEN, 0)
        case .someUnsynced(let seed):
            simulated_disk_restart(handle, SIMULATED_SOME_UNSYNCED, seed)
        case .onlySynced: simulated_disk_restart(handle, SIMULATED_ONLY_SYNCED, 0)
        }
    }

    // MARK: Faults

    /// A kind of call, counted and able to fail.
    public enum Call: UInt32, CaseIterable, Sendable {
        case open, delete, access, read, write, truncate, sync, size, lock, sharedMap, sharedLock
        case rename
    }

    /// What may go wrong with a call.
    public enum Fault: UInt32, CaseIterable, Sendable {
        /// EIO. After a failed sync the writes are still waiting for the next.
        case error = 1
        /// ENOSPC where a disk can be full, otherwise EIO.
        case full
        /// EACCES.
        case denied
        /// A read ends halfway; the rest reads as zeros.
        case shortRead
        /// One bit of what a read returns is wrong; the disk is not.
        case flippedRead
        /// A sync fails, and what it should have written is lost at the next power cut though later
        /// syncs succeed: what Linux does.
        case lostSync
        /// A sync succeeds without doing anything. No database survives that: it tests tests.
        case lyingSync
        /// The machine stops in the middle of the call. Nothing works until `restart`.
        case stop
    }

    /// Lets the `nth` call from now (1 is the next one) of the given kinds go wrong, then disarms
    /// itself; with `repeats` every later one goes wrong too. Replaces what was armed before.
    public func arm(
        _ fault: Fault, at nth: Int = 1, of calls: some Sequence<Call> = Call.allCases,
        repeats: Bool = false
    ) {
        let mask = calls.reduce(UInt32(0)) { $0 | 1 << $1.rawValue }
        simulated_disk_arm(
            handle, simulated_fault(rawValue: fault.rawValue), mask, UInt64(max(1, nth)), repeats)
    }

    /// Lets everything go well again; lost syncs stay lost.
    public func disarm() {
        simulated_disk_arm(handle, SIMULATED_NO_FAULT, 0, 0, false)
    }

    /// How often an armed fault struck since the disk was made.
    public var faults: Int { Int(simulated_disk_faults(handle)) }

    /// Whether `.stop` struck and the disk waits for `restart`.
    public var isStopped: Bool { simulated_disk_is_stopped(handle) }

    /// How many calls of a kind there were; a disk made by `clone` starts at 0.
    public func count(of call: Call) -> Int {
        Int(simulated_disk_calls(handle, simulated_call(rawValue: call.rawValue)))
    }

    // MARK: Room

    /// The bytes all files together may have, SQLite's shared memory included; nil: no limit.
    public func setCapacity(_ bytes: Int?) {
        simulated_disk_set_capacity(handle, Int64(bytes ?? -1))
    }

    /// The bytes all files together have.
    public var used: Int { Int(simulated_disk_used(handle)) }

    /// The bytes written to a file since its last sync.
    public func unsynced(of name: String) -> Int { Int(simulated_disk_unsynced(handle, name)) }

    /// How often SQLite has a file open now.
    public func openCount(of name: String) -> Int { Int(simulated_disk_open_count(handle, name)) }

    /// How often at most SQLite had a file open at once since the last restart.
    public func mostOpen(of name: String) -> Int { Int(simulated_disk_most_open(handle, name)) }

    // MARK: Plain files

    /// A call of a plain file failed.
    public struct Failure: Error, Hashable, Sendable {
        /// An extended result code of SQLite.
        public var code: Int32
    }

    /// The names of all files, in the order they were made.
    public var names: [String] {
        var names: [String] = []
        while let name = simulated_disk_name(handle, names.count) {
            names.append(String(cString: name))
        }
        return names
    }

    /// Bytes in a file, or nil when there is none of that name. Never fails and is not counted.
    public func size(of name: String) -> Int? {
        let size = simulated_disk_size(handle, name)
        return size < 0 ? nil : Int(size)
    }

    /// The whole of a file, or nil when there is none of that name.
    public func read(_ name: String) throws -> [UInt8]? {
        guard let size = size(of: name) else { return nil }
        var count = 0
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            code = simulated_disk_read(handle, name, 0, buffer.baseAddress, size, &count)
            filled = code == 0 ? count : 0
        }
        try check(code)
        return bytes
    }

    /// Puts a whole file in the place of another by way of `name.partial` and a rename. Without
    /// `isSynced` a power cut may leave the old file, the new one, an empty or a torn one.
    public func replace(_ name: String, with bytes: [UInt8], isSynced: Bool = false) throws {
        try check(simulated_disk_replace(handle, name, bytes, bytes.count, isSynced))
    }

    public func rename(_ name: String, to newName: String, isSynced: Bool = false) throws {
        try check(simulated_disk_rename(handle, name, newName, isSynced))
    }

    /// - Throws: also when there is no such file.
    public func delete(_ name: String, isSynced: Bool = false) throws {
        try check(simulated_disk_delete(handle, name, isSynced))
    }

    private func check(_ code: Int32) throws {
        guard code == 0 else { throw Failure(code: code) }
    }

    // MARK: At rest

    // What happens to files from outside: at once, durable, without a call that could fail. False
    // where there is no such file or place.

    /// Overwrites bytes within a file.
    @discardableResult
    public func overwrite(_ name: String, at offset: Int, with bytes: [UInt8]) -> Bool {
        simulated_disk_overwrite(handle, name, Int64(offset), bytes, bytes.count)
    }

    /// Cuts a file off, or fills it up with zeros.
    @discardableResult
    public func resize(_ name: String, to size: Int) -> Bool {
        simulated_disk_resize(handle, name, Int64(size))
    }

    /// Copies a file to a disk, this or another, in the place of what has the name there: a restore
    /// by copying. What it contains now is durable there.
    @discardableResult
    public func copy(_ name: String, to other: Disk, as newName: String? = nil) -> Bool {
        simulated_disk_copy(handle, name, other.handle, newName ?? name)
    }

    @discardableResult
    public func remove(_ name: String) -> Bool {
        simulated_disk_remove(handle, name)
    }

    /// Turns one bit over.
    @discardableResult
    public func flipBit(_ bit: Int, at offset: Int, of name: String) -> Bool {
        guard let byte = bytes(of: name, at: offset, count: 1) else { return false }
        return overwrite(name, at: offset, with: [byte[0] ^ (1 << UInt8(bit & 7))])
    }

    /// Fills a page with zeros; the first one is 0.
    @discardableResult
    public func zeroPage(_ page: Int, of name: String, pageBytes: Int = 4096) -> Bool {
        overwrite(name, at: page * pageBytes, with: [UInt8](repeating: 0, count: pageBytes))
    }

    /// Puts two pages in each other's place; the first one is 0.
    @discardableResult
    public func swapPages(_ first: Int, _ second: Int, of name: String, pageBytes: Int = 4096)
        -> Bool
    {
        guard let one = bytes(of: name, at: first * pageBytes, count: pageBytes),
            let other = bytes(of: name, at: second * pageBytes, count: pageBytes)
        else { return false }
        return overwrite(name, at: first * pageBytes, with: other)
            && overwrite(name, at: second * pageBytes, with: one)
    }

    /// Bytes of a file as they are; nil when it is shorter.
    public func bytes(of name: String, at offset: Int, count: Int) -> [UInt8]? {
        guard let size = size(of: name), offset >= 0, offset + count <= size else { return nil }
        var isRead = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            isRead = simulated_disk_peek(
                handle, name, Int64(offset), buffer.baseAddress, count)
            filled = isRead ? count : 0
        }
        return isRead ? bytes : nil
    }

    // MARK: The whole process

    /// What SQLite's own random numbers start from (salts of its log, `random()`).
    public static func seedSQLite(_ seed: UInt64) {
        simulated_disk_seed(seed)
    }

    /// What time of day SQLite sees from the first disk on, on every disk and in every file.
    public static func setClock(milliseconds: Int64) {
        simulated_disk_set_clock(milliseconds)
    }
}
