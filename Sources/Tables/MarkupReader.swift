import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// What a part of a workbook does with its elements. Names come without namespace prefixes.
protocol MarkupHandler: AnyObject {
    func start(_ element: String, _ attributes: [String: String]) throws(TableError)
    /// Text may arrive in pieces.
    func text(_ text: String) throws(TableError)
    func end(_ element: String) throws(TableError)
}

/// Feeds one XML part to its handler through XMLParser, after `MarkupCheck` has passed it.
final class MarkupReader: NSObject, XMLParserDelegate {
    private let handler: any MarkupHandler
    private let limits: TableLimits
    private var depth = 0
    private var hasRoot = false
    private var failure: TableError?

    /// - Throws: what the handler throws, or `damaged-workbook` if the part is not well-formed.
    static func read(
        _ part: [UInt8], limits: TableLimits, handler: any MarkupHandler
    ) throws(TableError) {
        let body = try MarkupCheck.body(of: part, limits: limits)
        // As a stream: handed all at once, more than ten megabytes are refused by libxml2.
        let parser = XMLParser(stream: InputStream(data: Data(body)))
        parser.shouldResolveExternalEntities = false
        let reader = MarkupReader(handler, limits)
        parser.delegate = reader
        let isParsed = parser.parse()
        if let failure = reader.failure { throw failure }
        // On Linux `parse` may return true although an error was reported, so everything is asked.
        let isWhole = reader.hasRoot && reader.depth == 0
        if !isParsed || parser.parserError != nil || !isWhole {
            throw .damagedWorkbook("a part is not well-formed, line \(parser.lineNumber)")
        }
    }

    private init(_ handler: any MarkupHandler, _ limits: TableLimits) {
        self.handler = handler
        self.limits = limits
    }

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        depth += 1
        hasRoot = true
        forward(parser) { () throws(TableError) in
            if depth > limits.maximumMarkupDepth {
                throw .forbiddenMarkup("elements stand too deep inside each other")
            }
            try handler.start(element.withoutPrefix, attributes.withoutPrefixes)
        }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        forward(parser) { () throws(TableError) in try handler.text(text) }
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        forward(parser) { () throws(TableError) in
            try handler.text(String(decoding: block, as: UTF8.self))
        }
    }

    func parser(
        _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        depth -= 1
        forward(parser) { () throws(TableError) in try handler.end(element.withoutPrefix) }
    }

    /// Delegates cannot throw: the first failure is kept and the parser stopped.
    private func forward(_ parser: XMLParser, _ action: () throws(TableError) -> Void) {
        if failure != nil { return }
        do {
            try action()
        } catch {
            failure = error
            parser.abortParsing()
        }
    }
}

extension String {
    /// `row` for `x:row`: some programs write every element of a sheet with a prefix.
    fileprivate var withoutPrefix: String {
        guard let colon = utf8.lastIndex(of: UInt8(ascii: ":")) else { return self }
        return String(self[utf8.index(after: colon)...])
    }
}

extension [String: String] {
    /// An attribute that is also there without a prefix wins over one with it; `xmlns:` ones go.
    fileprivate var withoutPrefixes: [String: String] {
        guard keys.contains(where: { $0.utf8.contains(UInt8(ascii: ":")) }) else { return self }
        var result = filter { !$0.key.utf8.contains(UInt8(ascii: ":")) }
        for (key, value) in sorted(by: { $0.key < $1.key })
        where result[key.withoutPrefix] == nil && !key.hasPrefix("xmlns:") {
            result[key.withoutPrefix] = value
        }
        return result
    }
}
