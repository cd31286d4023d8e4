import SyncCore
import Testing
import Wire

@Suite struct JoinMessagesTests {
    private let code = JoinCode(
        secret: [UInt8](repeating: 0xC3, count: 16), key: Samples.headquarters.publicKey)

    private func request(isEmpty: Bool = true) -> JoinRequest {
        JoinRequest(
            code: code, space: Samples.space, officeCode: "MH01", isEmpty: isEmpty,
            signedBy: Samples.office)
    }

    private func response(to request: JoinRequest) -> JoinResponse {
        JoinResponse(
            to: request, space: Samples.space, credential: [UInt8](repeating: 9, count: 32),
            signedBy: Samples.headquarters)
    }

    @Test func `a join is short`() throws {
        let long = [UInt8](repeating: 0, count: Limits.maximumJoinBytes + 1)
        #expect { try JoinRequest(decoding: long) } throws: {
            ($0 as? Problem)?.detail == "maximumJoinBytes is exceeded."
        }
        #expect(throws: Problem.self) { try JoinResponse(decoding: long) }
    }

    @Test func `a code is eight groups of five and comes back as people type it`() {
        let text = code.description
        #expect(text.split(separator: "-").map(\.count) == Array(repeating: 5, count: 8))
        #expect(text == text.uppercased())
        #expect(JoinCode(text) == code)
        #expect(JoinCode(text.lowercased()) == code)
        #expect(JoinCode(text.replacing("-", with: "")) == code)
        #expect(JoinCode(text.replacing("-", with: " ")) == code)
        #expect(JoinCode("  \(text)\n") == code)
    }

    @Test(arguments: 0..<200)
    func `any code comes back, and mistyped ones are another code or none`(seed: Int) {
        var random = SeededRandom(seed: seed)
        let code = JoinCode(random.bytes(25))
        #expect(code.flatMap { JoinCode($0.description) } == code)
        var text = Array(code?.description ?? "")
        text[random.below(text.count)] = "AVWZ-0!\u{FF10}é".randomElement(using: &random) ?? "A"
        if let other = JoinCode(String(text)), other != code { #expect(other.bytes.count == 25) }
        _ = JoinCode(String(decoding: random.bytes(random.below(60)), as: UTF8.self))
    }

    @Test(arguments: ["", "-", "00000", "W0000-00000-00000-00000-00000-00000-00000-00000"])
    func `a malformed code is nil`(text: String) {
        #expect(JoinCode(text) == nil)
        #expect(JoinCode([UInt8](repeating: 0, count: 24)) == nil)
        #expect(JoinCode([UInt8](repeating: 0, count: 26)) == nil)
    }

    @Test func `a code fits the key it was made for only`() {
        #expect(code.fits(Samples.headquarters.publicKey))
        #expect(!code.fits(Samples.office.publicKey))
    }

    @Test func `the kept hash is of the secret part only`() {
        let other = JoinCode(
            secret: [UInt8](repeating: 0xC3, count: 16), key: Samples.office.publicKey)
        #expect(other.hash == code.hash)
        #expect(
            JoinCode(secret: [UInt8](repeating: 1, count: 16), key: Samples.office.publicKey).hash
                != code.hash)
    }

    @Test func `a request comes back with its proof`() throws {
        for isEmpty in [true, false] {
            let request = request(isEmpty: isEmpty)
            let again = try JoinRequest(decoding: request.encoded())
            #expect(again.isProven)
            #expect(again.code == code && again.key == Samples.office.publicKey)
            #expect(again.space == Samples.space && again.officeCode == "MH01")
            #expect(again.isEmpty == isEmpty)
            #expect(again.encoded() == request.encoded())
        }
    }

    @Test func `a request whose code, key or space was exchanged is not proven`() {
        var other = request()
        other.space = .office(1)
        #expect(!other.isProven)
        other = request()
        other.key = Samples.headquarters.publicKey
        #expect(!other.isProven)
        other = request()
        other.code = JoinCode(
            secret: [UInt8](repeating: 1, count: 16), key: Samples.headquarters.publicKey)
        #expect(!other.isProven)
        other = request()
        other.proof[7] ^= 1
        #expect(!other.isProven)
    }

    @Test func `an answer is proven for its request and by the headquarters of the code`() throws {
        let answer = try JoinResponse(decoding: response(to: request()).encoded())
        #expect(answer.isProven(for: request()))
        var other = answer
        other.credential[0] ^= 1
        #expect(!other.isProven(for: request()))
        other = answer
        other.space = .office(1)
        #expect(!other.isProven(for: request()))
        let stranger = JoinResponse(
            to: request(), space: Samples.space, credential: answer.credential,
            signedBy: Samples.office)
        #expect(!stranger.isProven(for: request()), "the code names another key")
        let elsewhere = JoinRequest(
            code: code, space: Samples.space, officeCode: "MH01", isEmpty: true,
            signedBy: Samples.headquarters)
        #expect(!answer.isProven(for: elsewhere), "another node's answer")
    }

    @Test func `malformed requests are refused with a code`() {
        func refused(_ expected: Problem.Code, _ spoil: (inout RawJoin) -> Void) {
            var raw = RawJoin(request())
            spoil(&raw)
            let bytes = raw.encoded()
            let problem = #expect(throws: Problem.self) { try JoinRequest(decoding: bytes) }
            #expect(problem?.code == expected.rawValue)
        }
        refused(.unsupportedProtocol) { $0.protocol = 2 }
        refused(.unsupportedProtocol) { $0.protocol = 0 }
        refused(.malformedMessage) { $0.code.removeLast() }
        refused(.malformedMessage) { $0.key.removeLast() }
        refused(.malformedMessage) { $0.space[0] = 3 }
        refused(.malformedMessage) { $0.space[0] = 1 }
        refused(.malformedMessage) { $0.proof.removeLast() }
        refused(.malformedMessage) { $0.officeCode = [] }
        refused(.malformedMessage) { $0.officeCode = [0xC3, 0x28] }
        refused(.malformedMessage) { $0.officeCode = [UInt8](repeating: 0x41, count: 33) }
        #expect(throws: Problem.self) { try JoinRequest(decoding: [0xFF]) }
        #expect(throws: Problem.self) { try JoinResponse(decoding: [0xFF]) }
        #expect(throws: Problem.self) { try JoinResponse(decoding: []) }
    }

    @Test(arguments: 0..<500)
    func `mutated messages never trap and never prove`(seed: Int) {
        var random = SeededRandom(seed: seed)
        var bytes = request().encoded()
        // The last 64 bytes are the proof; before them stand the parts it covers, and the office
        // code it does not.
        bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
        if let mutant = try? JoinRequest(decoding: bytes) {
            let isSame =
                mutant.code == code && mutant.space == Samples.space
                && mutant.key == Samples.office.publicKey && mutant.proof == request().proof
            #expect(mutant.isProven == isSame, "seed \(seed)")
        }
        bytes = response(to: request()).encoded()
        bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
        if let mutant = try? JoinResponse(decoding: bytes) {
            let whole = response(to: request())
            let isSame =
                mutant.key == whole.key && mutant.space == whole.space
                && mutant.credential == whole.credential && mutant.proof == whole.proof
            #expect(mutant.isProven(for: request()) == isSame, "seed \(seed)")
        }
    }
}

/// A `JoinRequest` message field by field.
struct RawJoin {
    var `protocol`: UInt64 = 1
    var code: [UInt8]
    var key: [UInt8]
    var space: [UInt8]
    var officeCode: [UInt8]
    var isEmpty: Bool
    var proof: [UInt8]

    init(_ request: JoinRequest) {
        code = request.code.bytes
        key = request.key.bytes
        space = request.space.bytes
        officeCode = Array(request.officeCode.utf8)
        isEmpty = request.isEmpty
        proof = request.proof
    }

    func encoded() -> [UInt8] {
        Protobuf.message { message in
            message.number(1, `protocol`)
            message.field(2, code)
            message.field(3, key)
            message.field(4, space)
            message.field(5, officeCode)
            message.number(6, isEmpty ? 1 : 0)
            message.field(7, proof)
        }
    }
}
