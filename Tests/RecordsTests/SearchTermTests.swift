import Records
import Testing

struct SearchTermTests {
    @Test(arguments: ["", " ", "\u{3000}\n", "\0漏水"])
    func `nothing typed is no search`(_ typed: String) {
        #expect(SearchTerm(typed) == nil)
    }

    @Test(arguments: [
        ("3栋2单元501", "3-2-501"), (" 3-2-501 ", "3-2-501"), ("A座1201", "A-1201"),
        ("3-501", "3-501"), ("2单元501", "-2-501"), ("B1-2-032", "B1-2-32"),
    ])
    func `a whole room is looked for by its key, and never inside texts`(
        _ typed: String, _ key: String
    ) {
        #expect(SearchTerm(typed)?.room == key)
        #expect(SearchTerm(typed)?.texts == .never)
    }

    @Test(arguments: [
        ("3栋", "3"), ("三栋", "3"), ("3号楼", "3"), ("3-", "3"), ("3栋2单元", "3-2"),
        ("3-2-", "3-2"), ("3#2单元", "3-2"),
    ])
    func `a building or a unit is looked for by the beginning of keys and inside texts`(
        _ typed: String, _ key: String
    ) {
        #expect(SearchTerm(typed)?.room == key)
        #expect(SearchTerm(typed)?.texts == .also)
    }

    @Test(arguments: ["e-mail", "LED-12W", "2025-11-13", "KN95-3", "GD20240101-000001"])
    func `what only reads like a room is looked for inside texts when no key finds anything`(
        _ typed: String
    ) {
        #expect(SearchTerm(typed)?.room != nil)
        #expect(SearchTerm(typed)?.texts == .otherwise)
    }

    @Test(arguments: ["漏水", "2单元", "单元", "5", "翠湖花园3栋2单元501"])
    func `anything else names no room`(_ typed: String) {
        #expect(SearchTerm(typed)?.room == nil)
        #expect(SearchTerm(typed)?.texts == .otherwise)
    }

    @Test(arguments: [
        ("5678", "5678"), ("13912345678", "13912345678"), ("139 1234-5678", "13912345678"),
        ("+86 13912345678", "13912345678"), ("５６７８", "5678"), ("021-58881234", "02158881234"),
    ])
    func `four digits and more may end a telephone number`(_ typed: String, _ digits: String) {
        #expect(SearchTerm(typed)?.phoneEnding == digits)
    }

    @Test(arguments: ["567", "3栋", "A1234", "1234号"])
    func `less than four digits or more than digits is no telephone number`(_ typed: String) {
        #expect(SearchTerm(typed)?.phoneEnding == nil)
    }
}

struct RoomAtTheEndTests {
    @Test(arguments: [
        ("翠湖花园9栋4单元3103", "9-4-3103"), ("9栋4单元3103", "9-4-3103"), ("万科城 3-2-501室", "3-2-501"),
        ("三里屯三栋二单元五零一", "3-2-501"), ("B区3-501", "3-501"), ("幸福花园Ａ座１２０１", "A-1201"),
        ("2期12栋301", "12-301"),
    ])
    func `a place ends with its room`(_ place: String, _ key: String) {
        #expect(RoomAddress(endOf: place)?.key == key)
    }

    @Test(arguments: [
        ("9栋4单元3103", "9-4-3103"), ("园9栋4单元3103", "9-4-3103"), ("19栋4单元3103", "19-4-3103"),
        ("园09栋4单元3103", "9-4-3103"), ("园9栋04单元0103", "9-4-103"), ("十9栋4单元3103", nil),
        ("A9栋4单元3103", "A9-4-3103"), ("８9栋4单元3103", "89-4-3103"), ("-9栋4单元3103", "9-4-3103"),
        ("1-9栋4单元3103", "9-4-3103"), ("园9999栋4单元3103", nil), ("园9栋4单元310399", nil),
        ("园9栋4单元", nil), ("园 9栋4单元3103", "9-4-3103"), ("园9栋4单元3103室", "9-4-3103"),
    ])
    func `the plain way to write a room is read like every other`(_ place: String, _ key: String?) {
        #expect(RoomAddress(endOf: place)?.key == key)
        // A word behind it leads past the short way.
        #expect(RoomAddress(endOf: place.hasSuffix("室") ? place : place + "室")?.key == key)
    }

    @Test(arguments: [
        "", "3栋大堂", "中心花园", "地下车库B1", "501", "电话13912345678", "灯具LED-12W", "3栋2单元",
    ])
    func `a place without a room has none`(_ place: String) {
        #expect(RoomAddress(endOf: place) == nil)
    }
}
