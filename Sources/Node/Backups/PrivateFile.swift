import Foundation
import Glibc
import Store
import SyncCore
import Wire

/// Files that their owner alone may read, written so that a power cut leaves the old one or the new.
enum PrivateFile {
    /// Puts a whole file in the place of another.
    static func write(_ bytes: [UInt8], to url: URL) throws {
        let partial = url.appendingPathExtension("partial")
        // Left from an attempt that was cut short.
        try? FileManager.default.removeItem(at: partial)
        let file = try open(partial, O_WRONLY | O_CREAT | O_EXCL)
        defer { close(file) }
        try add(bytes, to: file, partial)
        guard fsync(file) == 0, rename(partial.path, url.path) == 0 else {
            throw failure("written", url)
        }
    }

    /// Copies a file and flushes it.
    ///
    /// - Parameter progress: told the bytes copied so far.
    /// - Returns: its SHA-256 in hexadecimal.
    static func copy(
        _ source: URL, to target: URL, progress: ((UInt64) -> Void)? = nil
    ) throws -> String {
        try? FileManager.default.removeItem(at: target)  // Left from an attempt that was cut short.
        let file = try open(target, O_WRONLY | O_CREAT | O_EXCL)
        defer { close(file) }
        let hash = try read(source) { bytes, done in
            try add(bytes, to: file, target)
            progress?(done)
        }
        guard fsync(file) == 0 else { throw failure("written", target) }
        return hash
    }

    /// SHA-256 of a file, in hexadecimal.
    static func hash(_ url: URL, progress: ((UInt64) -> Void)? = nil) throws -> String {
        try read(url) { progress?($1) }
    }

    private static func read(
        _ url: URL, _ each: ([UInt8], UInt64) throws -> Void
    ) throws -> String {
        let file = try open(url, O_RDONLY)
        defer { close(file) }
        var hash = RunningHash()
        var done: UInt64 = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            try Task.checkCancellation()
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count >= 0 else { throw failure("read", url) }
            if count == 0 { return Hexadecimal.text(hash.bytes()) }
            hash.add(buffer[..<count])
            done += UInt64(count)
            try each(Array(buffer[..<count]), done)
        }
    }

    /// Makes a folder that only its owner may enter, with those above it.
    static func makeFolder(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(
                .storageFailed, "The folder \(url.path) cannot be made.", cause: error.reason)
        }
    }

    /// Moves a file or folder to where nothing is, and flushes its new name.
    ///
    /// - Throws: `StoreError` `storage-failed` also when something has the name already: moving would
    ///   take its place. Whoever moves holds the lock of the folder, so nobody comes between.
    static func move(_ source: URL, to target: URL) throws {
        guard !FileManager.default.fileExists(atPath: target.path) else {
            throw StoreError(
                .storageFailed,
                "\(source.path) cannot be moved: \(target.path) is there already. Move that elsewhere first."
            )
        }
        guard rename(source.path, target.path) == 0 else { throw failure("moved", source) }
        try flush(target.deletingLastPathComponent())
    }

    /// Flushes the names in a folder.
    static func flush(_ folder: URL) throws {
        let file = try open(folder, O_RDONLY | O_DIRECTORY)
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("flushed", folder) }
    }

    private static func open(_ url: URL, _ flags: Int32) throws -> Int32 {
        let file = Glibc.open(url.path, flags | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("opened", url) }
        return file
    }

    private static func add(_ bytes: [UInt8], to file: Int32, _ url: URL) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(file, rest, rest.count)
            guard count > 0 else { throw failure("written", url) }
            rest.removeFirst(count)
        }
    }

    private static func failure(_ verb: String, _ url: URL) -> StoreError {
        let code = errno
        let cause = String(cString: strerror(code))
        return code == ENOSPC || code == EDQUOT
            ? StoreError(
                .storageFull, "The disk is full: \(url.path) cannot be \(verb). Make room.",
                cause: cause)
            : StoreError(.storageFailed, "\(url.path) cannot be \(verb).", cause: cause)
    }
}

extension Error {
    /// What lies beneath, in the system's few words: Foundation describes its errors for programmers.
    public var reason: String {
        switch self {
        case is CocoaError:
            let beneath = (self as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
            guard let beneath = beneath as NSError?, beneath.domain == NSPOSIXErrorDomain else {
                return "the system does not say why"
            }
            return String(cString: strerror(Int32(beneath.code)))
        case is DecodingError: return "it is not as the program wrote it"
        default: return "\(self)"
        }
    }
}
