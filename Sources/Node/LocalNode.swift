import Foundation
import Glibc
import Logging
import Records
import Store
import SyncCore
import Synchronization
import Wire

/// What a node must not take from anywhere else: time and chance.
public struct Surroundings: Sendable {
    /// Milliseconds since 1970 UTC, as the wall clock says.
    public var now: @Sendable () -> UInt64
    /// That many fresh random bytes, fit for secrets.
    public var random: @Sendable (Int) -> [UInt8]

    public init(
        now: @escaping @Sendable () -> UInt64, random: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.now = now
        self.random = random
    }

    /// The machine's clock and its generator.
    public static let system = Surroundings(
        now: { UInt64(max(0, Date().timeIntervalSince1970 * 1_000)) },
        random: { count in
            // One system call for all of them.
            var bytes = [UInt8](repeating: 0, count: count)
            precondition(
                getentropy(&bytes, count) == 0, "the system gives no \(count) random bytes")
            return bytes
        })

    /// Eight characters for a new life.
    func lifeName() -> String { String(Base32Hex.text(random(5))) }
}

/// One office's node, or headquarters': its replica with everything that people and peers do to it.
public final class LocalNode: Sendable {
    public let store: Store
    public let key: SigningKey
    public let surroundings: Surroundings
    public let log: Logger
    public let changes = ChangeSignal()
    private let home: any NodeHome
    /// For messages: where this node lives.
    public var homeName: String { home.name }
    private let currentIdentity: Mutex<Identity>

    /// Who this node is; its space changes once at most, when an empty node becomes part of a known
    /// office.
    public var identity: Identity { currentIdentity.withLock { $0 } }

