import Hummingbird
import Records
import Store
import SyncCore

/// The form of a record, new or not, made from its declaration.
///
/// It carries the version it shows and the texts it began with. Only what a person changed is
/// saved, and what could not be saved comes back as it was typed.
struct FormPage: Page {
    static let template = "form"

    let frame: Frame
    let typeTitle: String
    let action: String
    let cancelAddress: String
    let recordID: String
    /// Empty for a new record.
    let version: String
    let began: String
    let main: [FormControl]
    let rest: [FormControl]
    let hasRest: Bool
    let opensRest: Bool
    let summary: [SummaryItem]
    let hasSummary: Bool
    let changedMeanwhile: Bool
    /// Why the disk did not take it; nil when it did.
    let storageProblem: String?
    let lists: [SuggestionList]
    let othersSentence: String?
    let asksReason: Bool
    let reason: String
    let texts: Texts

    /// One problem in the list on top.
    struct SummaryItem: Sendable {
        let sentence: String
        let anchor: String
    }

    struct SuggestionList: Sendable {
        let listID: String
        let suggestions: [String]
    }

    static let texts: [String: Title] = [
        "summary": Title("还不能保存，请改正：", "Not saved yet; please correct:"),
        "changed": Title(
            "您填写时，别处改了这条记录。您填的内容都在；两边都改过的字段旁边写着现在的值。核对后再保存一次。",
            "While you were typing, this record was changed elsewhere. All you typed is still here; where both sides changed a field, its present value stands beside it. Check and save again."
        ),
        "main": Title("概要", "Summary"),
        "rest": Title("更多字段", "More fields"),
        "required": Title("必填", "required"),
        "now": Title("现在的值：", "Present value: "),
        "conflicted": Title(
            "这个字段有冲突，请到冲突页核对。", "This field has a conflict; decide on the conflict page."),
        "more": Title("再加一行", "One more row"),
        "reason": Title("说明（为什么改，可不填）", "Note (why, if you like)"),
        "save": Title("保存", "Save"),
        "cancel": Title("取消", "Cancel"),
    ]
}
