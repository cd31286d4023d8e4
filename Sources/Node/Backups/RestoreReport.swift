import Foundation
import Records
import Store
import SyncCore

/// What a restore found and what comes of it.
public struct RestoreReport: Sendable {
    public var backup: Backup
    /// When, in milliseconds since 1970 UTC.
    public var at: UInt64
    /// What stood in the data folder.
    public var before = Before.nothing
    /// Who stood there, as its database said; nil when nobody did or it could not be read.
    public var stood: Identity?
    /// Of another node's saves, how many are in none of its backups and were received by nobody; nil
    /// when that could not be counted.
    public var onlyThere: Int?
    /// Where that was put.
    public var replaced: URL?
    /// What the replaced database held beyond the backup; nil when it could not be read.
    public var later: Later?
    /// By the guard file, how many changes were made after the backup at most; nil without one.
    public var atMost: Int64?

    public enum Before: String, Sendable {
        case nothing
        case readable
        case unreadable
        case anotherNode = "another-node"
    }

    /// Counted in groups: what people saved at once is one.
    public struct Later: Sendable {
        public var groups = 0
        /// Whether the groups could be counted.
        public var isCounted = false
        /// Of these, what others have confirmed to hold: it comes back with the next exchange.
        public var atPeers = 0
        /// Brought over into the restored database.
        public var brought = 0
        /// Why not all of it was; nil when it was, or was not to be.
        public var problem: String?

        public var isComplete: Bool { problem == nil && brought == groups }
        /// What lies in the folder put aside and nowhere else.
        public var nowhereElse: Int { brought == 0 ? groups - atPeers : max(0, groups - brought) }
    }

    init(backup: Backup, at now: UInt64) {
        self.backup = backup
        at = now
    }

    private var isHeadquarters: Bool { backup.manifest.role == Role.headquarters.rawValue }

    /// In the words of people, one thing a sentence.
    public var sentences: [Title] {
        let made = LocalTime(milliseconds: Int64(backup.manifest.created)).text.prefix(16)
        let count = backup.manifest.groups
        var sentences = [
            Title(
                "备份 \(backup.name)（\(made)）检查完好，已放回：共 \(count) 次保存。",
                "The backup \(backup.name) of \(made) was found sound and put back: \(count) saves."
            )
        ]
        if let replaced {
            sentences.append(
                Title(
                    "原来的数据没有删除，放在 \(replaced.path)。",
                    "What stood here before was not deleted; it lies in \(replaced.path)."))
            if stood != nil { sentences.append(wayBack(replaced)) }
        }
        sentences += fate
        sentences.append(
            Title(
                "从现在起，新编号里多带三个字符；已经给出的编号不会再用。",
                "From now on new numbers carry three characters more; none that was given out is used again."
            ))
        sentences.append(isHeadquarters ? Self.headquarters : Self.office)
        return sentences
    }

    private func wayBack(_ aside: URL) -> Title {
        let command =
            "gatehouse backup restore \(aside.path) --data \(aside.deletingLastPathComponent().path)"
            + (before == .anotherNode ? " --replace-another-node" : "")
        return Title(
            "要回到原来的数据，停机后运行：\(command)", "To go back to it, with the node stopped: \(command)")
    }

    private static let headquarters = Title(
        "各管理处下次联系时，会把总部缺少的内容带回来。备份之后才加入的管理处如果连不上，请给它新的加入码。",
        "When the offices next call, they bring back what headquarters lacks. An office that joined after the backup and is turned away needs a new join code."
    )
    private static let office = Title(
        "下次同步时，总部会把收到过的内容送回来。如果总部不认识本机，请要新的加入码重新加入，数据都在。",
        "With the next exchange headquarters sends back what it received. If it does not know this node, join again with a new code; the data stays."
    )

    /// What became of what was saved after the backup.
    private var fate: [Title] {
        switch before {
        case .nothing, .unreadable: return unreadable
        case .anotherNode:
            let there =
                stood.map { $0.role.title($0.code) } ?? Title("读不出是哪一个", "it cannot be read which")
            return [
                Title(
                    "原来在这里的是另一个节点（\(there.zh)）的数据，没有接过来。",
                    "What stood here was another node's (\(there.en)); nothing of it was brought over."
                ),
                onlyThere.map {
                    Title(
                        "其中 \($0) 次保存不在它的任何备份里，也没有别处收到过，只在放到一边的数据里。",
                        "\($0) of its saves are in none of its backups and were received by nobody; they are only in what was put aside."
                    )
                }
                    ?? Title(
                        "它上次备份之后保存的内容，只在放到一边的数据里。",
                        "What it saved since its last backup is only in what was put aside."),
            ]
        case .readable: break
        }
        guard let later, later.isCounted else { return uncounted }
        guard later.groups > 0 else {
            return [
                Title(
                    "原来的数据里没有比备份更新的内容。", "What stood here held nothing beyond the backup.")
            ]
        }
        if later.isComplete {
            return [
                Title(
                    "备份之后的 \(later.groups) 次保存已从原来的数据里接回来，什么也没有丢。",
                    "The \(later.groups) saves after the backup were brought over from there; nothing is lost."
                )
            ]
        }
        return [
            Title(
                "备份之后有 \(later.groups) 次保存，接回来 \(later.brought) 次；\(later.atPeers) 次\(isHeadquarters ? "管理处" : "总部")收到过，同步时会回来；\(later.nowhereElse) 次只在放到一边的数据里。",
                "There were \(later.groups) saves after the backup: \(later.brought) were brought over, \(later.atPeers) were received by \(isHeadquarters ? "the offices" : "headquarters") and come back with the exchanges, and \(later.nowhereElse) are only in what was put aside."
            )
        ]
            + (later.problem.map { [Title("没有全部接回来：\($0)。", "Not all was brought over: \($0).")] }
                ?? [])
    }

    private var uncounted: [Title] {
        [
            Title(
                "原来的数据里有没有比备份更新的内容，数不出来：\(later?.problem ?? "–")。请保留放到一边的数据。",
                "Whether what stood here held anything beyond the backup could not be counted: \(later?.problem ?? "–"). Keep what was put aside."
            )
        ] + byGuardFile
    }

    private var unreadable: [Title] {
        let sentences =
            before == .unreadable
            ? [Title("原来的数据读不出来。", "What stood here before cannot be read.")] : []
        return sentences + byGuardFile
    }

    private var byGuardFile: [Title] {
        guard let atMost, atMost > 0 else { return [] }
        return [
            Title(
                "备份之后最多有 \(atMost) 次保存不在备份里；\(isHeadquarters ? "管理处" : "总部")收到过的，同步时会回来。",
                "At most \(atMost) saves after the backup are not in it. Those that \(isHeadquarters ? "the offices" : "headquarters") received come back with the exchanges."
            )
        ]
    }
}

extension Role {
    /// What people call a node of this role.
    func title(_ code: String) -> Title {
        switch self {
        case .headquarters: Title("总部 \(code)", "headquarters \(code)")
        case .office: Title("管理处 \(code)", "the office \(code)")
        }
    }
}
