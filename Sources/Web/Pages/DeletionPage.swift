import Hummingbird
import Node
import Records
import Store

/// Asks for the reason of a deletion. The record is hidden, never gone, and can be restored.
struct DeletionPage: Page {
    static let template = "deletion"

    let frame: Frame
    let action: String
    let cancelAddress: String
    let version: String
    let label: String
    let reason: String
    let problem: String?
    let texts: Texts

    static let texts: [String: Title] = [
        "explain": Title(
            "删除后不再出现在列表里；历史保留，随时可以恢复。如果别处正好改了它，它会重新显示并标出来。",
            "It no longer shows in lists; its history is kept and it can be restored at any time. If it was changed elsewhere meanwhile, it shows again and is marked."
        ),
        "reason": Title("原因（必填）", "Reason (required)"),
        "delete": Title("删除", "Delete"),
        "cancel": Title("取消", "Cancel"),
    ]

    private init(
        _ record: StoredRecord, version: String, reason: String, problem: String?,
        _ request: PageRequest
    ) async throws {
        let label = record.label(in: request.language)
        frame = try await request.frame(
            request.text("删除 \(label)", "Delete \(label)"),
            returnTo: Site.delete(record.type, record.id))
        action = Site.delete(record.type, record.id)
        cancelAddress = Site.record(record.type, record.id)
        self.version = version
        self.label = label
        self.reason = reason
        self.problem = problem
        texts = Texts(Self.texts, request.language)
    }

    private static func record(_ request: PageRequest) async throws -> StoredRecord {
        guard
            let record = try await request.services.store.record(
                try request.type(), try request.id())
        else { throw PageProblem.notFound }
        return record
    }

    static func show(_ request: PageRequest) async throws -> Response {
        let record = try await record(request)
        return .page(
            try await DeletionPage(
                record, version: record.version.description, reason: "", problem: nil, request))
    }

    static func delete(_ request: PageRequest) async throws -> Response {
        let record = try await record(request)
        guard let version = request.form["version"].flatMap({ RecordVersion($0) }) else {
            throw PageProblem.badRequest(
                Title("表单不完整，请刷新后重试。", "The form is incomplete. Reload it and try again."))
        }
        let reason = (request.form["reason"] ?? "").trimmed
        guard !reason.isEmpty else {
            return .page(
                try await DeletionPage(
                    record, version: version.description, reason: reason,
                    problem: request.text("请写明删除的原因。", "Say why it is deleted."), request),
                status: .unprocessableContent)
        }
        // What this person did not see is not deleted: the record shows again if there is any.
        try await request.services.node.save(
            [RecordEdit(record.type, .delete(record.id), note: reason, shown: .version(version))],
            actor: try await request.savingActor())
        return .seeOther(Site.record(record.type, record.id, [("done", "deleted")]))
    }

    static func restore(_ request: PageRequest) async throws -> Response {
        let record = try await record(request)
        try await request.services.node.save(
            [RecordEdit(record.type, .restore(record.id))],
            actor: try await request.savingActor())
        return .seeOther(Site.record(record.type, record.id, [("done", "restored")]))
    }
}
