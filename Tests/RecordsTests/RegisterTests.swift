import Records
import SyncCore
import Testing

/// Rows as offices and other programs keep them: each of their columns has a field that takes it.
struct RegisterTests {
    /// Reads a row column by column, sets as elements, and returns what keeps it from being saved.
    private func problems(_ type: RecordType, _ row: [(String, String)]) throws -> [FieldProblem] {
        var values: [String: Value] = [:]
        var elements: [String: [Value]] = [:]
        for (name, text) in row {
            let field = try #require(type.field(named: name), "\(name)")
            if field.isSet {
                elements[name] = try field.elements(fromText: text)
            } else {
                values[name] = try field.value(fromText: text)
            }
        }
        return type.problems(in: values, elements: elements, creating: true)
    }

    @Test func `a row of a service register becomes a ticket`() throws {
        let row = [
            ("no", "MH01-旧-0001"), ("occurred_at", "2025-05-08 11:31"), ("place", "1-1-502"),
            ("caller_name", "郭燕"), ("caller_phone", "156 5512 2772"), ("channel", "微信"),
            ("kind", "报修"), ("class", "一般"), ("content", "电梯异响，已第二次反映"), ("status", "已完成"),
            ("handler_name", "宋文涵"), ("finished_at", "2025-05-08 14:31"),
        ]
        #expect(try problems(.ticket, row) == [])
    }

    @Test func `a row of a visit register becomes a visit`() throws {
        let row = [
            ("started_at", "2025-05-27 12:00"), ("place", "2-2-901"), ("person_name", "程艳燕"),
            ("mode", "上门"), ("visitor_names", "黄刚丽"), ("topics", "绿化"), ("satisfaction", "满意"),
            ("suggestion", "楼道灯偏暗"), ("signature", "已签名"), ("status", "已完成"),
        ]
        #expect(try problems(.visit, row) == [])
    }

    @Test func `a row of an owner list becomes a household, a customer and an occupancy`() throws {
        let room = try #require(RoomAddress("1幢1单元201室"))
        let id = { (type: String) in try #require(Samples.id(of: type)).description }
        let household = [
            ("estate", try id("estates")), ("building", room.building), ("unit", room.unit),
            ("room", room.room), ("area", "77.94㎡"), ("status", "已入住"),
        ]
        let person = [
            ("name", "赵东东"), ("phones", "＋８６18270111783"), ("id_no", "330106196209013804"),
            ("birthday", "1962年9月1日"), ("vehicles", "沪A·68293"), ("note", "独居老人,需关注"),
        ]
        let occupancy = [
            ("household", try id("households")), ("person", try id("persons")), ("role", "业主"),
            ("from", "2024-3-12"),
        ]
        #expect(try problems(.household, household) == [])
        #expect(try problems(.person, person) == [])
        #expect(try problems(.occupancy, occupancy) == [])
    }

    @Test func `a row of the synchronisation benchmark becomes a ticket`() throws {
        let row = [
            ("no", "GD20240101-000000"),
            ("estate", try #require(Samples.id(of: "estates")).description),
            ("place", "12栋3单元1502"), ("caller_name", "欧阳诺"), ("caller_phone", "13812345678"),
            ("category", "水电维修"), ("priority", "4"), ("status", "in_progress"),
            ("title", "12栋3单元1502厨房水槽下方漏水"), ("content", "业主来电称漏水，请尽快处理。"),
            ("handler_name", "王伟"), ("channel", "业主小程序"), ("amount", "205.00"), ("rating", "5"),
            ("remark", "已回访"), ("occurred_at", "2024-01-01T00:00:00Z"),
            ("planned_date", "2024-01-03"),
            ("kind", "repair"),
        ]
        #expect(try problems(.ticket, row) == [])
    }
}
