import Hummingbird
import Node
import Records
import Store
import SyncCore

/// How a piece of long work goes. The page asks again by itself, without a script, until the work
/// has ended.
struct JobPage: Page {
    static let template = "job"

    let frame: Frame
    let isRunning: Bool
    let address: String
    let done: String
    let total: String
    let sentence: String
    let problem: String?
    let facts: [Fact]
    let rejected: [Rejected]
    let hasRejected: Bool
    let kept: [Kept]
    let hasKept: Bool
    let undo: Undo?
    let texts: Texts

    struct Fact: Sendable {
        let title: String
        let text: String
    }

    /// A row of a register that did not go in.
    struct Rejected: Sendable {
        let row: String
        let column: String
        let rejectionReason: String
    }

    /// A cell of a register that was left aside, with the record that says otherwise.
    struct Kept: Sendable {
        let row: String
        let column: String
        let keptReason: String
        let recordTitle: String
        let recordAddress: String
    }

    struct Undo: Sendable {
        let undoAction: String
        let batch: String
    }

    static let texts: [String: Title] = [
        "title": Title("进度", "Progress"),
        "progress": Title("已完成", "Done"),
        "rejected": Title("没有导入的行", "Rows that did not go in"),
        "kept": Title("没有改动的内容", "Cells left aside"),
        "record": Title("记录", "Record"),
        "row": Title("行", "Row"),
        "column": Title("列", "Column"),
        "reason": Title("原因", "Reason"),
        "undo": Title("撤销这次导入", "Undo this import"),
        "undoExplain": Title(
            "只撤销这次导入写入的内容，别人之后的修改保留。",
            "Only what this import wrote is taken back; later changes stay."),
        "import": Title("再导入", "Import again"),
        "why": Title("原因", "Why"),
    ]

    static func show(_ request: PageRequest) async throws -> Response {
        guard let id = request.parameters.get("id"),
            let job = await request.services.jobs.job(String(id))
        else { throw PageProblem.notFound }
        return .page(try await JobPage(job, request))
    }

    init(_ job: JobBoard.Job, _ request: PageRequest) async throws {
        let texts = Texts(Self.texts, request.language)
        frame = try await request.frame(texts["title"])
        address = Site.job(job.id)
        done = String(job.done)
        total = String(max(job.total, 1))
        self.texts = texts
        switch job.state {
        case .running:
            isRunning = true
            sentence =
                job.total > 0
                ? request.text("正在处理：\(job.done)/\(job.total)", "Working: \(job.done)/\(job.total)")
                : request.text("正在处理…", "Working…")
            problem = nil
            (facts, rejected, kept, undo) = ([], [], [], nil)
        case .finished(let text):
            isRunning = false
            sentence = request.text("已完成。", "Finished.")
            problem = nil
            // The result is our own JSON; anything else simply has nothing to show.
            let result = (try? JSONValue(parsing: text)) ?? .null
            facts = Self.facts(result, request)
            rejected = Self.rejected(result, request.language)
            kept = Self.kept(result, request.language)
            undo = Self.undo(result)
        case .failed(let code, _):
            isRunning = false
            sentence = request.text("没有完成，什么也没有写入。", "Not finished; nothing was written.")
            problem = Self.failure(code, request.language)
            (facts, rejected, kept, undo) = ([], [], [], nil)
        }
        hasRejected = !rejected.isEmpty
        hasKept = !kept.isEmpty
    }

    /// Why a whole file did not go in, by the code of the failure; what the file itself is not is
    /// said in one way.
    private static func failure(_ code: String, _ language: Language) -> String {
        let words =
            failures[code] ?? StoreError.Code(rawValue: code).flatMap(StorageWords.sentence)
            ?? Title(
                "这个文件读不出来；请另存为 Excel（xlsx）或 UTF-8 的 CSV 再试。",
                "The file cannot be read; save it as Excel (xlsx) or as CSV in UTF-8 and try again."
            )
        return "\(words[language]) [\(code)]"
    }

    private static let failures: [String: Title] = [
        "missing-column": Title(
            "缺少必要的列；请核对第一行的列名。", "A needed column is missing; check the names in the first row."),
        "repeated-column": Title(
            "有两列同名；请改名或去掉一列。", "Two columns have one name; rename or remove one."),
        "no-estate": Title("本处还没有小区；请先登记小区。", "This office has no estate yet; enter one first."),
        "unknown-batch": Title(
            "没有这次导入，可能已经撤销。", "There is no such import; it may be undone already."),
        "internal-error": Title("本机出了问题；请再试一次。", "Something went wrong here; try again."),
    ]

    private static let counted: [(String, Title)] = [
        ("rows", Title("读到的行", "Rows read")),
        ("accepted", Title("已导入", "Gone in")),
        ("unchanged", Title("没有变化", "Unchanged")),
        ("undone", Title("已撤销的记录", "Records taken back")),
        ("groups", Title("备份里的保存次数", "Saves in the backup")),
    ]

    private static func facts(_ result: JSONValue, _ request: PageRequest) -> [Fact] {
        var facts = counted.compactMap { name, title -> Fact? in
            guard case .number(let digits)? = result[name] else { return nil }
            return Fact(title: title[request.language], text: digits)
        }
        if case .array(let rows)? = result["rejected"] {
            facts.append(
                Fact(title: request.text("没有导入", "Rejected"), text: String(rows.count)))
        }
        if case .array(let cells)? = result["kept"], !cells.isEmpty {
            facts.append(
                Fact(title: request.text("没有改动的内容", "Cells left aside"), text: String(cells.count)))
        }
        return facts
    }

    private static func rejected(_ result: JSONValue, _ language: Language) -> [Rejected] {
        guard case .array(let rows)? = result["rejected"] else { return [] }
        return rows.prefix(maximumRows).map { row in
            Rejected(
                row: text("row", of: row), column: text("column", of: row),
                rejectionReason: ImportPage.sentence(text("reason", of: row), language))
        }
    }

    private static func kept(_ result: JSONValue, _ language: Language) -> [Kept] {
        guard case .array(let cells)? = result["kept"] else { return [] }
        return cells.prefix(maximumRows).compactMap { cell in
            guard let type = Catalogue.type(named: text("type", of: cell)),
                let record = RecordID(text("record", of: cell))
            else { return nil }
            return Kept(
                row: text("row", of: cell), column: text("column", of: cell),
                keptReason: ImportPage.sentence(text("reason", of: cell), language),
                recordTitle: type.title[language], recordAddress: Site.record(type, record))
        }
    }

    /// Of a long list the page shows the beginning; the number of all stands above it.
    private static let maximumRows = 500

    private static func text(_ name: String, of row: JSONValue) -> String {
        switch row[name] {
        case .string(let text)?: text
        case .number(let digits)?: digits
        default: ""
        }
    }

    private static func undo(_ result: JSONValue) -> Undo? {
        guard case .number(let batch)? = result["batch"] else { return nil }
        return Undo(undoAction: Site.Pattern.undoImport, batch: batch)
    }
}
