import Foundation
import Store

/// A restore that is prepared in a folder beside the node's files, and put in their place step by
/// step, so that it can be finished after it was interrupted anywhere.
///
/// Nothing is ever deleted: what stood there goes into a folder of its own.
struct PendingRestore: Codable {
    /// The folder for what is replaced, by name.
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
        if let bytes = try? Data(contentsOf: file(in: data)) {
            try JSONDecoder().decode(Self.self, from: bytes).carryOut(in: data)
        }
        do {
            try files.removeItem(at: folder)
        } catch {
            throw StoreError(
                .storageFailed, "The folder \(folder.path) cannot be removed.", cause: "\(error)")
        }
    }

    private func carryOut(in data: URL) throws {
        let source = Self.folder(in: data)
        let names = DataFolder.names
        // The database moves last: as long as it is here, the one outside is the one to put aside.
        guard Self.exists(source.appending(path: names.database)) else { return }
        var aside = [names.database, names.database + "-wal", names.database + "-shm"]
        aside.append(names.guardFile)
        if replacesKey { aside.append(names.key) }
        let target = data.appending(path: replaced)
        for name in aside where Self.exists(data.appending(path: name)) {
            // A key or guard file that moved in already stays.
            if Self.exists(target.appending(path: name)) { continue }
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
