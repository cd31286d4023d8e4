import Foundation

/// The bench's own folder, and copies in it.
struct Folders {
    /// On the disk that is measured; removed at the end.
    let root: URL
    /// In memory where the machine has that, for what is prepared and not measured.
    let fast: URL

    init() throws {
        let name = "gatehouse-bench-\(getpid())"
        root = FileManager.default.temporaryDirectory.appending(path: name)
        let memory = URL(filePath: "/dev/shm")
        fast =
            FileManager.default.isWritableFile(atPath: memory.path)
            ? memory.appending(path: name) : root.appending(path: "prepared")
        for folder in [root, fast] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
    }

    func remove() {
        // What is left over in a temporary folder harms nobody.
        for folder in [root, fast] { try? FileManager.default.removeItem(at: folder) }
    }

    /// A new place on the disk.
    func place(_ name: String) throws -> URL {
        let place = root.appending(path: name)
        if FileManager.default.fileExists(atPath: place.path) {
            try FileManager.default.removeItem(at: place)
        }
        return place
    }

    /// A copy on the disk of a folder whose node is closed, written out, so that nobody's fsync pays
    /// for it later.
    func copy(_ folder: URL, to name: String) throws -> URL {
        let place = try place(name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where file != "node.sock" {
            let copy = place.appending(path: file)
            try FileManager.default.copyItem(at: folder.appending(path: file), to: copy)
            try FileHandle(forUpdating: copy).synchronize()
        }
        return place
    }

    static func bytes(ofFile path: String) throws -> Int {
        guard
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        else { throw BenchFailure("\(path) has no size.") }
        return size
    }

    /// Of a closed node's database.
    static func database(_ folder: URL) -> String { folder.appending(path: "gatehouse.db").path }
}
