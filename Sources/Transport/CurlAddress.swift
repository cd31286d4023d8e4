import CCurl

/// An address taken apart by libcurl's own parser, so that the host we judge is the host it asks.
final class CurlAddress {
    private let handle: OpaquePointer

    /// Throws what libcurl says is wrong with the address.
    init(_ url: String) throws(CurlAddressFault) {
        guard let handle = curl_url() else {
            throw CurlAddressFault(text: "out of memory")
        }
        self.handle = handle
        let flags = UInt32(CURLU_DISALLOW_USER | CURLU_PATH_AS_IS)
        let code = curl_url_set(handle, CURLUPART_URL, url, flags)
        guard code == CURLUE_OK else {
            throw CurlAddressFault(text: String(cString: curl_url_strerror(code)))
        }
    }

    deinit {
        curl_url_cleanup(handle)
    }

    var url: String { part(CURLUPART_URL) ?? "" }
    var scheme: String { part(CURLUPART_SCHEME) ?? "" }

    /// IPv6 addresses in brackets, IPv4 addresses in their usual form, whatever was given.
    var host: String { part(CURLUPART_HOST) ?? "" }

    /// Nil when the address does not say.
    var port: String? { part(CURLUPART_PORT) }

    private func part(_ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let code = curl_url_get(handle, part, &text, 0)
        guard code == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

struct CurlAddressFault: Error {
    let text: String
}
