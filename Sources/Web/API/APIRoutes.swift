import Hummingbird

/// Every address under `/api/v1`, and those for machines that watch the node.
struct APIRoutes {
    let services: Services

    func add(to routes: Routes) {
    }
}
