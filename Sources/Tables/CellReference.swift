/// The column of a cell reference such as `C12`.
enum CellReference {
    /// The last column of a worksheet, `XFD`.
    static let maximumColumn = 16_384
    /// The last row of a worksheet.
    static let maximumRow = 1_048_576

    /// - Returns: 1 for `A`; null if the text does not begin with the letters of a column.
    static func column(of reference: String) -> Int? {
        var column = 0
        for byte in reference.utf8 {
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) else { break }
            column = column * 26 + Int(byte - UInt8(ascii: "A")) + 1
            if column > maximumColumn { return nil }
        }
        return column > 0 ? column : nil
    }
}
