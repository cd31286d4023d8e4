import HTTPTypes
import Hummingbird
import Node
import Records
import SyncCore

/// Registers from spreadsheets: a test run, the import itself, and taking one back. The work goes
/// on as a job.
struct ImportPage: Page {
    static let template = "import"
    /// Of an uploaded file with its form.
    static let maximumUploadBytes = Register.maximumFileBytes + 65_536

    let frame: Frame
    let importAction: String
    let registers: [Choice]
    let hasRegisters: Bool
    let problem: String?
    let texts: Texts

    struct Choice: Sendable {
        let name: String
        let title: String
    }

    static let texts: [String: Title] = [
        "title": Title("导入登记册", "Import a register"),
        "intro": Title(
            "支持 Excel 和逗号分隔的文本文件。先试一遍：只检查，不写入。好的行导入，有问题的行一次全部列出。",
            "Spreadsheets and comma-separated text. Try it first: that only checks. Good rows go in; all bad ones are listed at once."
        ),
        "register": Title("登记册", "Register"),
        "file": Title("文件", "File"),
        "dryRun": Title("试导入（不写入）", "Test run (writes nothing)"),
        "import": Title("导入", "Import"),
        "none": Title(
            "这里不能导入。请在管理处导入，数据会同步过来。",
            "Nothing is imported here. Import at the office; its data comes by exchange."),
    ]

    static func show(_ request: PageRequest) async throws -> Response {
        .page(try await ImportPage(request, problem: nil))
    }

    init(_ request: PageRequest, problem: String?) async throws {
        let texts = Texts(Self.texts, request.language)
        frame = try await request.frame(texts["title"], returnTo: Site.Pattern.importing)
        importAction = Site.Pattern.importing
        registers =
            request.services.isHeadquarters
            ? []
            : Register.all.map { Choice(name: $0.name, title: $0.title[request.language]) }
        hasRegisters = !registers.isEmpty
        self.problem = problem
        self.texts = texts
    }

    static func begin(_ request: PageRequest) async throws -> Response {
        guard !request.services.isHeadquarters else { throw PageProblem.notFound }
        guard let upload = request.upload, let file = upload.file("file"), !file.isEmpty,
            let register = upload.text("register"),
            Register.all.contains(where: { $0.name == register })
        else {
            let sentence = request.text("请选择登记册和文件。", "Choose a register and a file.")
            return .page(
                try await ImportPage(request, problem: sentence), status: .unprocessableContent)
        }
        let isDryRun = upload.text("run") != "import"
        let actor = try await request.savingActor()
        let node = request.services.node
        return await job(request, "import \(register)") { progress in
            try await node.importRegister(
                register, bytes: file, actor: actor, dryRun: isDryRun, progress: progress
            ).json().text
        }
    }

    static func undo(_ request: PageRequest) async throws -> Response {
        guard !request.services.isHeadquarters,
            let batch = request.form["batch"].flatMap({ Int64($0) })
        else { throw PageProblem.notFound }
        let actor = try await request.savingActor()
        let node = request.services.node
        return await job(request, "undo import") { _ in
            let count = try await node.undoImport(batch, actor: actor)
            return JSONValue.object([JSONValue.Member("undone", .integer(count))]).text
        }
    }

    private static func job(
        _ request: PageRequest, _ name: String,
        _ work: @escaping @Sendable (@escaping @Sendable (Int, Int) -> Void) async throws -> String
    ) async -> Response {
        let id = Hexadecimal.text(request.services.node.surroundings.random(16))
        _ = await request.services.jobs.start(id: id, name: name, work)
        return .seeOther(Site.job(id))
    }

    // MARK: Reasons

    /// The reason of a rejected row in words; an unknown one is shown as it is.
    static func sentence(_ reason: String, _ language: Language) -> String {
        (ImportReason(rawValue: reason)?.sentence ?? reasons[reason])?[language] ?? reason
    }

    /// By the words of `FieldProblem.Code`, without the field's name: the report has a column for
    /// that. The importer's own words bring their sentences.
    static let reasons: [String: Title] = [
        "bad_number": Title("不是正确的数。", "Not a proper number."),
        "bad_flag": Title("请填“是”或“否”。", "Enter yes or no."),
        "bad_date": Title(
            "不是日历上有的日期；请写成 2025-06-01。", "Not a day of the calendar; write it like 2025-06-01."),
        "bad_time": Title(
            "不是完整的日期和时间；请写成 2025-06-01 09:30。",
            "Not a complete date and time; write it like 2025-06-01 09:30."),
        "bad_phone": Title(
            "不是完整的电话号码；手机 11 位，座机加区号。",
            "Not a complete phone number; a mobile has 11 digits, a landline its area code."),
        "bad_reference": Title("没有这条记录；请先登记。", "There is no such record; enter it first."),
        "bad_format": Title("格式不对；请整段重新复制。", "Wrong form; copy the whole of it again."),
        "unknown_choice": Title("不在可选的几项之内。", "Not one of the choices."),
        "too_long": Title("太长，请缩短。", "Too long; shorten it."),
        "too_many": Title("一格里的项太多。", "Too many entries in one cell."),
        "too_many_marks": Title(
            "一个字上叠了太多附加符号；请重新输入。", "Too many marks on one letter; type it again."),
        "several_lines": Title("只能写一行；请去掉换行。", "One line only; take out the line breaks."),
        "control_character": Title(
            "有看不见的控制字符；请重新输入。", "Invisible control characters; type it again."),
        "wrong_type": Title("内容的种类不对。", "The wrong kind of content."),
        "unknown_part": Title("有不认识的部分。", "It has a part that is not known."),
        "unknown_field": Title("没有这一列。", "There is no such column."),
        "not_in_order": Title("结束不能早于开始；请核对两项。", "The end is before the beginning; check both."),
    ]
}
