import Records
import Testing

struct RoomAddressTests {
    @Test(arguments: [
        "3栋2单元501", "3-2-501", "３－２－５０１", "三栋2单元501", "3#2-501室", "3幢2单元501室", " 3栋 2单元 501 ",
        "3号楼2单元501", "3号楼2单元501室", "3座2门501", "3#楼2单元501", "3号2单元501号", "三栋二单元五零一", "三栋二单元五〇一室",
        "03栋02单元0501", "3 - 2 - 501", "3—2–501", "3栋-2单元-501室", "3栋2-501", "3-2单元501房", "3栋二单元501户",
        "3栋\u{3000}2单元\u{3000}501", "\u{FEFF}3-2-501", "3栋2梯501",
    ])
    func `every spelling of a room is one room`(_ text: String) {
        #expect(RoomAddress(text) == RoomAddress(building: "3", unit: "2", room: "501"))
        #expect(RoomAddress(text)?.key == "3-2-501")
    }

    @Test(arguments: [
        ("A座1201", "A", "", "1201"), ("a座12a", "A", "", "12A"), ("3-501", "3", "", "501"),
        ("3栋501", "3", "", "501"), ("十栋二单元一五零一", "10", "2", "1501"),
        ("十二栋1单元12A", "12", "1", "12A"), ("九十九栋1-101", "99", "1", "101"),
        ("二十栋3单元301", "20", "3", "301"), ("B1-2-032", "B1", "2", "32"),
        ("1栋1单元00", "1", "1", "0"), ("二单元五零一", "", "2", "501"), ("2单元501室", "", "2", "501"),
        ("1-1-0A", "1", "1", "0A"),
    ])
    func `a room may have letters, Chinese numerals or no unit`(
        _ text: String, _ building: String, _ unit: String, _ room: String
    ) {
        #expect(RoomAddress(text) == RoomAddress(building: building, unit: unit, room: room))
    }

    @Test(arguments: [
        "", "   ", "501", "501室", "3栋", "3栋2单元", "-", "3-", "-2-501", "3--501", "3-2-501-1",
        "3栋2栋501",
        "3单元2单元501", "幸福里3栋2单元501", "二期3栋2单元501", "3栋5楼501", "5楼501", "3栋15层1501", "3 2 501",
        "3栋2 501", "三十十栋1单元101", "百栋1单元101", "零十栋1-1", "三1栋2单元501", "3栋2单元501,502", "3/2/501",
        "3栋2单元12345678901", "公共区域", "½栋1-101", "٣-2-501", "ß栋1-1",
    ])
    func `what cannot be told for certain is not taken for a room`(_ text: String) {
        #expect(RoomAddress(text) == nil)
    }

    @Test(arguments: [
        ("三栋", "3"), ("２单元", "2"), ("0501室", "501"), ("3", "3"), ("A座", "A"), ("a", "A"),
        ("3#", "3"),
        ("五零一", "501"), ("十", "10"), (" 12 号楼 ", "12"), ("000", "0"), ("1234567890", "1234567890"),
    ])
    func `one part is brought into one spelling`(_ text: String, _ part: String) {
        #expect(RoomAddress.part(text) == part)
    }

    @Test(arguments: ["", " ", "3-2", "3-", "栋", "3栋2", "3 2", "12345678901", "期", "三二十"])
    func `more or less than one part is none`(_ text: String) {
        #expect(RoomAddress.part(text) == nil)
    }

    @Test(arguments: 0..<500)
    func `a room's key and text are read back as the same room`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let number = { (random: inout SeededGenerator) in
            String(Int.random(in: 1...99, using: &random))
                + (Bool.random(using: &random) ? "" : "B")
        }
        let address = RoomAddress(
            building: number(&random), unit: Bool.random(using: &random) ? "" : number(&random),
            room: number(&random))
        #expect(RoomAddress(address.key) == address)
        #expect(RoomAddress(address.text) == address)
    }
}
