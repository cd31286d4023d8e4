/// One door through which strangers' bytes come in, with what must hold for any of them.
///
/// The same check is called by libFuzzer (`Driver/main.swift`) and by the tests (`Replay`).
struct FuzzTarget: Sendable {
    let name: String
    /// Part of all executions this target gets, against the sum of all shares: fast parsers get
    /// many, slow readers few.
    let share: Int
    /// The longest input libFuzzer makes.
    let maximumBytes: Int
    let seeds: @Sendable () throws -> [[UInt8]]
    /// - Throws: `BrokenLaw` when bytes were taken that should not have been, or were changed by
    ///   being read. That they are refused is as good as that they are taken.
    let check: @Sendable ([UInt8]) throws -> Void

    static let all: [FuzzTarget] =
        groups + messages + tables + cells + registers + lists + documents + fields + texts

    static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// What should hold and does not, with the law in words.
struct BrokenLaw: Error, CustomStringConvertible {
    let description: String
}

/// - Throws: `BrokenLaw` unless the law holds.
func law(_ holds: Bool, _ words: @autoclosure () -> String) throws {
    if !holds { throw BrokenLaw(description: words()) }
}

/// The value of something that the laws say cannot fail.
func always<Result>(
    _ words: @autoclosure () -> String, _ work: () throws -> Result
) throws -> Result {
    do {
        return try work()
    } catch let law as BrokenLaw {
        throw law
    } catch {
        throw BrokenLaw(description: "\(words()): \(error)")
    }
}
