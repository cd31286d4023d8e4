import Mustache
import Records

/// The words of one page in the language of whoever reads it. Templates say `{{texts.save}}`.
struct Texts: MustacheParent, Sendable {
    private let titles: [String: Title]
    private let language: Language

    init(_ titles: [String: Title], _ language: Language) {
        self.titles = titles
        self.language = language
    }

    func child(named name: String) -> Any? { titles[name]?[language] }

    subscript(name: String) -> String {
        guard let title = titles[name] else {
            preconditionFailure("the page has no text named \(name)")
        }
        return title[language]
    }
}
