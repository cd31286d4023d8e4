/// The node's key at work, without saying how keys are kept. `Wire` implements it.
public protocol Sealing: Sendable {
    /// This node's public key.
    var key: NodeKey { get }
    /// The seal of a group this node wrote (Protocol/merge.md §3).
    func seal(_ place: Place, _ hash: GroupHash) -> [UInt8]
    /// Whether a seal is by that key over that place and hash; false for anything malformed.
    func verifies(_ seal: [UInt8], _ place: Place, _ hash: GroupHash, by key: NodeKey) -> Bool
}
