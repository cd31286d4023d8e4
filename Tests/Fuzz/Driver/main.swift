// The program `gatehouse-fuzz`: libFuzzer around the checks beside it. `Tests/Fuzz/fuzz.py` runs it.
//
//     gatehouse-fuzz --list             prints name, share and longest input of each target
//     gatehouse-fuzz --seeds FOLDER     writes each target's seeds into a folder of its name
//     FUZZ_TARGET=NAME gatehouse-fuzz …  runs libFuzzer with its own flags and folders

import CFuzzer
import Foundation

/// What the run is about; the callback of a C library can hold nothing itself.
enum Chosen {
    static let target: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget.named(name) else {
            print("FUZZ_TARGET names no target. See gatehouse-fuzz --list.")
            exit(2)
        }
        return target
    }()
}

/// Of this thread. libFuzzer's own limit counts seconds on the wall, which pass on a busy machine
/// without anything being done.
@Sendable func processorSeconds() -> Double {
    var time = timespec()
    // The clock is there on every Linux.
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

switch CommandLine.arguments.dropFirst().first {
case "--list":
    for target in FuzzTarget.all { print(target.name, target.share, target.maximumBytes) }
case "--seeds" where CommandLine.arguments.count == 3:
    let folder = URL(filePath: CommandLine.arguments[2])
    for target in FuzzTarget.all {
        let own = folder.appending(path: target.name)
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        for (number, seed) in try target.seeds().enumerated() {
            try Data(seed).write(to: own.appending(path: "seed-\(number)"))
        }
    }
default:
    var count = CommandLine.argc
    var arguments = UnsafeMutablePointer(CommandLine.unsafeArgv)
    let result = withUnsafeMutablePointer(to: &arguments) { arguments in
        arguments.withMemoryRebound(
            to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self, capacity: 1
        ) { arguments in
            LLVMFuzzerRunDriver(&count, arguments) { data, size in
                let bytes = Array(UnsafeBufferPointer(start: data, count: size))
                let start = processorSeconds()
                do {
                    try Chosen.target.check(bytes)
                    try law(processorSeconds() - start < 1, "no input takes a second")
                } catch {
                    // libFuzzer keeps the input of what traps.
                    fatalError("\(Chosen.target.name): \(error)")
                }
                return 0
            }
        }
    }
    exit(result)
}
