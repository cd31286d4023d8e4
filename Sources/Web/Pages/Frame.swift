import Node
import Records
import Store
import SyncCore

/// What stands around every page: whose node it is, where one can go, who works here, and the truth
/// about the exchange.
struct Frame: Sendable {
    /// For the `lang` attribute.
    let languageTag: String
    let title: String
    let officeName: String
    let navigation: [NavigationLink]
    let homeAddress: String
    let searchAddress: String
    let searched: String
    let stylesheet: String
    let script: String
    let whoAddress: String
    let whoName: String
    let languageAddress: String
    let otherLanguage: String
    let otherLanguageTag: String
    let otherLanguageName: String
    let returnPath: String
    let sync: SyncChip
    let isDemo: Bool
    /// What keeps people from saving now; nil on nearly all days.
    let storageWarning: String?
    /// A sentence about what was just done; nil on most pages.
    let notice: String?
    let texts: Texts

    struct NavigationLink: Sendable {
        let title: String
        let address: String
        let isCurrent: Bool
    }

    /// The state of the exchange in a word and a sentence.
    struct SyncChip: Sendable {
        /// A word of `SyncState`, for the colour.
        let state: String
        let word: String
        let sentence: String
        let address: String
        /// Where the script asks for the newest.
        let refreshAddress: String
    }

    static let texts: [String: Title] = [
        "skip": Title("跳到正文", "Skip to content"),
        "demo": Title(
            "演示数据：这里的住户和事项都是编造的。", "Demo data: the residents and matters here are made up."),
        "search": Title("查找", "Search"),
        "searchLabel": Title("查找：房号、电话、姓名、编号、文字", "Search: room, phone, name, number, text"),
        "who": Title("我是", "I am"),
        "menu": Title("主要页面", "Main pages"),
        "sync": Title("同步", "Sync"),
        "program": Title("门房", "Gatehouse"),
        "headquarters": Title("总部", "Headquarters"),
        "nobody": Title("（请选择）", "(choose)"),
        "front": Title("首页", "Front page"),
        "overview": Title("总览", "Overview"),
        "conflicts": Title("冲突", "Conflicts"),
        "import": Title("导入", "Import"),
    ]
}

extension PageRequest {
    /// The frame of a page.
    ///
    /// - Parameters:
    ///   - title: names the page in the browser's tab and its heading.
    ///   - returnPath: where to come back to; the present address unless that only takes forms.
    func frame(
        _ title: String, returnTo returnPath: String? = nil, searched: String = "",
        notice: String? = nil
    ) async throws -> Frame {
        let texts = Texts(Frame.texts, language)
        let other: Language = language == .zh ? .en : .zh
        let identity = services.node.identity
        let path = returnPath ?? address
        return Frame(
            languageTag: language.tag, title: title,
            officeName: identity.name,
            navigation: navigation(texts, path),
            homeAddress: Site.Pattern.front, searchAddress: Site.Pattern.search, searched: searched,
            stylesheet: Site.asset("gatehouse.css"), script: Site.asset("gatehouse.js"),
            whoAddress: Site.who(returnTo: path),
            whoName: try await staffName() ?? texts["nobody"],
            languageAddress: Site.Pattern.language, otherLanguage: other.rawValue,
            otherLanguageTag: other.tag, otherLanguageName: other == .zh ? "中文" : "English",
            returnPath: path, sync: try await syncChip(), isDemo: services.isDemo,
            storageWarning: await services.store.hasRoom() ? nil : StorageWords.full[language],
            notice: notice, texts: texts)
    }

    private func navigation(_ texts: Texts, _ path: String) -> [Frame.NavigationLink] {
        let front = texts[services.isHeadquarters ? "overview" : "front"]
        var links: [(String, String)] = [(front, Site.Pattern.front)]
        links += Catalogue.types.filter(\.isEverydayWork).map {
            ($0.title[language], Site.list($0))
        }
        links.append((texts["conflicts"], Site.conflicts()))
        if !services.isHeadquarters { links.append((texts["import"], Site.Pattern.importing)) }
        links.append((texts["sync"], Site.Pattern.sync))
        return links.map { title, address in
            let isCurrent =
                address == Site.Pattern.front
                ? path == address
                : path == address || path.hasPrefix(address + "?") || path.hasPrefix(address + "/")
            return Frame.NavigationLink(title: title, address: address, isCurrent: isCurrent)
        }
    }

    private func staffName() async throws -> String? {
        guard let actor else { return nil }
        // The type Staff is known here: the actor of a save is a member of staff (Protocol/merge.md
        // §2).
        return try await services.store.record(.staff, actor)?.label(in: language)
    }

    func syncChip() async throws -> Frame.SyncChip {
        let words: (state: String, word: String, sentence: String)
        if let job = services.syncJob {
            let status = try await job.status()
            let said = SyncWords(language: language, now: services.now)
            words = (status.state.rawValue, said.word(status.state), said.sentence(status))
        } else {
            let members = try await services.store.members()
            words = SyncWords(language: language, now: services.now).headquarters(members)
        }
        return Frame.SyncChip(
            state: words.state, word: words.word, sentence: words.sentence,
            address: Site.Pattern.sync, refreshAddress: Site.Pattern.syncChip)
    }
}

extension Language {
    /// For the `lang` attribute (BCP 47).
    var tag: String {
        switch self {
        case .zh: "zh-CN"
        case .en: "en"
        }
    }
}

extension RecordType {
    /// Whether people register such records all day, so that the menu names the type: it gives out
    /// numbers or can be found in the search box by room, telephone number or text, and an office
    /// writes it.
    var isEverydayWork: Bool {
        home == .office && creator != .headquarters && searchesPeopleOrMatters
    }

    private var searchesPeopleOrMatters: Bool {
        series != nil || fields.contains { $0.search == .room && $0.kind == .roomPart }
            || fields.contains { $0.isSearchedByText && $0.privacy.isPersonal }
    }
}
