import Hummingbird

/// The pages of the node for people at a browser.
public enum Pages {
    /// Adds every page to the router.
    public static func add<Context: RequestContext>(
        to router: some RouterMethods<Context>, _ services: PageServices
    ) {}
}
