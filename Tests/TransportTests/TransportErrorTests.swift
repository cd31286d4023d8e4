import CCurl
import Testing

@testable import Transport

struct TransportErrorTests {
    private static let place = Place.host("hq.example:8443")

    @Test func `codes are words that never change`() {
        #expect(
            TransportError.Code.allCases.map(\.rawValue) == [
                "peer-not-found", "connection-refused", "connection-lost", "timed-out", "too-slow",
                "tls-failed", "tls-untrusted", "invalid-response", "response-too-large",
                "cancelled",
                "invalid-request", "internal",
            ])
    }

    /// Those that a test with a real peer does not read word for word.
    @Test(
        arguments: [
            (
                CURLE_COULDNT_RESOLVE_PROXY, 0, .peerNotFound,
                "The proxy on the way to hq.example:8443 cannot be found. Check the proxy settings"
                    + " of this computer."
            ),
            (
                CURLE_RECV_ERROR, 407, .connectionRefused,
                "The proxy on the way to hq.example:8443 refuses to connect, with status 407. Check"
                    + " the proxy settings of this computer."
            ),
            (
                CURLE_PARTIAL_FILE, 200, .connectionLost,
                "The connection to hq.example:8443 broke before the answer was complete. Try again;"
                    + " if it happens often, check the line."
            ),
            (
                CURLE_HTTP2_STREAM, 0, .connectionLost,
                "The connection to hq.example:8443 broke before the answer was complete. Try again;"
                    + " if it happens often, check the line."
            ),
            (
                CURLE_SSL_CONNECT_ERROR, 0, .tlsFailed,
                "No secure connection to hq.example:8443 came about. Check that it offers TLS"
                    + " 1.2 or later at this port, and that nothing on the way interferes."
            ),
            (
                CURLE_WEIRD_SERVER_REPLY, 0, .invalidResponse,
                "What answers at hq.example:8443 does not speak HTTP as it should. Check the"
                    + " address and the port."
            ),
            (
                CURLE_OUT_OF_MEMORY, 0, .internal,
                "The request to hq.example:8443 failed inside this program, with code 27 of"
                    + " libcurl. Report it with this number."
            ),
        ] as [(CURLcode, Int, TransportError.Code, String)])
    func `a failure of libcurl becomes a sentence with a next step`(
        curlCode: CURLcode, proxyStatus: Int, code: TransportError.Code, message: String
    ) {
        let failure = CurlFailure(curlCode, text: "what libcurl said", proxyStatus: proxyStatus)
        let error = TransportError(failure, Self.place, .usual)
        #expect(error.code == code)
        #expect(error.message == message)
        #expect(error.cause?.text == "what libcurl said")
        #expect(error.cause?.curlCode == Int(curlCode.rawValue))
    }

    @Test func `the sentence for too much names the limit`() {
        let failure = CurlFailure(CURLE_WRITE_ERROR, text: "")
        #expect(
            TransportError.responseTooLarge(Self.place, 1_000, after: failure).message
                == "The answer of hq.example:8443 is larger than the 1000 bytes allowed here. Check"
                + " that the address is right.")
    }

    @Test(arguments: [
        "Unsupported proxy syntax in 'http://somebody:sec ret@proxy'",
        "Unsupported proxy syntax in 'http://somebody:secret'",
        "something at somebody:secret@proxy",
    ])
    func `the password of a proxy is left out`(text: String) {
        let error = TransportError(
            CurlFailure(CURLE_COULDNT_RESOLVE_PROXY, text: text), Self.place, .usual)
        #expect(!error.description.contains("somebody"))
    }

    @Test func `a description says the code, the sentence and the cause`() {
        let failure = CurlFailure(CURLE_COULDNT_CONNECT, text: "Failed to connect")
        #expect(
            TransportError(failure, .socket("/run/node.sock"), .usual).description
                == "connection-refused: No node answers at the socket /run/node.sock. Start the"
                + " node of this office first. (curl 7: Failed to connect)")
    }
}
