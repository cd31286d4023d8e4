import CCurl

/// A libcurl list of header lines.
final class CurlLines {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) throws(CurlFailure) {
        for line in lines {
            guard let longer = curl_slist_append(first, line) else {
                throw CurlFailure(CURLE_OUT_OF_MEMORY, text: "curl_slist_append gave no list")
            }
            first = longer
        }
    }

    deinit {
        curl_slist_free_all(first)
    }
}
