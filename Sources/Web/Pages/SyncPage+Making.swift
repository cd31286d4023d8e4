import Node
import Records
import Store
import SyncCore

extension SyncPage {
    static let texts: [String: Title] = [
        "title": Title("同步", "Sync"),
        "state": Title("现在", "Now"),
        "now": Title("立即同步", "Sync now"),
        "pause": Title("暂停", "Pause"),
        "minutes15": Title("15 分钟", "15 minutes"),
        "hour": Title("1 小时", "1 hour"),
        "today": Title("今天", "Today"),
        "resume": Title("继续", "Resume"),
        "join": Title("加入总部", "Join headquarters"),
        "joinExplain": Title(
            "向总部要一个加入码。加入之前，本处照常办公，数据存在本机。",
            "Ask headquarters for a join code. Until then the office works as usual and everything is stored here."
        ),
        "url": Title("总部地址", "Address of headquarters"),
        "code": Title("加入码", "Join code"),
        "joinOffice": Title("管理处代码", "Office code"),
        "joinButton": Title("加入", "Join"),
        "offices": Title("各管理处", "Offices"),
        "officesCaption": Title("每个节点的同步状况", "How each node stands"),
        "office": Title("管理处", "Office"),
        "lastContact": Title("最近联系", "Last contact"),
        "completeAsOf": Title("数据完整到", "Complete as of"),
        "clock": Title("时钟相差", "Clock difference"),
        "schema": Title("数据版本", "Schema"),
        "conflicts": Title("冲突", "Conflicts"),
        "refusals": Title("拒收", "Refusals"),
        "noOffices": Title("还没有管理处加入。", "No office has joined yet."),
        "invite": Title("邀请管理处", "Invite an office"),
        "inviteLabel": Title("管理处代码，如 MH01", "Office code, such as MH01"),
        "inviteButton": Title("生成加入码", "Make a join code"),
        "inviteOnce": Title(
            "加入码只显示这一次，请马上抄给管理处：", "The code is shown only this once; pass it on now:"),
        "expires": Title("有效至", "Valid until"),
        "refusalsTitle": Title("没有接收的内容", "What was not accepted"),
        "count": Title("次数", "Times"),
        "from": Title("来自", "From"),
        "history": Title("同步历史", "History of exchanges"),
        "historyCaption": Title(
            "最近 50 次有内容或出错的同步，新的在前",
            "The last 50 exchanges that carried something or failed, newest first"),
        "when": Title("时间", "When"),
        "result": Title("结果", "Result"),
        "sent": Title("发出", "Sent"),
        "received": Title("收到", "Received"),
        "size": Title("字节", "Bytes"),
        "peer": Title("对方", "With"),
        "noHistory": Title("还没有同步过。", "There was no exchange yet."),
    ]

    private static let shownExchanges = 50

