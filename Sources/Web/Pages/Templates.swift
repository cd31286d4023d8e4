import Foundation
import Mustache

/// What a template shows. The names of its properties are the keys of the template.
///
/// An optional property of a nested value must have no namesake further out: Mustache would find
/// that one instead.
protocol Page: Sendable {
    /// The file in Resources/templates, without its ending.
    static var template: String { get }
    var frame: Frame { get }
}

/// The page templates and the other files that a browser loads, read once.
enum Templates {
    static let folder = Bundle.module.bundleURL.appending(path: "Resources/templates")

    /// A template that does not parse stops the program at its first page; the tests render every
    /// one.
    static let library: MustacheLibrary = {
        do {
            var library = MustacheLibrary()
            for name in try names() {
                try library.register(text(name), named: name)
            }
            return library
        } catch {
            preconditionFailure("the page templates cannot be read: \(error)")
        }
    }()

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".mustache") }.map { String($0.dropLast(".mustache".count)) }
            .sorted()
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name + ".mustache"), encoding: .utf8)
    }

    /// Told about every page that is rendered in a task; the tests compare values with templates
    /// through it.
    @TaskLocal static var witness: (@Sendable (any Page) -> Void)?

    static func render(_ page: some Page) -> String {
        witness?(page)
        guard let text = library.render(page, withTemplate: type(of: page).template) else {
            preconditionFailure("there is no template \(type(of: page).template)")
        }
        return text
    }

    /// A stylesheet or script; nil for any other name.
    static func asset(_ name: String) throws -> (type: String, bytes: Data)? {
        let types = ["gatehouse.css": "text/css", "gatehouse.js": "text/javascript"]
        guard let type = types[name] else { return nil }
        let url = Bundle.module.bundleURL.appending(path: "Resources").appending(path: name)
        return (type + "; charset=utf-8", try Data(contentsOf: url))
    }
}
