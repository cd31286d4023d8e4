/// What is checked in XML before the parser sees it, so that the parser meets nothing it is weak
/// at.
///
/// Document types are refused whole: entities that multiply (billion laughs) or fetch files stand
/// in them, and no spreadsheet program writes one. So are elements with very many attributes, on
/// which the parser spends the square of their number. The XML declaration is cut off, because it
/// could name an encoding in which the parser reads something else than this check did. Other
/// processing instructions are refused wherever their mark stands: one without data ends the process
/// in Foundation's XMLParser, and in a broken tag only the parser may see it.
struct MarkupCheck {
    private let bytes: [UInt8]
    private let maximumAttributeCount: Int

    /// The part without its mark and declaration.
    ///
    /// - Throws: `damaged-workbook` or `forbidden-markup`.
    static func body(of part: [UInt8], limits: TableLimits) throws(TableError) -> [UInt8] {
        var body = part[...]
        if body.starts(with: TextEncoding.utf8Mark) {
            body = body.dropFirst(TextEncoding.utf8Mark.count)
        }
        if body.starts(with: "<?xml".utf8) {
            guard let end = body.firstRange(of: "?>".utf8) else {
                throw .damagedWorkbook("the XML declaration has no end")
            }
            body = body[end.upperBound...]
        }
        let check = MarkupCheck(
            bytes: Array(body), maximumAttributeCount: limits.maximumAttributeCount)
        try check.run()
        return check.bytes
    }

    private func run() throws(TableError) {
        if bytes.contains(0) || !bytes.isValidUTF8 {
            throw .damagedWorkbook("a part is not UTF-8")
        }
        if bytes.firstRange(of: "<?".utf8) != nil {
            throw .forbiddenMarkup("a part has a processing instruction")
        }
        var position = 0
        while let open = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            let markup = bytes[open...]
            if markup.starts(with: "<!--".utf8) {
                position = try end(of: "-->", after: open + 4)
            } else if markup.starts(with: "<![CDATA[".utf8) {
                position = try end(of: "]]>", after: open + 9)
            } else if markup.starts(with: "<!".utf8) {
                throw .forbiddenMarkup("a part has a document type")
            } else {
                position = try endOfTag(from: open)
            }
        }
    }

    /// The position behind the next `mark`.
    private func end(of mark: String, after start: Int) throws(TableError) -> Int {
        let mark = Array(mark.utf8)
        var position = start
        while let first = bytes[position...].firstIndex(of: mark[0]) {
            if bytes[first...].starts(with: mark) { return first + mark.count }
            position = first + 1
        }
        throw .damagedWorkbook("a part ends inside markup")
    }

    /// The position behind the `>` of a tag; one inside an attribute's quotes does not end it.
    private func endOfTag(from open: Int) throws(TableError) -> Int {
        var attributeCount = 0
        var openQuote: UInt8?
        for position in open..<bytes.count {
            let byte = bytes[position]
            if let quote = openQuote {
                if byte == quote { openQuote = nil }
            } else if byte == .quote || byte == UInt8(ascii: "'") {
                openQuote = byte
                attributeCount += 1
                if attributeCount > maximumAttributeCount {
                    throw .forbiddenMarkup("an element has too many attributes")
                }
            } else if byte == UInt8(ascii: ">") {
                return position + 1
            }
        }
        throw .damagedWorkbook("a part ends inside a tag")
    }
}
