import CCurl

/// A libcurl easy handle, with the multi handle that drives it and keeps its connections.
///
/// `curl_easy_perform` looks up only once a second while a peer is silent; driven by a multi
/// handle, a waiting transfer can be woken, so that cancelling takes effect at once.
///
/// `@unchecked Sendable`, because one thread calls `perform` (and frees the handle), and
/// `interrupt` is the one call that libcurl allows from other threads; the pointers never change.
final class CurlHandle: @unchecked Sendable {
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer

    /// Where libcurl writes its text for an error.
    private let errorText: UnsafeMutablePointer<CChar>

    /// libcurl wants to be set up once in the life of a process, whichever thread comes first.
    private static let setUp = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    init() throws(CurlFailure) {
        guard Self.setUp == CURLE_OK else {
            throw CurlFailure(Self.setUp, text: String(cString: curl_easy_strerror(Self.setUp)))
        }
        guard let easy = curl_easy_init() else {
            throw CurlFailure(CURLE_FAILED_INIT, text: "curl_easy_init gave no handle")
        }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            throw CurlFailure(CURLE_FAILED_INIT, text: "curl_multi_init gave no handle")
        }
        self.easy = easy
        self.multi = multi
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        let code = curl_multi_cleanup(multi)
        precondition(code == CURLM_OK, "curl_multi_cleanup failed with \(code.rawValue)")
        errorText.deallocate()
    }

    /// Wakes `perform`, which then asks the receiver whether to go on. For any thread.
    func interrupt() {
        let code = curl_multi_wakeup(multi)
        precondition(code == CURLM_OK, "curl_multi_wakeup failed with \(code.rawValue)")
    }

    /// Sends the request and returns the answer, whatever its status.
    func perform(
        _ request: CheckedRequest,
        _ configuration: HTTPClient.Configuration,
        _ receiver: Receiver
    ) throws(CurlFailure) -> HTTPResponse {
        // Forgets the options of the last request; connections and TLS sessions stay.
        curl_easy_reset(easy)
        errorText.pointee = 0
        let lines = try CurlLines(request.headerLines)
        try set(CURLOPT_HTTPHEADER, lines)
        try setTrust(configuration)
        try setRoute(request, configuration)
        try setTimes(configuration)
        try setReceiver(receiver)
        try setMethod(request, maximumResponseBytes: configuration.maximumResponseBytes)
        // What libcurl only points at is kept alive until the transfer is over.
        return try withExtendedLifetime((lines, receiver)) { () throws(CurlFailure) in
            try (request.body ?? []).withUnsafeBufferPointer { body throws(CurlFailure) in
                if request.hasBody {
                    try setBody(body)
                }
                try run(receiver)
                return HTTPResponse(
                    status: try number(CURLINFO_RESPONSE_CODE),
                    headers: headers(),
                    body: receiver.body)
            }
        }
    }
}

// MARK: - Options

extension CurlHandle {
    private func setTrust(_ configuration: HTTPClient.Configuration) throws(CurlFailure) {
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = configuration.certificateAuthorityFile {
            try set(CURLOPT_CAINFO, file)
            // Else the system's folder of certificates would be trusted beside the file.
            try set(CURLOPT_CAPATH, nil)
        }
        if let pins = configuration.pinnedPublicKey {
            try set(CURLOPT_PINNEDPUBLICKEY, pins)
        }
    }

    private func setRoute(
        _ request: CheckedRequest, _ configuration: HTTPClient.Configuration
    ) throws(CurlFailure) {
        let mayBePlain = request.isLocal || configuration.allowPlainHTTP
        try set(CURLOPT_PROTOCOLS_STR, mayBePlain ? "http,https" : "https")
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try set(CURLOPT_USERAGENT, configuration.userAgent)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if request.isLocal {
            // An empty proxy means none, whatever the environment says.
            try set(CURLOPT_PROXY, "")
        }
        if let path = request.socketPath {
            try set(CURLOPT_UNIX_SOCKET_PATH, path)
        }
    }

