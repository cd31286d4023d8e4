/// One stage of a path: how its time is made of the readings, and what limits it.
struct Stage: Sendable {
    enum Path: String, Codable, CaseIterable {
        case write = "Write path"
        case sync = "Sync path"
    }

    let path: Path
    let name: String
    /// How the figure comes about, for the table.
    let how: String
    let limitName: String
    let seconds: @Sendable (StageReadings) -> Double
    let limit: @Sendable (StageReadings) -> Double

    init(
        _ path: Path, _ name: String, _ how: String,
        _ seconds: @escaping @Sendable (StageReadings) -> Double, limit limitName: String,
        _ limit: @escaping @Sendable (StageReadings) -> Double
    ) {
        self.path = path
        self.name = name
        self.how = how
        self.seconds = seconds
        self.limitName = limitName
        self.limit = limit
    }

    /// In the order in which a record goes through them.
    static let all = write + sync

    private static let write =
        [
            Stage(
                .write, "draft and guard file",
                "derived: save in memory − encode − seal − (ingest of single groups − decode − seal check)",
                {
                    $0[.saveInMemory] - $0[.encode] - $0[.seal] - $0[.ingestEach] + $0[.decode]
                        + $0[.verify]
                },
                limit: "memcpy", { $0[.copyGroups] }),
            Stage(
                .write, "encode", "derived: GroupCodec.encode − decode",
                { $0[.encode] - $0[.decode] }, limit: "memcpy", { $0[.copyGroups] }),
            Stage(
                .write, "hash", "direct: GroupCodec.hash", { $0[.hash] }, limit: "SHA-256",
                { $0[.digest] }),
            Stage(
                .write, "decode (read back)", "derived: GroupCodec.decode − hash",
                { $0[.decode] - $0[.hash] }, limit: "memcpy", { $0[.copyGroups] }),
            Stage(
                .write, "seal", "direct: one Ed25519 signature a group", { $0[.seal] },
                limit: "the same", { $0[.seal] }),
        ] + log(.write, "log", .logEach, .verify) + project(.write, .ingestEach, .logEach) + [
            Stage(
                .write, "fsync", "derived, wall clock: save on disk − save in memory",
                { $0[.saveOnDiskWall] - $0[.saveInMemoryWall] },
                limit: "write and fdatasync of each group's bytes", { $0[.flushGroups] })
        ]

    private static let sync =
        [
            Stage(
                .sync, "page", "direct: Store.page, hash check included", { $0[.page] },
                limit: "SHA-256 and memcpy", { $0[.digest] + $0[.copyGroups] }),
            Stage(
                .sync, "message encode", "direct: ExchangeRequest.encoded", { $0[.messageEncode] },
                limit: "memcpy", { $0[.copyMessages] }),
            Stage(
                .sync, "compress", "direct: Gzip.compress", { $0[.compress] },
                limit: "libdeflate level 1",
                { $0[.fastestCompress] }),
            Stage(
                .sync, "network",
                "direct, wall clock: the packed bytes to gatehouse serve, which refuses them",
                { $0[.network] }, limit: "the bytes over a loopback socket, wall clock",
                { $0[.loopback] }),
            Stage(
                .sync, "decompress", "direct: Gzip.decompress", { $0[.decompress] },
                limit: "memcpy of the unpacked bytes", { $0[.copyMessages] }),
            Stage(
                .sync, "message decode", "direct: ExchangeRequest(decoding:)",
                { $0[.messageDecode] },
                limit: "memcpy", { $0[.copyMessages] }),
            Stage(
                .sync, "group decode", "derived: GroupCodec.decode − hash",
                { $0[.decode] - $0[.hash] }, limit: "memcpy", { $0[.copyGroups] }),
            Stage(
                .sync, "hash", "direct: GroupCodec.hash", { $0[.hash] }, limit: "SHA-256",
                { $0[.digest] }),
        ] + log(.sync, "admission and log", .logInMemory)
        + project(.sync, .ingestInMemory, .logInMemory) + [
            Stage(
                .sync, "commit, fsync, checkpoint",
                "derived, wall clock: ingest on disk − ingest in memory",
                { $0[.ingestOnDiskWall] - $0[.ingestInMemoryWall] },
                limit: "write and fdatasync of each page's bytes", { $0[.flushPages] })
        ]

    /// The group's place is judged and its bytes are stored.
    ///
    /// - Parameter check: what a save is spared.
    private static func log(
        _ path: Path, _ name: String, _ log: StageReading, _ check: StageReading? = nil
    ) -> [Stage] {
        [
            Stage(
                path, name,
                "derived: Store.ingest in memory, no types declared − decode"
                    + (check == nil ? "" : " − seal check"),
                { readings in
                    readings[log] - readings[.decode] - (check.map { readings[$0] } ?? 0)
                },
                limit: "SQLite: INSERT … SELECT into log", { $0[.insertLog] })
        ]
    }

    /// What both paths do with a logged group.
    private static func project(
        _ path: Path, _ whole: StageReading, _ log: StageReading
    ) -> [Stage] {
        [
            Stage(
                path, "merge", "direct: Register.apply and MergeClass.shown of each write alone",
                { $0[.merge] }, limit: "memcpy", { $0[.copyGroups] }),
            Stage(
                path, "projection",
                "derived: Store.ingest in memory − the same, no types declared − merge − index",
                { $0[whole] - $0[log] - $0[.merge] - index($0) },
                limit: "SQLite: INSERT … SELECT into tickets without indexes",
                { $0[.insertTickets] }),
            Stage(
                path, "index",
                "SQLite alone, difference: the rows into tickets and lookup with indexes − without",
                index, limit: "the lesser of the same and CREATE INDEX at once, lookup sorted",
                { min(index($0), $0[.buildIndexed]) }),
        ]
    }

    @Sendable private static func index(_ readings: StageReadings) -> Double {
        readings[.insertIndexed] - readings[.insertTickets]
    }
}
