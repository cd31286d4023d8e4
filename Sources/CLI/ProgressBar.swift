import Foundation

/// A bar on standard error for work that takes longer than two seconds; nothing when no person
/// watches.
struct ProgressBar {
    private let title: String
    private let began = ContinuousClock.now
    private let isWatched = isatty(STDERR_FILENO) == 1
    private var isShown = false
    private static let width = 30

    init(_ title: String) {
        self.title = title
    }

    mutating func show(done: Int, total: Int) {
        guard isWatched, ContinuousClock.now - began > .seconds(2) else { return }
        isShown = true
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
        let filled = Int(share * Double(Self.width))
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "░", count: Self.width - filled)
        write("\r\(title) \(bar) \(done)/\(total) ")
    }

    mutating func finish() {
        if isShown { write("\r\u{1B}[K") }
        isShown = false
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
