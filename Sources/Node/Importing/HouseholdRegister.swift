import Records
import SyncCore

extension Register {
    /// The owner list: a row for each person of a room. Co-owners and family are further rows of
    /// the same room.
    ///
    /// A person is known by room and name, and by the document number where two of one name live in
    /// one room: so a changed relation, phone number or date is a change and not another person.
    /// Without a column for names it is a list of rooms, as an export of households is.
    static let households = Register(
        "households", also: ["persons"], Title("住户登记表", "Household register"),
        columns: householdColumns, needs: [["room"]],
        together: [["name", "role", "from"]]
    ) { row in
        let estate = row.estate()
        let room = row.room()
        let household = estate.map { ["household", $0.id.description, room?.key ?? ""] } ?? []
        var entries: [RegisterEntry] = []
        if let estate, let room {
            var entry = RegisterEntry(
                .household, key: household,
                recognition: .household(estate: estate.id, room: room.key))
            entry.says("estate", .value(.record(estate.id)))
            entry.says("building", room.building)
            if !room.unit.isEmpty { entry.says("unit", room.unit) }
            entry.says("room", room.room)
            row.fill(&entry)
            entries.append(entry)
        } else {
            // The other cells are judged all the same, so that a row is corrected once.
            var judged = RegisterEntry(.household, key: [])
            row.fill(&judged)
        }
        guard row.has("name") else { return entries }
        return entries + residents(&row, of: household.joined(separator: "/"))
    }

    private static func residents(
        _ row: inout RegisterRow, of household: String
    ) -> [RegisterEntry] {
        let name = row.value("name").map(\.text) ?? ""
        let role = row.value("role") ?? .empty
        let identity = row.value("id_no")
        let plain = "\(household)/\(name)"
        let number = row.namesakes.number(plain, identity)
        let key = Namesakes.key(plain, number)
        var person = RegisterEntry(
            .person, key: [RegisterEntry.personKey + key],
            recognition: .occupant(
                household: household, name: name, identity: identity, isOther: number > 1))
        person.says("name", name)
        if row.has("id_no") { person.says("id_no", .value(identity ?? .empty)) }
        row.fill(&person)
        var occupancy = RegisterEntry(
            .occupancy, key: [RegisterEntry.occupancyKey + key],
            recognition: .occupancy(household: household, person: person.key, role: role))
        occupancy.says("household", .entry(household))
        occupancy.says("person", .entry(person.key))
        occupancy.says("role", .value(role))
        row.fill(&occupancy)
        return [person, occupancy]
    }

    private static let householdColumns: [RegisterColumn] = {
        let own = [
            RegisterColumn(
                "room", Title("楼栋房号", "Room address"), ["房号", "房间号", "房屋", "房间", "户号"]),
            estateColumn,
            RegisterColumn(.household, "building", ["楼号", "幢号", "栋号"], isDirect: false),
            RegisterColumn(.household, "unit", ["单元号"], isDirect: false),
            RegisterColumn(.household, "area", ["面积", "房屋面积"], bad: .badArea),
            RegisterColumn(
                .person, "name", ["业主姓名", "客户姓名"], missing: .missingName, isDirect: false),
            RegisterColumn(.occupancy, "role", ["与业主关系", "身份"], isDirect: false),
            RegisterColumn(.person, "phones", ["手机", "联系电话", "手机号"]),
            RegisterColumn(.person, "id_no", ["身份证号", "身份证号码", "身份证"], isDirect: false),
            RegisterColumn(.person, "birthday", ["生日"]),
            RegisterColumn(.occupancy, "from", ["入住时间", "入伙日期"]),
            RegisterColumn(.person, "vehicles", ["车牌号", "车牌号码"]),
        ]
        let more =
            RegisterColumn.plain(.household, except: own)
            + RegisterColumn.plain(.person, except: own)
            + RegisterColumn.plain(.occupancy, except: own)
        return own + more
    }()

    /// Which estate, in offices that have several.
    static let estateColumn = RegisterColumn(
        "estate", Title("小区", "Estate"), ["小区名称", "项目", "楼盘"])
}

extension RegisterRow {
    /// The estate a row means; nil, and noted, when it cannot be told.
    mutating func estate() -> OfficeDirectory.Estate? {
        let text = text("estate")
        if text.isEmpty {
            if let only = directory.onlyEstate { return only }
            reject("estate", .missingEstate)
            return nil
        }
        guard let estate = directory.estate(named: text) else {
            reject("estate", .unknownEstate)
            return nil
        }
        return estate
    }

    /// The room's address from one column, or from three as in an export; nil, and noted, when it
    /// cannot be read.
    fileprivate mutating func room() -> RoomAddress? {
        let whole = text("room")
        guard has("building") else {
            if let address = RoomAddress(whole), !address.building.isEmpty { return address }
            reject("room", whole.isEmpty ? .missingRoom : .badRoom)
            return nil
        }
        guard let room = RoomAddress.part(whole) else {
            reject("room", whole.isEmpty ? .missingRoom : .badRoom)
            return nil
        }
        let building = part("building")
        let unit = part("unit")
        guard let building, let unit else { return nil }
        return RoomAddress(building: building, unit: unit, room: room)
    }

    private mutating func part(_ column: String) -> String? {
        let text = text(column)
        if text.isEmpty && column == "unit" { return "" }
        if let part = RoomAddress.part(text) { return part }
        reject(column, .badRoom)
        return nil
    }
}
