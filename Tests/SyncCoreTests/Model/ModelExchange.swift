@testable import SyncCore

/// One exchange of one space between two replicas, round by round (Protocol/exchange.md §4), over a
/// line that loses.
struct ModelExchange {
    enum Outcome: Hashable {
        case equal
        /// The line failed; what was logged until then stays.
        case interrupted
        /// More rounds than any exchange of these replicas can need.
        case wedged
    }

    /// Groups a page may hold.
    var pageLimit = Int.max
    /// Per cent of messages that do not arrive, arrive cut short, or arrive twice.
    var loss = 0
    /// Whether the caller keeps what both sides said of streams in doubt until the exchange ends.
    /// Without it two streams in doubt at once can make each other forget, for ever.
    var keepsPoints = true
    private(set) var rounds = 0

    init(pageLimit: Int = .max, loss: Int = 0, keepsPoints: Bool = true) {
        self.pageLimit = pageLimit
        self.loss = loss
        self.keepsPoints = keepsPoints
    }

    /// - Parameter remembered: the tips the caller believes the server to have; a hint that may be
    ///   wrong.
    mutating func run(
        _ caller: inout ModelReplica, _ server: inout ModelReplica, remembered: VectorClock,
        limit: Int = 10_000, using random: inout SeededRandom
    ) -> Outcome {
        var stated = remembered
        // What the server and the caller said of streams in doubt since the exchange began.
        var statedPast: Set<Tip> = []
        var ownPast: Set<Tip> = []
        while rounds < limit {
            rounds += 1
            let tips = caller.clock
            let past = caller.landmarks(against: stated) + ownPast
            let page = caller.gap(to: stated, past: Array(statedPast)).prefix(pageLimit)
            if !keepsPoints {
                statedPast = []
                ownPast = []
            }

            if random.chance(loss) { return .interrupted }
            var isCut = false
            for _ in 0..<(random.chance(loss) ? 2 : 1) {
                isCut = random.chance(loss)
                let arrived = Array(isCut ? page.prefix(random.below(page.count + 1)) : page)
                let before = server.held
                _ = server.receive(arrived)
                statedPast.formUnion(repeatedPoints(arrived, before: before, in: server))
            }
            if isCut || random.chance(loss) { return .interrupted }

            let answerTips = server.clock
            statedPast.formUnion(server.landmarks(against: tips))
            let answer = server.gap(to: tips, past: past).prefix(pageLimit)
            stated = answerTips

            isCut = random.chance(loss)
            let arrived = Array(isCut ? answer.prefix(random.below(answer.count + 1)) : answer)
            let before = caller.held
            _ = caller.receive(arrived)
            if isCut { return .interrupted }
            ownPast.formUnion(repeatedPoints(arrived, before: before, in: caller))
            if caller.clock == answerTips { return .equal }
        }
        return .wedged
    }

    /// Of each stream of which a page brought nothing new, its last group in the page.
    private func repeatedPoints(
        _ page: [ModelGroup], before: Set<GroupHash>, in replica: ModelReplica
    ) -> [Tip] {
        Dictionary(grouping: page, by: \.stream).values.compactMap { groups in
            guard groups.allSatisfy({ before.contains($0.hash) }) else { return nil }
            return groups.last?.tip
        }
    }
}
