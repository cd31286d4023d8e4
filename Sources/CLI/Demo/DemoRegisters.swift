import Foundation

/// The registers of three offices as they really keep them: fictional people, three encodings, the
/// usual mess.
enum DemoRegisters {
    static let registers = ["households", "tickets", "visits"]

    /// The bytes of an office's register. Dates of tickets and visits are moved so that the last
    /// month in it is the month before today's.
    ///
    /// - Throws: `CommandFailure` when the program's resources are not beside it.
    static func bytes(_ office: String, _ register: String, today: String) throws -> [UInt8] {
        for ending in ["csv", "xlsx"] {
            let url = Bundle.module.url(
                forResource: "\(office)-\(register)", withExtension: ending,
                subdirectory: "Registers")
            // The other ending is tried.
            guard let url, let data = try? Data(contentsOf: url) else { continue }
            guard register != "households", let text = String(data: data, encoding: .utf8) else {
                return Array(data)
            }
            return Array(moved(text, today: today).utf8)
        }
        throw CommandFailure(
            "The demo's register \(office)-\(register) is missing beside the program. Build it again with make demo."
        )
    }

    /// The registers run from January to May 2025; every day in them exists in every month.
    static func moved(_ text: String, today: String) -> String {
        let parts = today.split(separator: "-").compactMap { Int($0) }
        guard parts.count >= 2 else { return text }
        let last = parts[0] * 12 + parts[1] - 2
        var moved = text
        // From the latest month on when moving forward, so that no month is moved twice.
        for month in (1...5).reversed() {
            let target = last - (5 - month)
            let name = String(format: "%04d-%02d-", target / 12, target % 12 + 1)
            moved = moved.replacingOccurrences(
                of: String(format: "2025-%02d-", month), with: name)
        }
        return moved
    }
}
