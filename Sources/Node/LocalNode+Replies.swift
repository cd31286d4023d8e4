import Records
import Store
import SyncCore

extension LocalNode {
    /// Saves one edit, answers from the record as it is then, and wakes the sync job. What returns
    /// is committed.
    ///
    /// - Parameter key: of a request that may come again; a repeat gets the first answer and saves
    ///   nothing.
    /// - Throws: as `Store.save(_:once:_:checksVersions:reply:)`.
    public func save(
        _ edit: RecordEdit, actor: RecordID?, once key: RequestKey? = nil,
        checksVersions: Bool = false, reply: @escaping @Sendable (StoredRecord) -> StoredReply
    ) async throws -> StoredReply {
        let saved = try await store.save(
            edit, once: key, context(actor: actor), checksVersions: checksVersions, reply: reply)
        if !saved.groups.isEmpty {
            await noteCommit()
            changes.raise()
        }
        return saved.reply
    }
}
