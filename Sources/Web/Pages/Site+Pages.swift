import Records
import SyncCore

/// The addresses of the pages. Handlers are added under the patterns, links are made by the
/// functions; nothing else spells an address.
extension Site {
    /// As the router takes them.
    enum Pattern {
        static let front = "/"
        static let search = "/search"
        static let who = "/who"
        static let language = "/language"
        static let asset = "/assets/{name}"
        static let list = "/records/{type}"
        static let new = "/records/{type}/new"
        static let record = "/records/{type}/{id}"
        static let edit = "/records/{type}/{id}/edit"
        static let delete = "/records/{type}/{id}/delete"
        static let restore = "/records/{type}/{id}/restore"
        static let conflicts = "/conflicts"
        static let conflict = "/conflicts/{type}/{id}"
        static let sync = "/sync"
        static let syncChip = "/sync/chip"
        static let syncNow = "/sync/now"
        static let syncPause = "/sync/pause"
        static let syncResume = "/sync/resume"
        static let join = "/sync/join"
        static let invite = "/sync/invite"
        static let backup = "/sync/backup"
        static let job = "/jobs/{id}"
        static let importing = "/import"
        /// Everything that nothing else answers to.
        static let anythingElse = "/**"
        static let undoImport = "/import/undo"
    }

    static func asset(_ name: String) -> String { "/assets/\(name)" }

    static func list(_ type: RecordType, _ query: [(String, String)] = []) -> String {
        address("/records/\(type.name)", query)
    }

    static func new(_ type: RecordType, _ query: [(String, String)] = []) -> String {
        address("/records/\(type.name)/new", query)
    }

    static func record(_ type: RecordType, _ id: RecordID, _ query: [(String, String)] = [])
        -> String
    {
        address("/records/\(type.name)/\(id)", query)
    }

    static func edit(_ type: RecordType, _ id: RecordID) -> String {
        "/records/\(type.name)/\(id)/edit"
    }

    static func delete(_ type: RecordType, _ id: RecordID) -> String {
        "/records/\(type.name)/\(id)/delete"
    }

    static func restore(_ type: RecordType, _ id: RecordID) -> String {
        "/records/\(type.name)/\(id)/restore"
    }

    static func conflicts(_ query: [(String, String)] = []) -> String {
        address(Pattern.conflicts, query)
    }

    static func conflict(_ type: RecordType, _ id: RecordID) -> String {
        "/conflicts/\(type.name)/\(id)"
    }

    static func search(_ text: String) -> String { address(Pattern.search, [("search", text)]) }

    static func who(returnTo path: String) -> String { address(Pattern.who, [("return", path)]) }

    static func job(_ id: String) -> String { "/jobs/\(encoded(id))" }

    /// The file of all records of a type, for the export links.
    static func export(_ type: RecordType, format: String) -> String {
        address("\(API.root)/\(type.name)/export", [("format", format)])
    }

    /// A path with its query, encoded.
    static func address(_ path: String, _ query: [(String, String)]) -> String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\(encoded($0))=\(encoded($1))" }.joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986 §2.3.
    private static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar)
            {
                encoded.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }

    /// A path of this site that a form may send people back to; anything else becomes the front
    /// page, so that no foreign address can be smuggled into a redirect.
    static func ownPath(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return Pattern.front }
        return path
    }
}
