import Records
import Store
import SyncCore

extension LocalNode {
    /// How old the data of an office may be (domain.md P52, sync.stale_hours).
    public static let defaultStaleness: Duration = .seconds(24 * 60 * 60)

    /// The figures of all offices this node knows: at headquarters all of them, at an office its
    /// own.
    ///
    /// Counted in the database; the cost grows with the tables' size, a few passes over each.
    /// - Parameters:
    ///   - month: `2025-05`, the month whose visits are counted; nil for the present one.
    ///   - staleAfter: how old the data of an office may be to count as up to date.
    /// - Throws: `ReportError` `bad-month`, `StoreError`.
    public func consolidatedReport(
        month: String? = nil, staleAfter: Duration = defaultStaleness
    ) async throws -> ConsolidatedReport {
        let now = surroundings.now()
        let month = try month.map { try ReportMonth($0) } ?? ReportMonth(containing: now)
        let figures = try await figures(of: month)
        var names = try await officeNames()
        var contacts: [SpaceID: (asOf: UInt64, last: UInt64)] = [:]
        for member in try await store.members() {
            if names[member.space] == nil { names[member.space] = (member.officeCode, "") }
            let known = contacts[member.space] ?? (0, 0)
            contacts[member.space] = (
                max(known.asOf, member.completeAt), max(known.last, member.lastContact)
            )
        }
        if identity.role == .office { contacts[identity.space] = (now, 0) }
        let offices = names.map { space, name in
            let contact = contacts[space] ?? (0, 0)
            let age = Duration.milliseconds(Int64(clamping: now) - Int64(clamping: contact.asOf))
            return ConsolidatedReport.Office(
                space: space, code: name.code, name: name.name,
                figures: figures[space] ?? OfficeFigures(),
                asOf: contact.asOf == 0 ? nil : contact.asOf,
                lastContact: contact.last == 0 ? nil : contact.last,
                isUpToDate: contact.asOf != 0 && age <= staleAfter)
        }
        return ConsolidatedReport(
            month: month.text, madeAt: now, staleAfter: staleAfter,
            offices: offices.sorted { ($0.code, $0.space) < ($1.code, $1.space) })
    }

    /// Code and name by space. An office has one record; of several the oldest counts.
    private func officeNames() async throws -> [SpaceID: (code: String, name: String)] {
        let records = try await store.values(.office, ["code", "name"], office: nil)
        return records.sorted { $0.id > $1.id }.reduce(into: [:]) { names, record in
            names[record.id.home] = (record.values[0].text, record.values[1].text)
        }
    }

    private func figures(of month: ReportMonth) async throws -> [SpaceID: OfficeFigures] {
        var figures: [SpaceID: OfficeFigures] = [:]
        for (space, _, count) in try await counts(RecordQuery(.household), by: []) {
            figures[space, default: OfficeFigures()].households += count
        }
        for (space, _, count) in try await counts(RecordQuery(.person), by: []) {
            figures[space, default: OfficeFigures()].people += count
        }
        let tickets = try await counts(RecordQuery(.ticket), by: ["kind", "class", "status"])
        for (space, values, count) in tickets {
            figures[space, default: OfficeFigures()].add(
                count, kind: values[0], classCode: values[1], status: values[2])
        }
        var visits = RecordQuery(.visit)
        visits.ranges = [("started_at", month.text, month.end)]
        for (space, values, count) in try await counts(visits, by: ["status"])
        where RecordType.paidVisitStatuses.contains(values[0]) {
            figures[space, default: OfficeFigures()].visits += count
        }
        for (space, count) in try await store.sharedConflictCounts() {
            figures[space, default: OfficeFigures()].conflicts += count
        }
        return figures
    }

    private func counts(
        _ query: RecordQuery, by fields: [String]
    ) async throws -> [(space: SpaceID, values: [String], count: Int)] {
        try await store.counts(query, by: fields).compactMap { office, values, count in
            SpaceID("office/\(office)").map { ($0, values, count) }
        }
    }
}
