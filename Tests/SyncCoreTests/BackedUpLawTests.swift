import SyncCore
import Testing

/// What several holders have in common (Protocol/exchange.md §4.1).
@Suite struct BackedUpLawTests {
    private struct Tree {
        var branches: [BranchTree.Branch] = []
        var random: SeededRandom

        /// A stream that forked a few times, anywhere.
        init(seed: Int) {
            random = SeededRandom(seed: seed)
            let stream = StreamID(high: 1, low: UInt64(seed))
            for number in Int64(1)...Int64(1 + random.below(6)) {
                let parent = branches.isEmpty ? nil : branches[random.below(branches.count)]
                let root = parent.map { parent in
                    BranchTree.Point(
                        branch: parent.number, seq: UInt64(1 + random.below(Int(parent.last.seq))))
                }
                let seq = (root?.seq ?? 0) + UInt64(1 + random.below(5))
                let hash = GroupHash(UInt64(seed), UInt64(number), seq, 0)
                branches.append(
                    BranchTree.Branch(
                        number: number, stream: stream, root: root,
                        last: Tip(stream: stream, seq: seq, hash: hash), endsInTip: true))
            }
        }

        mutating func coverage() -> [Int64: UInt64] {
            let tree = BranchTree(branches)
            let points = (0..<random.below(4)).map { _ in
                let branch = branches[random.below(branches.count)]
                let first = branch.root?.seq ?? 0
                return BranchTree.Point(
                    branch: branch.number,
                    seq: first + 1 + UInt64(random.below(Int(branch.last.seq - first))))
            }
            return tree.coverage(of: points)
        }
    }

    @Test(arguments: 0..<500)
    func `the common tips cover exactly what every holder covers, and none is in another's past`(
        seed: Int
    ) {
        var made = Tree(seed: seed)
        let coverages = (0..<made.random.below(4)).map { _ in made.coverage() }
        let tree = BranchTree(made.branches)
        let tips = tree.tips(coveredByAll: coverages)
        var common: [Int64: UInt64] = [:]
        for branch in made.branches {
            let seqs = coverages.map { $0[branch.number] ?? 0 }
            if let least = seqs.min(), least > 0 { common[branch.number] = least }
        }
        #expect(tree.coverage(of: tips) == common)
        for tip in tips {
            let others = tree.coverage(of: tips.filter { $0 != tip })
            #expect((others[tip.branch] ?? 0) < tip.seq)
        }
        #expect(tree.tips(coveredByAll: coverages.reversed()) == tips)
        #expect(tree.tips(coveredByAll: coverages + coverages) == tips)
    }
}
