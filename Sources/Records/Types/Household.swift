import SyncCore

extension RecordType {
    /// One dwelling or shop with its file, known by building, unit and room (domain.md §3.2, §4.2).
    public static let household = RecordType(
        20, "households", Title("户", "Household"), home: .office,
        naturalKey: ["estate", "building", "unit", "room"],
        label: ["building", "unit", "room"],
        columns: ["building", "unit", "room", "area", "status", "key_customer"],
        fields: [
            Field(16, "estate", Title("小区", "Estate"), .reference("estates"), required: true),
            Field(
                17, "building", Title("楼栋", "Building"), .roomPart, required: true, search: .room),
            // Empty in buildings without units: 3-501.
            Field(18, "unit", Title("单元", "Unit"), .roomPart, search: .room),
            Field(19, "room", Title("房号", "Room"), .roomPart, required: true, search: .room),
            Field(
                20, "area", Title("建筑面积", "Floor area"), .decimal(places: 2, unit: "㎡"),
                merge: .conflict(preferring: .headquarters)),
            Field(21, "property_type", Title("物业类型", "Property type"), .text),
            Field(
                22, "status", Title("入住状态", "Occupancy status"),
                .choice([
                    Field.Choice("unsold", "未售", "Unsold"),
                    Field.Choice("sold", "已售", "Sold"),
                    Field.Choice("moving_in", "入伙中", "Moving in", also: ["入住中"]),
                    Field.Choice("occupied", "已入住", "Occupied"),
                    Field.Choice("vacant", "空置", "Vacant"),
                ]), merge: .conflict(preferring: .none)),
            Field(23, "key_customer", Title("重点客户", "Key customer"), .flag),
            Field(
                24, "service_needs", Title("服务需求", "Service needs"), .longText,
                privacy: .personal),
            Field(
                25, "special_needs", Title("特殊困难与需求", "Special needs"), .longText,
                privacy: .officeOnly, writer: .office),
        ])
}
