import Store
import SyncCore

/// A page that is made while the peer still works on the one before it, and is used if what it was
/// made for comes true. It is the page that would be made then, so nothing depends on it but time.
struct PageAhead {
    let space: SpaceID
    /// What this side holds.
    let mine: SpaceState
    /// What the peer will hold.
    let peer: VectorClock
    let targetBytes: Int
    var made: GroupPage?

    init(space: SpaceID, mine: SpaceState, peer: VectorClock, targetBytes: Int) {
        self.space = space
        self.mine = mine
        self.peer = peer
        self.targetBytes = targetBytes
    }

    /// What will be asked for when the peer has logged a page.
    func after(_ page: GroupPage) -> PageAhead {
        PageAhead(space: space, mine: mine, peer: page.reached, targetBytes: targetBytes)
    }

    /// A page that aimed at less is right too; one that aimed at more might not fit.
    func isFor(_ gap: PageAhead) -> Bool {
        space == gap.space && mine == gap.mine && peer == gap.peer
            && targetBytes <= gap.targetBytes
    }

    /// Nil when it cannot be made: what fails here fails again when the page is asked for in
    /// earnest.
    func page(from store: Store) async -> GroupPage? {
        try? await store.page(of: space, toPeer: peer, past: [], targetBytes: targetBytes)
    }
}