    /// Opens the node that lives in a home.
    ///
    /// - Parameters:
    ///   - types: the catalogue; an older one than this program's only in tests.
    ///   - progress: told about a rebuild of the projection: groups done and in all.
    /// - Throws: `StoreError`; `record-not-found` when no node was made there.
    public init(
        _ home: any NodeHome, surroundings: Surroundings = .system,
        types: [RecordType] = Catalogue.types, log: Logger,
        progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws {
        guard home.holdsKey else { throw try home.withoutKey() }
        self.home = home
        self.surroundings = surroundings
        self.log = log
        key = try home.signingKey(random: surroundings.random)
        guard home.holdsDatabase else {
            throw home.guardedProgress() == nil
                ? Self.interrupted(home)
                : StoreError(.damaged, "There is no database in \(home.name). \(home.wayBack)")
        }
        let isForeign = home.filesLookForeign
        if isForeign {
            log.notice(
                "The database and the log beside it are not those of the guard file; everything is checked before anything is written."
            )
        }
        do {
            store = try Store(
                path: home.databasePath, types: types, role: nil, codec: GroupCodec(),
                sealing: key, check: isForeign ? .everything : .ends,
                upgrading: isForeign ? nil : { Self.noteUpgrade(of: home, $0) },
                neverWaits: home.neverWaits, progress: progress)
        } catch let error as StoreError where error.code == .damaged {
            throw Self.quarantine(home, error)
        }
        do {
            guard let identity = try await store.identity() else {
                guard home.guardedProgress() != nil else { throw Self.interrupted(home) }
                throw StoreError(.damaged, "The database belongs to no office.")
            }
            currentIdentity = Mutex(identity)
            try await guardAgainstRewind(isForeign: isForeign)
        } catch let error as StoreError where error.code == .damaged {
            throw Self.quarantine(home, error)
        }
    }

    /// An upgrade may take minutes, and somebody may lose patience and kill it. Without this the log
    /// it left would look like another node's at the next start, and a new life would begin.
    private static func noteUpgrade(of home: any NodeHome, _ marks: FileMarks) {
        guard var progress = home.guardedProgress(), progress.marks != nil else { return }
        progress.marks = marks
        // If it cannot be written, the start after a kill looks more closely.
        try? home.write(progress)
    }

    private static func interrupted(_ home: any NodeHome) -> StoreError {
        StoreError(
            .recordNotFound,
            "Making the node in \(home.name) was interrupted. Run gatehouse init again.")
    }

    private static func quarantine(_ home: any NodeHome, _ error: StoreError) -> StoreError {
        StoreError(
            .damaged,
            "The database in \(home.name) is damaged. It was left as it is, and nothing of it is sent to anyone. \(home.wayBack)",
            cause: error.cause ?? error.message)
    }

    public func close() throws {
        try store.close()
        home.noteClosed(inOrder: !store.hasFailed)
    }

    /// A copy from earlier than the guard file remembers begins a new life, so that nothing is
    /// written twice under one name. So does one whose files were put together by somebody else.
    private func guardAgainstRewind(isForeign: Bool) async throws {
        let isOurs: Bool
        if let guarded = home.guardedProgress() {
            isOurs = try await store.holds(guarded)
        } else {
            isOurs = false
        }
        if !isOurs && !PlantedBug.keepLifeAfterRestore.isPlanted || isForeign {
            log.notice("The database is another one than the guard file says; a new life begins.")
            try await store.beginLife(surroundings.lifeName())
        }
        do {
            if try await store.isLifeUnwritten() {
                // Somebody may have copied the folder since: who opens a copy takes another name.
                try await store.beginLife(surroundings.lifeName())
            }
            try await store.beginSession(surroundings.random(4))
        } catch let error as StoreError where error.code == .storageFull {
            // Also on a full disk the node must start, to be read.
            log.warning("The disk is full; the node only shows what is there.")
        }
        await noteCommit()
    }

    /// The guard file follows what was written.
    func noteProgress() async throws {
        try home.write(try await store.ownProgress())
    }

    // MARK: Making a node

    /// Makes a node in an empty home: its key, its database and its first records.
    ///
    /// - Throws: `StoreError.notAllowed` when a node is there already, or the code is not usable.
    public static func found(
        _ home: any NodeHome, role: Role, code: String, name: String,
        surroundings: Surroundings = .system, log: Logger
    ) async throws {
        guard try !home.isFounded() else {
            throw home.holdsKey
                ? StoreError(.notAllowed, "There is a node in \(home.name) already.")
                : try home.withoutKey()
        }
        try check(officeCode: code)
        let key = try home.signingKey(random: surroundings.random)
        let store = try Store(
            path: home.databasePath, role: role, codec: GroupCodec(), sealing: key)
        let office = surroundings.random(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } | 1
        let space: SpaceID = role == .office ? .office(office) : .company
        let identity = Identity(role: role, space: space, code: code, name: name)
        let context = SaveContext(
            actor: nil, wallClock: surroundings.now(), officeCode: code,
            month: LocalMonth.text(surroundings.now()), random: { surroundings.random(16) })
        try await store.found(
            identity, life: surroundings.lifeName(),
            records: FoundingRecords.edits(identity, key.publicKey, surroundings), context)
        try home.write(try await store.ownProgress())
        try store.close()
        home.noteClosed(inOrder: true)
        log.notice("A node was made.", metadata: ["space": "\(space)", "role": "\(role.rawValue)"])
    }

    static func check(officeCode code: String) throws {
        guard code.utf8.count <= 16, !code.isEmpty,
            code.utf8.allSatisfy({ $0.isASCIILetterOrDigit })
        else {
            throw StoreError(
                .notAllowed, "An office code is 1 to 16 letters and digits, such as MH01.")
        }
    }

    // MARK: Saving

    /// Who saves now, for the store.
    public func context(actor: RecordID?) -> SaveContext {
        let surroundings = surroundings
        let now = surroundings.now()
        return SaveContext(
            actor: actor, wallClock: now, officeCode: identity.code, month: LocalMonth.text(now),
            random: { surroundings.random(16) })
    }

    /// Saves and wakes the sync job. What returns is committed.
    @discardableResult
    public func save(
        _ edits: [RecordEdit], actor: RecordID?, checksVersions: Bool = false
    ) async throws -> [Int64] {
        let saved = try await store.saveAndTell(
            edits, context(actor: actor), checksVersions: checksVersions)
        if let progress = saved.progress {
            note(progress)
            changes.raise()
        }
        return saved.groups
    }

    /// The guard file follows a commit. What is committed is saved whether it can or not: an older
    /// guard file only finds a restored copy later, by exchange.
    func noteCommit() async {
        do {
            note(try await store.ownProgress())
        } catch {
            log.error("The guard file cannot be written.", metadata: ["error": "\(error)"])
        }
    }

    private func note(_ progress: OwnProgress) {
        do {
            try home.write(progress)
        } catch {
            log.error("The guard file cannot be written.", metadata: ["error": "\(error)"])
        }
    }

    /// A new id for a record of this type in this node's own office, or in the office it is about.
    public func newID(for type: RecordType, in space: SpaceID? = nil) -> RecordID {
        var generator = ByteGenerator(random: surroundings.random)
        let home: SpaceID =
            switch type.home {
            case .company: .company
            case .office: space ?? identity.space
            case .officePrivate: .officePrivate((space ?? identity.space).office)
            }
        return RecordID(home: home, milliseconds: surroundings.now(), using: &generator)
    }

    /// Groups from a peer went in: the guard file follows, and whoever waits for news is told.
    func noteIngest(_ result: IngestResult) async {
        if result.beganNewLife { noteCopy() }
        if result.logged > 0 { await noteCommit() }
    }

    /// This replica turned out to be a restored or cloned copy.
    func noteCopy() {
        log.notice(
            "A peer holds groups of our own that this copy did not write; a new life begins.")
    }

    /// Makes an empty node a further node of a known office.
    func adopt(_ space: SpaceID) async throws {
        try await store.adopt(space: space, life: surroundings.lifeName())
        currentIdentity.withLock { $0.space = space }
        try await noteProgress()
    }

    /// From now on this office stands under another code.
    func rename(code: String) async throws {
        try await store.rename(code: code)
        currentIdentity.withLock { $0.code = code }
    }
}

/// Random numbers out of the node's chance.
private struct ByteGenerator: RandomNumberGenerator {
    let random: @Sendable (Int) -> [UInt8]

    mutating func next() -> UInt64 {
        random(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension UInt8 {
    fileprivate var isASCIILetterOrDigit: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}

/// Wakes the one who waits for something to happen, such as a local change. What happens while
/// nobody waits is kept, folded into one.
public final class ChangeSignal: Sendable {
    // An AsyncStream would not do: it ends for good when a task that waits on it is cancelled.
    private enum State {
        case quiet
        case raised
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    public func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .waiting(let waiter) = state {
                state = .quiet
                return waiter
            }
            state = .raised
            return nil
        }
        waiter?.resume()
    }

    /// Returns at the next change, or at once when there was one since the last wait or the task is
    /// cancelled.
    ///
    /// One waiter at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if Task.isCancelled { return true }
                    if case .quiet = state {
                        state = .waiting(continuation)
                        return false
                    }
                    state = .quiet
                    return true
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .waiting(let waiter) = state else { return nil }
                state = .quiet
                return waiter
            }
            waiter?.resume()
        }
    }
}
