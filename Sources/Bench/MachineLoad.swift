import Foundation

/// What the kernel knows of processes and processors (proc(5)).
enum ProcessFigures {
    /// The most memory a process ever held, in MiB (VmHWM).
    static func peakMebibytes(_ process: Int32) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        guard let match = status.firstMatch(of: /VmHWM:\s+(\d+) kB/), let size = Double(match.1)
        else { throw BenchFailure("The kernel does not say how much memory \(process) used.") }
        return size / 1_024
    }

    /// Seconds of processor time, user and system, that a process has used, and whose child it is.
    static func used(_ process: Int32) throws -> (seconds: Double, parent: Int32) {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // The name stands in brackets and may hold anything.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]),
            let parent = Int32(fields[2])
        else { throw BenchFailure("The kernel does not say how long \(process) ran.") }
        return ((user + system) / ticksPerSecond, parent)
    }

    /// Seconds of processor time that the bench's own process has used.
    static func usedHere() -> Double {
        var usage = rusage()
        // The call cannot fail for the process itself.
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.seconds
    }

    static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// How much of the machine others used while the bench ran.
struct MachineLoad {
    private var last = Reading()

    /// The share of all processors, 0 to 1, that neither we nor the processes we started used since
    /// the last question.
    mutating func sharedWithOthers() -> Double {
        let now = Reading()
        defer { last = now }
        let all = now.all - last.all
        // The counters are ticks of 10 ms: over a shorter time they say nothing.
        guard all > 0.2 else { return 0 }
        return max(0, (now.busy - last.busy) - (now.own - last.own)) / all
    }

    private struct Reading {
        /// Processor seconds since the machine started: all, not idle, and ours.
        var all = 0.0
        var busy = 0.0
        var own = 0.0

        init() {
            // Without these files the bench still measures; it only cannot say whether it was alone.
            guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else {
                return
            }
            let ticks = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst()
                .prefix(8).compactMap { Double($0) }
            guard ticks.count == 8 else { return }
            all = ticks.reduce(0, +) / ProcessFigures.ticksPerSecond
            busy = all - (ticks[3] + ticks[4]) / ProcessFigures.ticksPerSecond
            own = Self.ownSeconds()
        }

        /// Of this process, the children it has waited for, and those still running.
        private static func ownSeconds() -> Double {
            var seconds = 0.0
            for who in [RUSAGE_SELF, RUSAGE_CHILDREN] {
                var usage = rusage()
                guard getrusage(who.rawValue, &usage) == 0 else { continue }
                seconds += usage.seconds
            }
            // A process that ends meanwhile is counted among those waited for the next time.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            for process in names.compactMap({ Int32($0) }) {
                guard let used = try? ProcessFigures.used(process), used.parent == getpid() else {
                    continue
                }
                seconds += used.seconds
            }
            return seconds
        }
    }
}

extension rusage {
    /// User and system time together.
    fileprivate var seconds: Double {
        [ru_utime, ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000
        }
    }
}
