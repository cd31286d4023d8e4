import Synchronization

/// The wall clock of one machine, as wrong as a schedule makes it. Nothing but display and class M3
/// may depend on it (I12).
final class SimulatedClock: Sendable {
    private struct State {
        var milliseconds: UInt64
        var pace: UInt64
    }

    private let state: Mutex<State>

    /// - Parameter milliseconds: since 1970 UTC.
    init(milliseconds: UInt64) {
        state = Mutex(State(milliseconds: milliseconds, pace: 1_000))
    }

    /// Looks at the clock; time passes only by that.
    func look() -> UInt64 {
        state.withLock { state in
            state.milliseconds &+= state.pace
            return state.milliseconds
        }
    }

    /// Lets time stand still, or pass by so many milliseconds a look.
    func set(pace: UInt64) {
        state.withLock { $0.pace = pace }
    }

    /// Jumps, at most back to 1970.
    func jump(by milliseconds: Int64) {
        state.withLock { state in
            state.milliseconds =
                milliseconds < 0
                ? state.milliseconds - min(state.milliseconds, milliseconds.magnitude)
                : state.milliseconds + milliseconds.magnitude
        }
    }

    var milliseconds: UInt64 { state.withLock { $0.milliseconds } }
}
