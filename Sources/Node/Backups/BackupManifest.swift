import Foundation
import Store
import SyncCore

/// What a backup says of itself: `manifest.json` beside the database and the key.
///
/// It is written last, after the copy was checked. A folder without it is no backup.
public struct BackupManifest: Hashable, Sendable, Codable {
    /// Of this file.
    public static let currentFormat = 1

    public var format = Self.currentFormat
    /// Milliseconds since 1970 UTC.
    public var created: UInt64
    /// When the copy was last checked and found sound.
    public var verified: UInt64
    /// Version of the program that made it.
    public var program: String
    /// Version of its record catalogue.
    public var schema: UInt32
    /// Whose it is: the node's public key in hexadecimal.
    public var node: String
    public var role: String
    public var code: String
    public var name: String
    /// The life it was made in; restoring begins another.
    public var life: String
    /// The last group this node wrote, by log number.
    public var lastGroup: Int64
    public var groups: Int
    public var spaces: [Space]
    /// Of `gatehouse.db`.
    public var databaseBytes: UInt64
    /// SHA-256 in hexadecimal.
    public var databaseHash: String

    /// What is held of one space.
    public struct Space: Hashable, Sendable, Codable {
        public var space: String
        public var groups: Int
        public var digest: String
        public var tips: [Tip]
    }

    public struct Tip: Hashable, Sendable, Codable {
        public var stream: String
        public var seq: UInt64
        public var hash: String
    }
}

extension BackupManifest {
    /// Before the year 10000, as every time of the protocol (merge.md §2).
    private static let endOfTime: UInt64 = 253_402_300_800_000
    /// Beyond any that a node of a thousand spaces writes.
    static let maximumBytes: UInt64 = 64 << 20

    /// Whether its numbers can be those of a backup: anybody may have written it.
    var isPlausible: Bool {
        created < Self.endOfTime && verified < Self.endOfTime && groups >= 0 && lastGroup >= 0
    }

    func write(to folder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try PrivateFile.write(
            Array(encoder.encode(self)), to: folder.appending(path: Backup.manifestName))
    }
}

extension BackupManifest.Space {
    init(_ summary: SpaceSummary) {
        self.init(
            space: summary.space.description, groups: summary.groups,
            digest: Hexadecimal.text(summary.state.digest.bytes),
            tips: summary.state.clock.tips.map {
                BackupManifest.Tip(
                    stream: $0.stream.description, seq: $0.seq, hash: $0.hash.description)
            })
    }

    /// Nil for a manifest that somebody wrote by hand.
    var clock: (SpaceID, VectorClock)? {
        guard let space = SpaceID(space) else { return nil }
        var tips: [SyncCore.Tip] = []
        for tip in self.tips {
            guard let stream = Hexadecimal.bytes(tip.stream).flatMap({ StreamID($0) }),
                let hash = Hexadecimal.bytes(tip.hash).flatMap({ GroupHash($0) })
            else { return nil }
            tips.append(SyncCore.Tip(stream: stream, seq: tip.seq, hash: hash))
        }
        return (space, VectorClock(tips))
    }
}