    private func setTimes(_ configuration: HTTPClient.Configuration) throws(CurlFailure) {
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        if let total = configuration.totalTimeout {
            try set(CURLOPT_TIMEOUT_MS, total.wholeMilliseconds)
        }
        try set(CURLOPT_LOW_SPEED_LIMIT, configuration.lowSpeed.bytesPerSecond)
        try set(CURLOPT_LOW_SPEED_TIME, configuration.lowSpeed.period.wholeSeconds)
        // Routers forget idle connections; a probe in time keeps them for the next exchange.
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_TCP_KEEPIDLE, 30)
        try set(CURLOPT_TCP_KEEPINTVL, 30)
        // Without it, giving up during a name look-up waits for the name server all the same. The
        // look-up's thread is let go and frees itself when the name server answers.
        try set(CURLOPT_QUICK_EXIT, 1)
    }

    private func setMethod(
        _ request: CheckedRequest, maximumResponseBytes: Int
    ) throws(CurlFailure) {
        if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
            return
        }
        // Stops a response that announces its length before any of its body is read. A HEAD
        // response announces a length and has no body.
        try set(CURLOPT_MAXFILESIZE_LARGE, offset: maximumResponseBytes)
        try set(request.hasBody ? CURLOPT_POST : CURLOPT_HTTPGET, 1)
        if request.method != (request.hasBody ? "POST" : "GET") {
            try set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func setBody(_ body: UnsafeBufferPointer<UInt8>) throws(CurlFailure) {
        try set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count)
        if let start = body.baseAddress, !body.isEmpty {
            try set(CURLOPT_POSTFIELDS, pointer: UnsafeMutableRawPointer(mutating: start))
        } else {
            // A null pointer would make libcurl read the body from standard input.
            try set(CURLOPT_COPYPOSTFIELDS, "")
        }
    }

    private func setReceiver(_ receiver: Receiver) throws(CurlFailure) {
        let context = Unmanaged.passUnretained(receiver).toOpaque()
        try set(CURLOPT_ERRORBUFFER, pointer: errorText)
        try set(CURLOPT_WRITEDATA, pointer: context)
        try set(CURLOPT_HEADERDATA, pointer: context)
        try set(CURLOPT_XFERINFODATA, pointer: context)
        try set(CURLOPT_NOPROGRESS, 0)
        try check(
            curl_easy_set_write_callback(easy, CURLOPT_WRITEFUNCTION) {
                bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let receiver = Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
                let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return receiver.takeBody(part) ? part.count : 0
            })
        try check(
            curl_easy_set_write_callback(easy, CURLOPT_HEADERFUNCTION) { _, size, count, context in
                guard let context else { return 0 }
                let receiver = Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
                return receiver.takeHead(byteCount: size * count) ? size * count : 0
            })
        try check(
            curl_easy_set_progress_callback(easy, CURLOPT_XFERINFOFUNCTION) {
                context, toReceive, received, toSend, sent in
                guard let context else { return 1 }
                let receiver = Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
                receiver.report(
                    TransferProgress(
                        sentBytes: Int(sent), sentBytesInAll: Int(toSend),
                        receivedBytes: Int(received),
                        receivedBytesInAll: toReceive > 0 ? Int(toReceive) : nil))
                return receiver.isGivenUp ? 1 : 0
            })
    }

    private func set(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
        try check(curl_easy_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, offset: Int) throws(CurlFailure) {
        try check(curl_easy_set_offset(easy, option, curl_off_t(offset)))
    }

    private func set(_ option: CURLoption, _ value: String?) throws(CurlFailure) {
        try check(curl_easy_set_string(easy, option, value))
    }

    private func set(
        _ option: CURLoption, pointer: UnsafeMutableRawPointer
    ) throws(CurlFailure) {
        try check(curl_easy_set_pointer(easy, option, pointer))
    }

    private func set(_ option: CURLoption, _ lines: CurlLines) throws(CurlFailure) {
        try check(curl_easy_set_headers(easy, option, lines.first))
    }
}

// MARK: - The transfer

extension CurlHandle {
    private func run(_ receiver: Receiver) throws(CurlFailure) {
        try check(curl_multi_add_handle(multi, easy))
        let result: Result<CURLcode, CurlFailure>
        do throws(CurlFailure) {
            result = .success(try drive(receiver))
        } catch {
            result = .failure(error)
        }
        // Taking the handle out ends a transfer that was under way and closes its connection.
        try check(curl_multi_remove_handle(multi, easy))
        let code = try result.get()
        if code == CURLE_FILESIZE_EXCEEDED {
            receiver.refuseLength()
        }
        try check(code)
    }

    /// Moves bytes until the transfer is over, and returns how it ended.
    private func drive(_ receiver: Receiver) throws(CurlFailure) -> CURLcode {
        let longestWaitMilliseconds: Int32 = 1_000
        while true {
            var transfersUnderWay: Int32 = 0
            try check(curl_multi_perform(multi, &transfersUnderWay))
            if transfersUnderWay == 0 {
                return result()
            }
            if receiver.isGivenUp {
                return CURLE_ABORTED_BY_CALLBACK
            }
            try check(curl_multi_poll(multi, nil, 0, longestWaitMilliseconds, nil))
        }
    }

    private func result() -> CURLcode {
        var messagesLeft: Int32 = 0
        guard let message = curl_multi_info_read(multi, &messagesLeft),
            message.pointee.msg == CURLMSG_DONE
        else {
            preconditionFailure("libcurl ended a transfer without saying how")
        }
        return message.pointee.data.result
    }

    private func headers() -> [HTTPHeader] {
        var headers: [HTTPHeader] = []
        var last: UnsafeMutablePointer<curl_header>?
        let lastRequest: Int32 = -1
        while let next = curl_easy_nextheader(easy, UInt32(CURLH_HEADER), lastRequest, last) {
            let value = String(cString: next.pointee.value)
            // libcurl 7.88 leaves half of the line break behind when the value is empty.
            headers.append(
                HTTPHeader(String(cString: next.pointee.name), value == "\r" ? "" : value))
            last = next
        }
        return headers
    }

    private func number(_ info: CURLINFO) throws(CurlFailure) -> Int {
        var value = 0
        let code = curl_easy_get_long(easy, info, &value)
        guard code == CURLE_OK else {
            throw CurlFailure(code, text: String(cString: curl_easy_strerror(code)))
        }
        return value
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        guard code != CURLE_OK else { return }
        let said = String(cString: errorText)
        let text = said.isEmpty ? String(cString: curl_easy_strerror(code)) : said
        throw CurlFailure(code, text: text, proxyStatus: try number(CURLINFO_HTTP_CONNECTCODE))
    }

    private func check(_ code: CURLMcode) throws(CurlFailure) {
        guard code != CURLM_OK else { return }
        throw CurlFailure(CURLE_FAILED_INIT, text: String(cString: curl_multi_strerror(code)))
    }
}

extension CheckedRequest {
    /// Methods that mean nothing without a body are sent with an empty one, so that their length is
    /// said and no server waits for it.
    fileprivate var hasBody: Bool {
        body != nil || ["POST", "PUT", "PATCH"].contains(method)
    }
}
