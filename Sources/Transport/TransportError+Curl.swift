import CCurl

extension TransportError {
    static func cancelled(_ place: Place) -> TransportError {
        TransportError(.cancelled, "The request to \(place) was cancelled.")
    }

    static func invalid(_ message: String) -> TransportError {
        TransportError(.invalidRequest, message)
    }

    static func responseTooLarge(
        _ place: Place, _ maximumBytes: Int, after failure: CurlFailure
    ) -> TransportError {
        TransportError(
            .responseTooLarge,
            "The answer of \(place) is larger than the \(maximumBytes) bytes allowed here."
                + " Check that the address is right.",
            cause: failure.cause)
    }

    /// Says in our words what libcurl said in its.
    init(_ failure: CurlFailure, _ place: Place, _ configuration: HTTPClient.Configuration) {
        let (code, message) = Self.meaning(of: failure, place, configuration)
        self.init(code, message, cause: failure.cause)
    }

    private static func meaning(
        of failure: CurlFailure, _ place: Place, _ configuration: HTTPClient.Configuration
    ) -> (Code, String) {
        if failure.proxyStatus >= 300 {
            return (
                .connectionRefused,
                "The proxy on the way to \(place) refuses to connect, with status"
                    + " \(failure.proxyStatus). Check the proxy settings of this computer."
            )
        }
        switch failure.code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return (
                .peerNotFound,
                "\(place) cannot be found from here. Check the address, and that this computer is"
                    + " online."
            )
        case CURLE_COULDNT_RESOLVE_PROXY:
            return (
                .peerNotFound,
                "The proxy on the way to \(place) cannot be found. Check the proxy settings of this"
                    + " computer."
            )
        case CURLE_COULDNT_CONNECT:
            return refusal(place)
        case CURLE_OPERATION_TIMEDOUT:
            return lateness(of: failure, place, configuration.lowSpeed)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_CONNECT_ERROR:
            return distrust(failure, place, configuration)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
            CURLE_SSL_SHUTDOWN_FAILED, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_PROXY,
            CURLE_SEND_FAIL_REWIND, CURLE_AGAIN:
            return (
                .connectionLost,
                "The connection to \(place) broke before the answer was complete. Try again; if it"
                    + " happens often, check the line."
            )
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            return (
                .invalidResponse,
                "What answers at \(place) does not speak HTTP as it should. Check the address and"
                    + " the port."
            )
        default:
            return (
                .internal,
                "The request to \(place) failed inside this program, with code"
                    + " \(failure.code.rawValue) of libcurl. Report it with this number."
            )
        }
    }

    private static func refusal(_ place: Place) -> (Code, String) {
        switch place {
        case .host:
            (
                .connectionRefused,
                "Nothing accepts connections at \(place). Check that the peer is running and that"
                    + " the port is right."
            )
        case .socket:
            (
                .connectionRefused,
                "No node answers at \(place). Start the node of this office first."
            )
        }
    }

    /// libcurl has one code for its time limits and the lowest speed; its text tells them apart.
    private static func lateness(
        of failure: CurlFailure, _ place: Place, _ lowSpeed: HTTPClient.Configuration.LowSpeed
    ) -> (Code, String) {
        guard failure.text.hasPrefix("Operation too slow") else {
            return (
                .timedOut,
                "\(place) did not answer in time. Check that it is running, or try again later."
            )
        }
        return (
            .tooSlow,
            "The line to \(place) stayed below \(lowSpeed.bytesPerSecond) bytes a second for"
                + " \(lowSpeed.period). Try again when the line is better."
        )
    }

    private static func distrust(
        _ failure: CurlFailure, _ place: Place, _ configuration: HTTPClient.Configuration
    ) -> (Code, String) {
        switch failure.code {
        case CURLE_SSL_CONNECT_ERROR:
            (
                .tlsFailed,
                "No secure connection to \(place) came about. Check that it offers TLS 1.2 or later"
                    + " at this port, and that nothing on the way interferes."
            )
        case CURLE_SSL_CACERT_BADFILE:
            (
                .tlsUntrusted,
                "The certificate authority file"
                    + " \(configuration.certificateAuthorityFile ?? "of this computer") cannot be"
                    + " read, so \(place) cannot be trusted. Check the path and the file."
            )
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            (
                .tlsUntrusted,
                "\(place) shows another key than the one pinned here, so nothing was sent. Ask its"
                    + " operator whether the key was changed before pinning the new one."
            )
        default:
            (
                .tlsUntrusted,
                "The certificate of \(place) is not trusted, so nothing was sent. Check the"
                    + " certificate there and the certificate authority file here."
            )
        }
    }
}