    init(_ request: PageRequest, _ attempt: Attempt) async throws {
        let services = request.services
        let language = request.language
        let words = SyncWords(language: language, now: services.now)
        let texts = Texts(Self.texts, language)
        let status = try await services.syncJob?.status()
        let members = try await services.store.members()
        let refused = try await services.store.refusals()
        let chip = try await request.syncChip()
        let headquarters = try await services.store.headquarters()
        let offices = try await Offices(services.store)
        let names = Dictionary(
            members.map { ($0.key, offices.name($0.space, language)) }
        ) { first, _ in first }
        let here = offices.name(services.node.identity.space, language)

        self.texts = texts
        frame = try await request.frame(
            texts["title"], returnTo: Site.Pattern.sync, notice: attempt.notice)
        isOffice = status != nil
        word = chip.word
        sentence = chip.sentence
        if let status {
            facts = Self.facts(status, words)
        } else {
            facts = try await Self.forks(services.store, language)
        }
        problem =
            attempt.problem
            ?? status?.code.flatMap { code in
                status?.state == .delivered
                    ? nil : RefusalWords.sentence(code, language, next: .byItself)
            }
        nowAction = Site.Pattern.syncNow
        pauseAction = Site.Pattern.syncPause
        resumeAction = Site.Pattern.syncResume
        isPaused = status?.state == .paused
        isJoined =
            status == nil || headquarters != nil && !SyncWords.asksForCode(status?.code ?? "")
        joinAction = Site.Pattern.join
        joinURL = attempt.joinURL ?? headquarters?.url ?? ""
        joinOffice = attempt.joinOffice ?? services.node.identity.code
        self.offices = try await Self.rows(members, refused, offices, words, request)
        inviteAction = Site.Pattern.invite
        invitation = attempt.invitation
        refusals = refused.map { code, peer, count in
            Refusal(
                sentence: RefusalWords.sentence(code, language), code: code,
                count: String(count), from: peer.flatMap { names[$0] } ?? here)
        }
        hasRefusals = !refused.isEmpty
        backups = try await BackupSection(request)
        let unread = try await services.store.unprojected().count
        unprojected =
            unread == 0
            ? nil
            : request.text(
                "有 \(unread) 批改动要等程序升级后才能显示；它们已经存好，也会照常转发。",
                "\(unread) groups of changes show after an upgrade only; they are stored and passed on."
            )
        let damaged = MissingWords.sentence(
            try await services.store.damage(), isHeadquarters: services.isHeadquarters, language)
        let advice = try await services.node.damageAdvice(services.backups)?[language]
        damage =
            damaged == nil && advice == nil
            ? nil : [damaged, advice].compactMap(\.self).joined(separator: " ")
        history = try await services.store.exchanges(limit: Self.shownExchanges).map { exchange in
            Exchange(
                when: words.minute(exchange.began),
                state: words.word(exchange.state),
                exchangeCode: exchange.code.map { RefusalWords.sentence($0, language) } ?? "",
                sent: String(exchange.sent), received: String(exchange.received),
                bytes: "\(exchange.sentBytes) / \(exchange.receivedBytes)",
                peer: names[exchange.peer] ?? Title("总部", "Headquarters")[language])
        }
        hasHistory = !history.isEmpty
    }

    private static func facts(_ status: SyncStatus, _ words: SyncWords) -> [Fact] {
        func time(_ time: UInt64?) -> String {
            time.map(words.minuteAndAge) ?? "—"
        }
        func fact(_ zh: String, _ en: String, _ text: String) -> Fact {
            Fact(title: Title(zh, en)[words.language], text: text)
        }
        return [
            fact("上次全部送达", "Last delivered", time(status.lastDelivered)),
            fact("上次尝试", "Last try", time(status.lastAttempt)),
            fact("下次尝试", "Next try", status.nextAttempt.map(words.minute) ?? "—"),
            fact("待上传", "Waiting", String(status.waiting)),
            fact("最早的一条", "The oldest", time(status.oldestWaiting)),
            fact("冲突", "Conflicts", String(status.conflicts)),
            fact(
                "发现的分叉（恢复或复制过的节点）", "Forks found (restored or copied nodes)",
                String(status.forkedStreams)),
        ]
    }

    private static func forks(_ store: Store, _ language: Language) async throws -> [Fact] {
        let count = try await store.spaces().reduce(0) { $0 + $1.forkedStreams.count }
        return [
            Fact(
                title: Title("发现的分叉（恢复或复制过的节点）", "Forks found (restored or copied nodes)")[
                    language],
                text: String(count))
        ]
    }

    private static func rows(
        _ members: [Member], _ refused: [(code: String, peer: NodeKey?, count: Int)],
        _ offices: Offices, _ words: SyncWords, _ request: PageRequest
    ) async throws -> [OfficeRow] {
        let conflicts = try await request.services.store.conflictCounts()
        return members.map { member in
            let seconds = member.clockDifference / 1_000
            return OfficeRow(
                office: offices.code(member.space) == nil
                    ? member.officeCode : offices.name(member.space, words.language),
                lastContact: member.lastContact == 0
                    ? "—" : words.minuteAndAge(member.lastContact),
                completeAsOf: member.completeAt == 0 ? "—" : words.minute(member.completeAt),
                clockDifference: request.text("\(seconds) 秒", "\(seconds) s"),
                schema: String(member.schema),
                conflictCount: String(
                    conflicts.filter { member.space.description.hasSuffix("/" + $0.office) }
                        .reduce(0) { $0 + $1.count }),
                refusalCount: String(
                    refused.filter { $0.peer == member.key }.reduce(0) { $0 + $1.count }))
        }
    }
}
