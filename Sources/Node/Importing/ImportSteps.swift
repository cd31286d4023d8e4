import Records
import Store
import SyncCore

/// Cuts the work of an import into groups that the protocol can carry.
struct ImportSteps {
    /// Rows of the file in one step.
    static let maximumRows = 100
    /// Half of what a group may hold, because sizes are estimated from above only roughly.
    static let targetBytes = Limits.maximumGroupBytes / 2

    private(set) var steps: [ImportStep] = []
    private var step = ImportStep()
    private var changes = 0
    private var bytes = 0

    /// Takes the work of one row: edits, and what is to be remembered of the records it names.
    ///
    /// - Parameter isKept: whether some of what the row says was left aside.
    mutating func add(
        _ edits: [RecordEdit], _ records: [String: ImportedRecord], isKept: Bool
    ) {
        // Plain and personal fields are separate changes; the private space has groups of its own.
        let newChanges = edits.count * 2
        let newBytes = edits.reduce(0) { $0 + $1.estimatedBytes }
        let isFull =
            step.accepted >= Self.maximumRows
            || changes + newChanges > Limits.maximumChangesPerGroup
            || bytes + newBytes > Self.targetBytes
        if isFull && step.accepted > 0 { close() }
        changes += newChanges
        bytes += newBytes
        step.edits += edits
        step.records.merge(records) { _, new in new }
        step.accepted += 1
        if edits.isEmpty && !isKept { step.unchanged += 1 }
    }

    mutating func close() {
        if step.accepted > 0 { steps.append(step) }
        step = ImportStep()
        changes = 0
        bytes = 0
    }
}

extension RecordEdit {
    /// Header, skeleton and values, with room to spare.
    fileprivate var estimatedBytes: Int {
        contents.values.reduce(200) { sum, content in
            switch content {
            case .value(let value), .resolution(let value): sum + 60 + value.estimatedBytes
            case .elements(let values): values.reduce(sum) { $0 + 60 + $1.estimatedBytes }
            }
        }
    }
}

extension Value {
    fileprivate var estimatedBytes: Int {
        if case .text(let text) = self { text.utf8.count } else { 30 }
    }
}
