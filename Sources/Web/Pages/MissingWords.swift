import Records
import Store

/// What stands on a page in the place of a value that is not here. It is never an empty input that
/// could be saved as such.
enum MissingWords {
    /// A superseded value that was kept as long as this office keeps them.
    static let forgotten = Title("（已按保存期限清除）", "(forgotten, as its time was over)")
    /// A value that is current and not here.
    static let notHere = Title("（这个值还没到本机）", "(this value is not here yet)")
    /// A value of a kind that came later.
    static let unknown = Title("（需要新版程序）", "(needs a newer version)")
    /// Beside the input of a field whose value is not here.
    static let inForm = Title(
        "这个字段有值，但还没到本机，或在本机磁盘上损坏，正在重新取回。留空则不改动它。",
        "This field has a value that has not arrived here or is damaged on this disk; it is being "
            + "fetched. Left empty, it is not changed.")

    static func standing(for entry: HistoryEntry) -> Title {
        guard entry.isStripped else { return unknown }
        return entry.isLive ? notHere : forgotten
    }

    /// What is damaged or missing on this disk, and where it comes back from; nil when nothing is.
    static func sentence(
        _ damage: DamageSummary, isHeadquarters: Bool, _ language: Language
    ) -> String? {
        func groups(_ count: Int) -> String { count == 1 ? "1 group" : "\(count) groups" }
        var sentences: [Title] = []
        if damage.damaged > 0 {
            sentences.append(
                Title(
                    "本机磁盘上有 \(damage.damaged) 批改动损坏，不会发出。",
                    "\(groups(damage.damaged)) damaged on this disk, not passed on."))
        }
        if damage.missing > 0 {
            sentences.append(
                Title(
                    "有 \(damage.missing) 批改动的内容不在本机。",
                    "The values of \(groups(damage.missing)) are not here."))
        }
        if damage.onlyInBackups > 0 {
            sentences.append(
                Title(
                    "其中 \(damage.onlyInBackups) 批别的节点没有。",
                    "No other node has \(groups(damage.onlyInBackups)) of it."))
        }
        if damage.damaged + damage.missing > damage.onlyInBackups {
            let source =
                isHeadquarters ? Title("管理处", "the offices") : Title("总部", "headquarters")
            let rest =
                damage.onlyInBackups > 0 ? Title("其余的", "The rest is ") : Title("", "It is ")
            sentences.append(
                Title(
                    "\(rest.zh)正在向\(source.zh)重新取回。",
                    "\(rest.en)being fetched again from \(source.en)."))
        }
        guard !sentences.isEmpty else { return nil }
        return sentences.map { $0[language] }.joined(separator: language == .zh ? "" : " ")
    }
}
