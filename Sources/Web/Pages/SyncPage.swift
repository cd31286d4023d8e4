import HTTPTypes
import Hummingbird
import Node
import Records
import Store
import SyncCore
import Wire

/// The truth about the exchange: at an office its state, what waits and why; at headquarters every
/// office.
struct SyncPage: Page {
    static let template = "sync"

    let frame: Frame
    let isOffice: Bool
    let word: String
    let sentence: String
    let facts: [Fact]
    let problem: String?
    let nowAction: String
    let pauseAction: String
    let resumeAction: String
    let isPaused: Bool
    let isJoined: Bool
    let joinAction: String
    let joinURL: String
    let joinOffice: String
    let offices: [OfficeRow]
    let inviteAction: String
    /// Shown once, right after it was made.
    let invitation: Invitation?
    let refusals: [Refusal]
    let hasRefusals: Bool
    let unprojected: String?
    /// What is damaged on this disk, and what is done about it.
    let damage: String?
    /// Nil where none are made.
    let backups: BackupSection?
    let history: [Exchange]
    let hasHistory: Bool
    let texts: Texts

    struct Fact: Sendable {
        let title: String
        let text: String
    }

    struct OfficeRow: Sendable {
        let office: String
        let lastContact: String
        let completeAsOf: String
        let clockDifference: String
        let schema: String
        let conflictCount: String
        let refusalCount: String
    }

    struct Invitation: Sendable {
        let office: String
        let code: String
        let expires: String
    }

    struct Refusal: Sendable {
        let sentence: String
        let code: String
        let count: String
        let from: String
    }

    struct Exchange: Sendable {
        let when: String
        let state: String
        let exchangeCode: String
        let sent: String
        let received: String
        let bytes: String
        let peer: String
    }

    /// What a person just did or tried, shown with the page.
    struct Attempt {
        var notice: String?
        var problem: String?
        var invitation: Invitation?
        var joinURL: String?
        var joinOffice: String?
        var status = HTTPResponse.Status.ok
    }
}

extension SyncPage {
    static func show(_ request: PageRequest) async throws -> Response {
        let notice: String? =
            switch request.query["done"] {
            case "now": request.text("已开始同步。", "An exchange was started.")
            case "paused": request.text("已暂停，到时自动继续。", "Paused; it goes on by itself.")
            case "resumed": request.text("已继续。", "Resumed.")
            case "joined":
                request.text(
                    "已加入总部，正在第一次同步。", "Joined headquarters; the first exchange is running.")
            default: nil
            }
        return try await response(request, Attempt(notice: notice))
    }

    private static func response(
        _ request: PageRequest, _ attempt: Attempt
    ) async throws -> Response {
        .page(try await SyncPage(request, attempt), status: attempt.status)
    }

    // MARK: Buttons of an office

    /// Starts an exchange and does not wait for it: the page says how it goes.
    static func now(_ request: PageRequest) async throws -> Response {
        guard let job = request.services.syncJob else { throw PageProblem.notFound }
        let id = Hexadecimal.text(request.services.node.surroundings.random(16))
        _ = await request.services.jobs.start(id: id, name: "sync now") { _ in
            _ = try await job.now()
            return "null"
        }
        return .seeOther(Site.address(Site.Pattern.sync, [("done", "now")]))
    }

    static func pause(_ request: PageRequest) async throws -> Response {
        guard let job = request.services.syncJob else { throw PageProblem.notFound }
        let now = request.services.now
        let until: UInt64
        switch request.form["for"] {
        case "15": until = now + 15 * 60_000
        case "60": until = now + 60 * 60_000
        case "today":
            let today = LocalTime(milliseconds: Int64(now)).date
            let end = LocalTime(date: today, hour: 23, minute: 59, second: 59)
            until = UInt64(max(Int64(now), end?.milliseconds ?? Int64(now)))
        default:
            throw PageProblem.badRequest(
                Title("请选择暂停多久。", "Choose how long to pause."))
        }
        let actor = try await request.savingActor().map { (RecordType.staff, $0) }
        let person = try await request.services.store.labels(of: actor.map { [$0] } ?? [])
        let name = person.values.first?.label(in: request.language) ?? ""
        await job.pause(until: until, by: name)
        return .seeOther(Site.address(Site.Pattern.sync, [("done", "paused")]))
    }

    static func resume(_ request: PageRequest) async throws -> Response {
        guard let job = request.services.syncJob else { throw PageProblem.notFound }
        await job.resume()
        return .seeOther(Site.address(Site.Pattern.sync, [("done", "resumed")]))
    }

    static func join(_ request: PageRequest) async throws -> Response {
        guard let join = request.services.join else { throw PageProblem.notFound }
        let url = (request.form["url"] ?? "").trimmed
        let office = (request.form["office"] ?? "").trimmed
        var attempt = Attempt(joinURL: url, joinOffice: office, status: .unprocessableContent)
        guard let code = JoinCode((request.form["code"] ?? "").trimmed) else {
            attempt.problem = request.text(
                "加入码不对。请照总部给的原样填写，8 组、每组 5 个字符。",
                "That is no join code. Enter it as headquarters gave it: 8 groups of 5 characters.")
            return try await response(request, attempt)
        }
        do {
            _ = try await join(code, url, office.isEmpty ? nil : office)
        } catch let failure as PeerFailure {
            attempt.problem = RefusalWords.sentence(
                failure.code, request.language, next: .byHand)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            attempt.problem = request.text(
                "没有加入。请核对总部地址，例如 https://hq.example.com。",
                "Not joined. Check the address of headquarters, such as https://hq.example.com.")
        }
        if attempt.problem != nil { return try await response(request, attempt) }
        return .seeOther(Site.address(Site.Pattern.sync, [("done", "joined")]))
    }

    // MARK: At headquarters

    /// Makes a join code. It is shown in this answer and nowhere else, so the answer is the page
    /// itself.
    static func invite(_ request: PageRequest) async throws -> Response {
        guard request.services.isHeadquarters else { throw PageProblem.notFound }
        let office = (request.form["office"] ?? "").trimmed
        guard !office.isEmpty, office.utf8.count <= 16,
            office.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else {
            return try await response(
                request,
                Attempt(
                    problem: request.text(
                        "管理处代码是 1 到 16 个字母或数字，如 MH01。",
                        "An office code is 1 to 16 letters and digits, such as MH01."),
                    status: .unprocessableContent))
        }
        let (code, expires) = try await request.services.node.invite(officeCode: office)
        let words = SyncWords(language: request.language, now: request.services.now)
        return try await response(
            request,
            Attempt(
                invitation: Invitation(
                    office: office, code: code.description, expires: words.minute(expires))))
    }
}
