import Foundation
import Mustache

@testable import Web

/// Reads a template the way Mustache does and looks every key up in the values it was shown with.
///
/// Mustache renders a misspelt key as nothing; this finds it.
struct TemplateWalk {
    /// Keys that no value had.
    private(set) var missing: Set<String> = []
    /// Sections and keys, as places in their template, that were reached.
    private(set) var reached: Set<String> = []
    private(set) var all: Set<String> = []

    indirect enum Token {
        case key(String, place: String)
        case section(String, place: String, [Token])
        case inverted(String, place: String, [Token])
        case partial(String)
        case parent(String, [String: [Token]])
        case block(String, [Token])
    }

    mutating func walk(_ page: any Page) throws {
        let name = type(of: page).template
        try walk(parse(name), [page], [:])
    }

    private mutating func walk(
        _ tokens: [Token], _ stack: [Any], _ blocks: [String: [Token]]
    ) throws {
        for token in tokens {
            switch token {
            case .key(let key, let place):
                reached.insert(place)
                if find(key, stack) == nil { missing.insert(place) }
            case .section(let key, let place, let inner):
                guard let found = find(key, stack) else {
                    missing.insert(place)
                    continue
                }
                for value in contexts(found) ?? [] {
                    reached.insert(place)
                    try walk(inner, value.map { stack + [$0] } ?? stack, blocks)
                }
            case .inverted(let key, let place, let inner):
                guard let found = find(key, stack) else {
                    missing.insert(place)
                    continue
                }
                _ = found
                reached.insert(place)
                try walk(inner, stack, blocks)
            case .partial(let name):
                try walk(parse(name), stack, blocks)
            case .parent(let name, let given):
                try walk(parse(name), stack, blocks.merging(given) { outer, _ in outer })
            case .block(let name, let standard):
                try walk(blocks[name] ?? standard, stack, blocks)
            }
        }
    }

    /// What a section is, or could be, rendered with: the same values, a text, or each element. Nil
    /// when there is no element to look at.
    private func contexts(_ value: Any) -> [Any?]? {
        if type(of: value) == String?.self { return [""] }
        guard let value = unwrapped(value) else { return nil }
        if value is Bool { return [nil] }
        if Mirror(reflecting: value).displayStyle == .collection {
            return Mirror(reflecting: value).children.map { $0.value }
        }
        return [value]
    }

    /// The value of a dotted key; the outer optional says whether any value has it.
    private func find(_ key: String, _ stack: [Any]) -> Any? {
        if key == "." { return stack.last }
        var names = key.split(separator: ".").map(String.init)
        let first = names.removeFirst()
        for object in stack.reversed() {
            guard var found = child(first, object) else { continue }
            for name in names {
                guard let inner = unwrapped(found).flatMap({ child(name, $0) }) else { return nil }
                found = inner
            }
            return found
        }
        return nil
    }

    private func child(_ name: String, _ object: Any) -> Any? {
        if let parent = object as? any MustacheParent { return parent.child(named: name) }
        return Mirror(reflecting: object).children.first { $0.label == name }?.value
    }

    private func unwrapped(_ value: Any) -> Any? {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .optional else { return value }
        return mirror.children.first?.value
    }

    // MARK: Parsing

    private mutating func parse(_ name: String) throws -> [Token] {
        var tags = try Templates.text(name).matches(of: /\{\{([#^\/>$<]?)\s*([^}\s]+)\s*\}\}/)
            .map { (String($0.output.1), String($0.output.2)) }[...]
        var count = 0
        return tokens(&tags, name, &count)
    }

    private mutating func tokens(
        _ tags: inout ArraySlice<(String, String)>, _ file: String, _ count: inout Int
    ) -> [Token] {
        var tokens: [Token] = []
        while let (sign, name) = tags.popFirst() {
            count += 1
            let place = "\(file): \(sign)\(name) (\(count))"
            switch sign {
            case "/": return tokens
            case "#":
                all.insert(place)
                tokens.append(.section(name, place: place, self.tokens(&tags, file, &count)))
            case "^":
                all.insert(place)
                tokens.append(.inverted(name, place: place, self.tokens(&tags, file, &count)))
            case ">": tokens.append(.partial(name))
            case "$": tokens.append(.block(name, self.tokens(&tags, file, &count)))
            case "<":
                var blocks: [String: [Token]] = [:]
                for case .block(let block, let inner) in self.tokens(&tags, file, &count) {
                    blocks[block] = inner
                }
                tokens.append(.parent(name, blocks))
            default:
                all.insert(place)
                tokens.append(.key(name, place: place))
            }
        }
        return tokens
    }
}
