import Node
import Records
import Store

/// The sentences of the exchange: one vocabulary for header, page and list (ux.md §5.3).
struct SyncWords {
    let language: Language
    /// Milliseconds since 1970 UTC.
    let now: UInt64

    private func text(_ zh: String, _ en: String) -> String { Title(zh, en)[language] }

    /// The state in a word, so that it never stands in a colour alone.
    func word(_ state: SyncState) -> String {
        switch state {
        case .delivered: text("已送达", "Delivered")
        case .waiting: text("待上传", "Waiting")
        case .syncing: text("同步中", "Syncing")
        case .offline: text("离线", "Offline")
        case .rejected: text("未接收", "Rejected")
        case .conflict: text("待核对", "To check")
        case .paused: text("已暂停", "Paused")
        case .blocked: text("已停止", "Stopped")
        }
    }

    /// A state that came as text out of the history; an unknown one is shown as it is.
    func word(_ state: String) -> String { SyncState(rawValue: state).map(word) ?? state }

    func sentence(_ status: SyncStatus) -> String {
        switch status.state {
        case .delivered:
            guard let time = status.lastDelivered else {
                return text("已全部送达总部", "Everything is at headquarters")
            }
            return text("已全部送达总部（\(clock(time))）", "Everything is at headquarters (\(clock(time)))")
        case .waiting:
            let count = status.waiting
            guard let oldest = status.oldestWaiting else {
                return text("有 \(count) 条待上传", "\(count) waiting")
            }
            return text(
                "有 \(count) 条待上传，最早 \(age(oldest))", "\(count) waiting, the oldest \(age(oldest))")
        case .syncing:
            guard let progress = status.progress else { return text("正在同步", "Syncing now") }
            let all = max(progress.sent, progress.toSend)
            return text(
                "正在同步（\(progress.sent)/\(all)）", "Syncing now (\(progress.sent)/\(all))")
        case .offline:
            return text(
                "连不上总部，本处照常办公；数据已存本机",
                "Headquarters is not reached; the office works as usual and everything is stored here"
            )
        case .rejected:
            return text(
                "\(max(1, status.waiting)) 条总部未接收，需处理",
                "\(max(1, status.waiting)) not accepted by headquarters; see to it")
        case .conflict:
            return text(
                "\(status.conflicts) 条记录有冲突，请核对",
                "\(status.conflicts) with a conflict; please check")
        case .paused:
            let until = status.pausedUntil.map(clock) ?? ""
            let by = status.pausedBy ?? ""
            return by.isEmpty
                ? text("已暂停（至 \(until)）", "Paused (until \(until))")
                : text("已暂停（\(by)，至 \(until)）", "Paused (\(by), until \(until))")
        case .blocked: return blocked(status.code)
        }
    }

    /// Codes after which only a new join code helps.
    static func asksForCode(_ code: String) -> Bool {
        ["not-joined", "unknown-credential", "missing-credential"].contains(code)
    }

    /// Why the exchange stands still, with the one thing to do.
    private func blocked(_ code: String?) -> String {
        switch code {
        case "not-joined":
            text("已停止：还没有加入总部，本处照常办公", "Stopped: not joined yet; the office works as usual")
        case "unknown-credential", "missing-credential":
            text(
                "已停止：总部不认识本机，请用新的加入码重新加入；本处照常办公",
                "Stopped: headquarters does not know this node; join again with a new code. The office works as usual"
            )
        case "server-full":
            text(
                "已停止：总部磁盘已满，请告诉总部腾出空间；本处照常办公，数据已存本机",
                "Stopped: the disk at headquarters is full; tell headquarters to make room. The office works as usual and everything is stored here"
            )
        case "storage-full":
            text("已停止：本机磁盘已满，请腾出空间", "Stopped: the disk here is full; make room")
        case "storage-busy", "storage-failed", "damaged":
            text("已停止：本机磁盘出错，请联系管理员", "Stopped: the disk here fails; call the administrator")
        default:
            text(
                "已停止：两边数据核对不一致，请联系总部",
                "Stopped: the two sides' data differ; call headquarters")
        }
    }

    /// Headquarters is called and does not call: it says how many offices it has heard of.
    func headquarters(_ members: [Member]) -> (state: String, word: String, sentence: String) {
        let last = members.map(\.lastContact).max() ?? 0
        let word = text("总部", "Headquarters")
        guard !members.isEmpty else {
            return ("waiting", word, text("还没有管理处加入", "No office has joined yet"))
        }
        guard last > 0 else {
            return (
                "waiting", word,
                text("\(members.count) 个节点，还没有联系过", "\(members.count) nodes, none heard of yet")
            )
        }
        return (
            "delivered", word,
            text(
                "\(members.count) 个节点，最近联系 \(clock(last))",
                "\(members.count) nodes, last contact \(clock(last))")
        )
    }

    // MARK: Times

    /// The time alone for today, else with its day.
    func clock(_ milliseconds: UInt64) -> String {
        let time = LocalTime(milliseconds: Int64(milliseconds))
        let text = minute(milliseconds)
        let isToday = time.date == LocalTime(milliseconds: Int64(now)).date
        return isToday ? String(text.suffix(5)) : text
    }

    /// `2025-05-08 11:31` in office time.
    func minute(_ milliseconds: UInt64) -> String {
        String(LocalTime(milliseconds: Int64(milliseconds)).text.prefix(16))
    }

    func minuteAndAge(_ milliseconds: UInt64) -> String {
        let (time, age) = (minute(milliseconds), age(milliseconds))
        return text("\(time)（\(age)）", "\(time) (\(age))")
    }

    /// How long ago, in the largest whole unit.
    func age(_ milliseconds: UInt64) -> String {
        let minutes = (now > milliseconds ? now - milliseconds : 0) / 60_000
        if minutes < 1 { return text("刚才", "just now") }
        if minutes < 60 { return text("\(minutes) 分钟前", "\(minutes) min ago") }
        if minutes < 48 * 60 { return text("\(minutes / 60) 小时前", "\(minutes / 60) h ago") }
        return text("\(minutes / 1440) 天前", "\(minutes / 1440) days ago")
    }
}
