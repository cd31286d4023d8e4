import Testing

@testable import SyncCore

@Suite struct VectorClockTests {
    private func tip(_ stream: UInt64, _ seq: UInt64, _ hash: UInt64) -> Tip {
        Tip(stream: StreamID(high: stream, low: 0), seq: seq, hash: GroupHash(hash, 0, 0, 0))
    }

    @Test func `tips are sorted by stream, seq and hash, and none stands twice`() {
        let sorted = [tip(1, 2, 9), tip(1, 3, 1), tip(1, 3, 2), tip(2, 1, 0)]
        var random = SeededRandom(seed: 3)
        for _ in 0..<20 {
            #expect(VectorClock((sorted + sorted).shuffled(using: &random)).tips == sorted)
        }
        #expect(VectorClock(sorted).tips(of: StreamID(high: 1, low: 0)).count == 3)
    }

    @Test func `the same place with another hash is not the same group`() {
        let mine = VectorClock([tip(1, 3, 1)])
        let peer = VectorClock([tip(1, 3, 2)])
        #expect(mine != peer)
        let comparison = mine.comparison(withPeer: peer) { $0 == GroupHash(1, 0, 0, 0) }
        #expect(comparison == .peerHoldsUnknown)
    }

    @Test func `a peer that holds nothing is behind whoever holds something`() {
        #expect(
            VectorClock([tip(1, 1, 1)]).comparison(withPeer: .empty) { _ in true } == .peerIsBehind)
        #expect(VectorClock.empty.comparison(withPeer: .empty) { _ in false } == .equal)
        let comparison = VectorClock.empty.comparison(withPeer: VectorClock([tip(1, 1, 1)])) { _ in
            false
        }
        #expect(comparison == .peerHoldsUnknown)
    }
}
