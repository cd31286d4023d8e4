import Records

/// What a refusal of the exchange means to the people of an office, by its stable code
/// (Protocol/exchange.md §6).
enum RefusalWords {
    /// What becomes of what was refused for now.
    enum Next {
        /// It is over, or part of a list.
        case nothing
        /// The periodic job tries again.
        case byItself
        case byHand
    }

    /// An unknown code comes from a newer peer and is shown as it is.
    static func sentence(
        _ code: String, _ language: Language, next: Next = .nothing
    ) -> String {
        let words = sentence(code, language)
        guard passing.contains(code) else { return words }
        let then: Title? =
            switch next {
            case .nothing: nil
            case .byItself: Title("稍后自动重试。", " It is tried again soon.")
            case .byHand: Title("请稍后再试。", " Try again later.")
            }
        return words + (then?[language] ?? "")
    }

    /// What may go well the next time with nothing else done here.
    private static let passing: Set<String> = [
        "busy", "server-full", "internal-error", "connection-lost", "timed-out", "too-slow",
    ]

    private static func sentence(_ code: String, _ language: Language) -> String {
        (known[code]
            ?? Title(
                "总部答复了本机不认识的代码 \(code)。请升级本机程序。",
                "The answer has the code \(code), which this version does not know. Upgrade it."))[
                language]
    }

    static let known: [String: Title] = [
        "malformed-message": Title(
            "发出的消息格式不对。请升级程序后重试。",
            "The message sent is malformed. Upgrade the program and try again."),
        "malformed-group": Title(
            "有一批改动格式不对，被留下了。请联系管理员。",
            "A group of changes is malformed and was kept back. Call the administrator."),
        "unsupported-protocol": Title(
            "两边程序版本相差太多。请升级较旧的一边。", "The two programs are too far apart. Upgrade the older one."),
        "unsupported-coding": Title(
            "对方读不了这种压缩。请升级对方程序。", "The other side cannot read this compression. Upgrade it."),
        "missing-credential": Title("还没有加入总部。请填写加入码。", "Not joined yet. Enter a join code."),
        "unknown-credential": Title(
            "总部不认识本机。请用新的加入码重新加入。",
            "Headquarters does not know this node. Join again with a new code."),
        "not-a-member": Title(
            "本机不属于这个管理处。请联系总部。", "This node does not belong to that office. Call headquarters."),
        "unknown-author": Title(
            "有改动的作者没有在总部登记。请联系总部。",
            "The author of some changes is not registered. Call headquarters."),
        "bad-seal": Title(
            "有改动的签名对不上，没有接收。请联系管理员。",
            "The seal of some changes does not fit; they were not accepted. Call the administrator."
        ),
        "join-code-unknown": Title(
            "加入码无效：写错、用过、过期，或不是给这个管理处的。请向总部要新的。",
            "The join code is not valid: mistyped, used, expired or for another office. Ask headquarters for a new one."
        ),
        "bad-proof": Title(
            "对方证明不了自己是总部。请核对地址。",
            "The other side cannot prove that it is headquarters. Check the address."),
        "office-known": Title(
            "这个管理处代码已被使用，而本机已有数据。请向总部要另一个管理处代码，和加入码一起填写。",
            "This office code is in use and this node has data already. Ask headquarters for another office code and enter it with the join code."
        ),
        "too-large": Title(
            "一次发送的内容太大。请分开保存后重试。", "Too much was sent at once. Save in smaller parts and try again."
        ),
        "busy": Title("总部正忙。", "Headquarters is busy."),
        "server-full": Title(
            "总部磁盘已满，暂时收不下；请告诉总部腾出空间。本机保存的都在。",
            "The disk at headquarters is full; tell headquarters to make room. Everything saved here is safe."
        ),
        "internal-error": Title("总部那边出了问题。", "Something went wrong at headquarters."),
        "peer-not-found": Title(
            "找不到总部的地址。请核对地址和网络。",
            "The address of headquarters is not found. Check it and the network."),
        "connection-refused": Title(
            "总部的程序没有开，或地址不对。",
            "The program at headquarters is not running, or the address is wrong."),
        "connection-lost": Title("线路断了。", "The line broke."),
        "timed-out": Title("总部没有在规定时间内答复。", "Headquarters did not answer in time."),
        "too-slow": Title("线路太慢。", "The line is too slow."),
        "tls-failed": Title(
            "加密连接没有建立。请联系管理员。", "The encrypted connection failed. Call the administrator."),
        "tls-untrusted": Title(
            "总部的证书不可信。请核对地址，并联系管理员。",
            "The certificate of headquarters is not trusted. Check the address and call the administrator."
        ),
        "not-joined": Title(
            "还没有加入总部。请向总部要加入码。", "Not joined yet. Ask headquarters for a join code."),
        "unexpected-answer": Title(
            "那个地址答复的不是总部。请核对地址。", "What answers there is not headquarters. Check the address."),
    ]
}
