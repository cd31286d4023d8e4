import Records
import Store
import SyncCore

/// A record's past as people read it: one item for each save.
struct RecordHistory {
    let items: [HistoryItem]
    /// Whether older saves were left out.
    let isCut: Bool

    private static let shown = 30

    init(_ record: StoredRecord, _ request: PageRequest, _ offices: Offices) async throws {
        let store = request.services.store
        let entries = try await store.history(record.type, record.id)
        let positions = Array(Set(entries.map(\.position))).sorted(by: >)
        let kept =
            request.query["history"] == "all" ? positions : Array(positions.prefix(Self.shown))
        isCut = kept.count < positions.count
        let byWrite = Dictionary(entries.map { ($0.write, $0) }) { first, _ in first }
        let display = try await ValueDisplay(
            [], fields: [],
            extra: entries.compactMap { entry in
                entry.field.flatMap { field in entry.value.map { (field, $0) } }
            }, request)
        let actors = try await store.labels(
            of: entries.compactMap { $0.author.actor.map { (RecordType.staff, $0) } })
        let words = SyncWords(language: request.language, now: request.services.now)
        let bySave = Dictionary(grouping: entries, by: \.position)
        items = kept.map { position in
            let entries = (bySave[position] ?? []).sorted { $0.write.index < $1.write.index }
            let author = entries[0].author
            let actor = author.actor.flatMap { actors[$0]?.label(in: request.language) }
            let office = offices.name(
                author.role == .headquarters ? nil : author.space, request.language)
            return HistoryItem(
                when: words.minute(UInt64(max(0, author.wallClock))),
                who: actor.map { request.text("\($0)，\(office)", "\($0), \(office)") } ?? office,
                savedNote: entries.first { $0.number == ReservedField.note }.flatMap {
                    if case .text(let note)? = $0.value { return note }
                    return $0.isStripped ? MissingWords.forgotten[request.language] : nil
                },
                steps: Self.steps(entries, byWrite, display, request))
        }
    }

    private static func steps(
        _ entries: [HistoryEntry], _ byWrite: [WriteID: HistoryEntry], _ display: ValueDisplay,
        _ request: PageRequest
    ) -> [HistoryItem.Step] {
        let isCreation = entries.contains { $0.number == ReservedField.created }
        return entries.compactMap { entry in
            switch entry.number {
            case ReservedField.note: return nil
            case ReservedField.created:
                return HistoryItem.Step(
                    title: request.text("登记", "Entered"), old: nil, new: nil)
            case ReservedField.deleted:
                return HistoryItem.Step(
                    title: entry.value == .empty
                        ? request.text("恢复", "Restored") : request.text("删除", "Deleted"),
                    old: nil, new: nil)
            default: break
            }
            guard let field = entry.field else {
                return HistoryItem.Step(
                    title: request.text(
                        "字段 \(entry.number)（需要新版程序）",
                        "Field \(entry.number) (needs a newer version)"),
                    old: nil, new: nil)
            }
            func text(_ entry: HistoryEntry) -> String {
                guard let value = entry.value else {
                    return MissingWords.standing(for: entry)[request.language]
                }
                return value == .empty
                    ? request.text("（空）", "(empty)") : display.text(value, field)
            }
            let old = entry.names.compactMap { byWrite[$0] }.map(text)
            return HistoryItem.Step(
                title: field.title[request.language],
                old: isCreation || (old.isEmpty && field.isSet)
                    ? nil
                    : old.isEmpty
                        ? request.text("（空）", "(empty)") : old.joined(separator: " / "),
                new: field.isSet && entry.value == .empty
                    ? request.text("（去掉）", "(removed)") : text(entry))
        }
    }
}

/// One save of a record.
struct HistoryItem: Sendable {
    let when: String
    let who: String
    let savedNote: String?
    let steps: [Step]

    /// One field's step from an old value to a new one.
    struct Step: Sendable {
        let title: String
        let old: String?
        let new: String?
    }
}
