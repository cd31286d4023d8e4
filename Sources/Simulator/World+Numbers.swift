import Node
import Records
import Store
import SyncCore

extension World {
    /// Who gave out a number, or typed one in, and for what.
    struct Numbered {
        var record: RecordID
        var life: String
        var memory: Int
        var isTyped: Bool

        /// Whether neither author can have known the other: they are copies that nothing had shown
        /// to be such, or lives whose names begin with the same three characters, which happens to
        /// one pair of 32,768 (design.md §4).
        func mayRepeat(_ earlier: Numbered) -> Bool {
            life == earlier.life
                ? memory != earlier.memory : life.prefix(3) == earlier.life.prefix(3)
        }
    }

    /// Now and then a document comes with its number, as from paper: just ahead of one that the
    /// office has given out, where its series will come by.
    func typedNumber(in office: SpaceID) -> String? {
        guard chance.happens(80), let given = numbersOfOffices[office]?.suffix(4), !given.isEmpty,
            let (stem, running) = Self.parts(of: chance.pick(Array(given)))
        else { return nil }
        return NumberSeries.number(stem: stem, running: running + 1 + Int64(chance.below(3)))
    }

    private static func parts(of number: String) -> (stem: String, running: Int64)? {
        guard let dash = number.lastIndex(of: "-"),
            let running = Int64(number[number.index(after: dash)...])
        else { return nil }
        return (String(number[...dash]), running)
    }

    /// No number is given out that is known to be borne, and none twice but by two who cannot have
    /// known each other (I6). What is typed in may be anything.
    func checkNumbers(
        in groups: [Group], of edit: RecordEdit, _ running: LocalRunning
    ) async throws {
        let node = running.node
        for change in groups.flatMap(\.changes) where change.type == RecordType.ticket.number {
            guard change.fields.contains(ReservedField.created),
                let position = change.fields.firstIndex(of: 16),
                case .text(let number)? = change.values[position]
            else { continue }
            let given = Numbered(
                record: change.record, life: try await running.store.life(), memory: node.memory,
                isTyped: edit.contents[16] != nil)
            for earlier in numbers[number] ?? [] where !given.isTyped {
                // The save changed no other record, so this is what was known before it too. A
                // deleted one counts (domain.md R81.4); a register of another office may count alike.
                let isKnown = node.model.state(earlier.record, .ticket) != .absent
                let isOfOffice = earlier.record.home == given.record.home
                try demand(
                    !isKnown || earlier.isTyped && !isOfOffice, "I6",
                    "\(node.name) gave out the number \(number), which it knew to be borne")
                try demand(
                    earlier.isTyped || given.mayRepeat(earlier), "I6",
                    "the number \(number) was given out twice, by the lives \(earlier.life) and \(given.life)"
                )
            }
            numbers[number, default: []].append(given)
            numbersOfOffices[change.record.home, default: []].append(number)
        }
    }
}
