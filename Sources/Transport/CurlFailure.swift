import CCurl

/// A transfer that libcurl ended, in its own words.
struct CurlFailure: Error {
    let code: CURLcode

    /// Without credentials.
    let text: String

    /// What a proxy answered when asked to connect; zero if none did.
    let proxyStatus: Int

    init(_ code: CURLcode, text: String, proxyStatus: Int = 0) {
        self.code = code
        self.text = Self.withoutCredentials(text)
        self.proxyStatus = proxyStatus
    }

    var cause: TransportError.Cause {
        TransportError.Cause(curlCode: Int(code.rawValue), text: text)
    }

    /// libcurl quotes the address of a proxy it cannot read, password and all. Such a text is left
    /// out whole, because where the password ends in a malformed address is anybody's guess.
    private static func withoutCredentials(_ text: String) -> String {
        let isSuspect = text.contains("@") || text.lowercased().contains("proxy syntax")
        return isSuspect ? "the text is left out because it may contain a password" : text
    }
}
