import Records
import SyncCore
import Testing

/// Which writes count (Protocol/merge.md §5), for each role and class.
struct AdmissionTests {
    private static let home = SpaceID.office(Samples.office)
    private static let hidden = SpaceID.officePrivate(Samples.office)

    private func admits(
        _ type: RecordType, _ field: String, _ role: Role, in space: SpaceID = home, creating: Bool
    ) throws -> Bool {
        let number = try #require(type.field(named: field)).number
        let home = type.home == .company ? SpaceID.company : Self.home
        return type.admits(field: number, by: role, home: home, in: space, isCreating: creating)
    }

    @Test(arguments: [
        // Type, field, then: office creating, office later, headquarters creating, headquarters
        // later.
        (RecordType.ticket, "no", true, false, true, false),  // M1, created by both
        (.ticket, "content", true, true, true, true),  // M3 both
        (.ticket, "level", true, true, true, true),  // M4 both
        (.ticket, "hq_instruction", true, false, true, true),  // M2 headquarters
        (.ticket, "custody", true, false, true, true),  // M2 headquarters
        (.ticket, "flags", true, true, true, true),  // M6 both
        (.staff, "roles", true, false, true, true),  // M6 headquarters
        (.staff, "phone", true, true, true, true),  // M3 both
        (.office, "code", true, false, true, true),  // M2 headquarters
        (.estate, "has_committee", true, true, true, true),  // M4 both
        (.estate, "gas", true, false, true, true),  // M2 headquarters
        (.workOrder, "no", true, false, false, false),  // M1, created by the office
        (.workOrder, "content", true, true, false, false),  // M2 office
        (.workOrder, "quote_lines", true, true, false, false),  // M6 office
        (.workOrder, "status", true, true, false, false),  // M4 office
        (.visit, "content", true, true, false, false),  // M2 office
        (.visit, "od_decisions", true, true, true, true),  // M6 both
        (.rainMark, "date", true, false, false, false),  // M1 office
        (.rainMark, "revoked", true, true, false, false),  // M3 office
        (.event, "type", true, false, true, false),  // M1 both
        (.followUp, "at", true, false, true, false),  // M1 both
        (.contact, "channel", true, false, true, false),  // M1 both
        (.contact, "result", true, true, true, true),  // M3 both
        (.household, "area", true, true, true, true),  // M4 both
        (.person, "phones", true, true, true, true),  // M6 both
        (.occupancy, "to", true, true, true, true),  // M3 both
    ])
    func `a role writes what the class lets it`(
        _ type: RecordType, _ field: String, _ officeCreating: Bool, _ officeLater: Bool,
        _ headquartersCreating: Bool, _ headquartersLater: Bool
    ) throws {
        #expect(try admits(type, field, .office, creating: true) == officeCreating)
        #expect(try admits(type, field, .office, creating: false) == officeLater)
        #expect(try admits(type, field, .headquarters, creating: true) == headquartersCreating)
        #expect(try admits(type, field, .headquarters, creating: false) == headquartersLater)
        for role in Role.allCases {
            #expect(try !admits(type, field, role, in: Self.hidden, creating: false))
            #expect(try !admits(type, field, role, in: .company, creating: true))
            #expect(try !admits(type, field, role, in: .office(1), creating: true))
        }
    }

    @Test(arguments: [
        (RecordType.policy, "value", true), (.policy, "key", true), (.dayMark, "revoked", true),
        (.node, "active", true), (.node, "key", false), (.node, "office", false),
        (.node, "role", false),
    ])
    func `company records are written by headquarters alone`(
        _ type: RecordType, _ field: String, _ later: Bool
    ) throws {
        #expect(try admits(type, field, .headquarters, in: .company, creating: true))
        #expect(try admits(type, field, .headquarters, in: .company, creating: false) == later)
        #expect(try !admits(type, field, .office, in: .company, creating: true))
        #expect(try !admits(type, field, .office, in: .company, creating: false))
        #expect(try !admits(type, field, .headquarters, in: Self.home, creating: true))
    }

    @Test func `what only the office may know counts in its private space alone`() throws {
        for type in Catalogue.types {
            for field in type.fields where field.privacy == .officeOnly {
                let name = field.name
                #expect(try admits(type, name, .office, in: Self.hidden, creating: false))
                #expect(try !admits(type, name, .headquarters, in: Self.hidden, creating: false))
                for role in Role.allCases {
                    #expect(try !admits(type, name, role, creating: true))
                    #expect(try !admits(type, name, role, creating: false))
                    #expect(try !admits(type, name, role, in: .officePrivate(1), creating: false))
                }
                #expect(type.space(of: field, home: Self.home) == Self.hidden)
            }
        }
    }

    @Test func `no other office's and no wrong home's write counts, whatever the field`() {
        for type in Catalogue.types {
            let wrong = type.home == .company ? Self.home : SpaceID.company
            for number in type.fields.map(\.number) + [
                ReservedField.created, ReservedField.deleted,
            ] {
                for role in Role.allCases {
                    #expect(
                        !type.admits(
                            field: number, by: role, home: wrong, in: wrong, isCreating: true))
                }
            }
            #expect(!type.belongs(in: wrong))
        }
    }

    @Test(arguments: [
        (RecordType.ticket, true, true), (.workOrder, true, false), (.rainMark, true, false),
        (.visit, true, false), (.office, true, true), (.event, true, true),
    ])
    func `only a role that may create a type creates its records`(
        _ type: RecordType, _ office: Bool, _ headquarters: Bool
    ) {
        let admits = { (role: Role) in
            type.admits(
                field: ReservedField.created, by: role, home: Self.home, in: Self.home,
                isCreating: true)
        }
        #expect(admits(.office) == office)
        #expect(admits(.headquarters) == headquarters)
    }

    @Test func `an unknown field is written by nobody`() {
        for role in Role.allCases {
            #expect(
                !RecordType.ticket.admits(
                    field: 999, by: role, home: Self.home, in: Self.home, isCreating: true))
        }
    }
}
