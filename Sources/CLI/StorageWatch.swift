import Foundation
import Logging
import ServiceLifecycle
import Store

/// Ends the program when its replica cannot be trusted any more: the disk failed, or the database is
/// damaged. Starting anew opens and checks the files anew; going on could confirm what is lost.
struct StorageWatch: Service {
    let store: Store
    let log: Logger

    /// How long requests in progress may take to end.
    static let patience = Duration.seconds(5)

    func run() async throws {
        // Another service may hang on the same disk; the program ends all the same.
        try await cancelWhenGracefulShutdown {
            for await failure in store.failures {
                log.critical("\(failure)")
                Task.detached {
                    try? await Task.sleep(for: Self.patience)
                    FileHandle.standardError.write(Data("gatehouse: \(failure)\n".utf8))
                    _exit(CommandExit.failed.rawValue)
                }
                throw failure
            }
        }
    }
}
