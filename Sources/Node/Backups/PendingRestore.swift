import Foundation
import Store

/// A restore that is prepared in a folder beside the node's files, and put in their place step by
/// step, so that it can be finished after it was interrupted anywhere.
///
/// Nothing is ever deleted: what stood there goes into a folder of its own, and no move takes the
/// place of a file.
struct PendingRestore: Codable {
    /// What the names of such folders begin with.
    static let prefix = "replaced-"

    /// The folder for what is replaced, by name. Nothing has this name before the commit.
    var replaced: String
    /// Whether the key is another node's.
    var replacesKey: Bool

    static func folder(in data: URL) -> URL { data.appending(path: "restoring") }

    private static func file(in data: URL) -> URL {
        folder(in: data).appending(path: "ready.json")
    }

    /// From here on it will be carried out, whatever happens.
    func commit(in data: URL) throws {
        try PrivateFile.flush(Self.folder(in: data))
        try PrivateFile.write(Array(JSONEncoder().encode(self)), to: Self.file(in: data))
        try PrivateFile.flush(Self.folder(in: data))
    }

    /// Carries out what was committed; throws away what was not. Called by whoever takes the lock of
    /// the data folder, before anything there is opened.
    static func finish(in data: URL) throws {
        let folder = folder(in: data)
        let files = FileManager.default
        guard files.fileExists(atPath: folder.path) else { return }
        // Only a missing mark means that it was not committed.
        if exists(file(in: data)) {
            let pending: Self
            do {
                pending = try JSONDecoder().decode(
                    Self.self, from: Data(contentsOf: file(in: data)))
            } catch {
                throw StoreError(
                    .damaged,
                    "The restore prepared in \(folder.path) cannot be finished. Move that folder elsewhere and restore the backup again.",
                    cause: error.reason)
            }
            try pending.carryOut(in: data)
        }
        do {
            try files.removeItem(at: folder)
        } catch {
            throw StoreError(
                .storageFailed, "The folder \(folder.path) cannot be removed.",
                cause: error.reason)
        }
    }

    private func carryOut(in data: URL) throws {
        let source = Self.folder(in: data)
        let names = DataFolder.names
        // The database moves last: as long as it is here, the one outside is the one to put aside.
        guard Self.exists(source.appending(path: names.database)) else { return }
        var aside = [names.database, names.database + "-wal", names.database + "-shm"]
        // So with these: once they are not here any more, they moved in and stay.
        aside += (replacesKey ? [names.guardFile, names.key] : [names.guardFile])
            .filter { Self.exists(source.appending(path: $0)) }
        let target = data.appending(path: replaced)
        for name in aside where Self.exists(data.appending(path: name)) {
            try PrivateFile.makeFolder(target)
            try PrivateFile.move(data.appending(path: name), to: target.appending(path: name))
        }
        for name in [names.key, names.guardFile, names.database]
        where Self.exists(source.appending(path: name)) {
            try PrivateFile.move(source.appending(path: name), to: data.appending(path: name))
        }
    }

    private static func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path)
    }
}
