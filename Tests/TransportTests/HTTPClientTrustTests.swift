import Foundation
import Testing

@testable import Transport

/// Whom the client trusts. The peer's certificate is its own, made for `localhost`.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HTTPClientTrustTests {
    private static let otherPin = "sha256//" + String(repeating: "A", count: 43) + "="

    @Test func `a certificate nobody vouches for is refused before anything is sent`() async throws
    {
        try await Peer.with("--tls") { peer in
            try await withClient { client in
                let error = try await failure(HTTPRequest(url: peer.secureURL("/echo")), by: client)
                let port = try await peer.port
                #expect(error.code == .tlsUntrusted)
                #expect(
                    error.message
                        == "The certificate of localhost:\(port) is not trusted, so nothing"
                        + " was sent. Check the certificate there and the certificate authority"
                        + " file here.")
                #expect(!error.isNetwork)
                try await peer.said("closed")
                #expect(peer.count(of: "request GET /echo") == 0)
            }
        }
    }

    @Test func `plain HTTP allowed does not loosen the checks of https`() async throws {
        let plain = HTTPClient.Configuration.usual.with { $0.allowPlainHTTP = true }
        try await Peer.with("--tls") { peer in
            try await withClient(plain) { client in
                let error = try await failure(HTTPRequest(url: peer.secureURL("/echo")), by: client)
                #expect(error.code == .tlsUntrusted)
            }
        }
    }

    @Test func `a certificate given as authority is accepted, on one connection`() async throws {
        try await Peer.with("--tls") { peer in
            let trusting = try await Self.trusting(peer)
            try await withClient(trusting) { client in
                for _ in 1...2 {
                    let response = try await client.send(
                        HTTPRequest(
                            method: "POST", url: peer.secureURL("/echo"), body: [1, 2, 3]))
                    #expect(response.body == [1, 2, 3])
                    #expect(response.header("X-Accepted") == "1")
                }
            }
        }
    }

    @Test func `a trusted certificate for another name is refused`() async throws {
        try await Peer.with("--tls") { peer in
            let url = "https://127.0.0.1:\(try await peer.port)/echo"
            try await withClient(Self.trusting(peer)) { client in
                let error = try await failure(HTTPRequest(url: url), by: client)
                #expect(error.code == .tlsUntrusted)
            }
        }
    }

    @Test func `a pinned key is accepted, also as the second of two`() async throws {
        try await Peer.with("--tls") { peer in
            let pin = try await peer.said("pin ")
            for pins in [pin, Self.otherPin + ";" + pin] {
                let pinning = try await Self.trusting(peer).with { $0.pinnedPublicKey = pins }
                try await withClient(pinning) { client in
                    let response = try await client.send(HTTPRequest(url: peer.secureURL("/echo")))
                    #expect(response.status == 200)
                }
            }
        }
    }

    @Test func `a trusted certificate with another key than the pinned one is refused`()
        async throws
    {
        try await Peer.with("--tls") { peer in
            let pinning = try await Self.trusting(peer).with { $0.pinnedPublicKey = Self.otherPin }
            try await withClient(pinning) { client in
                let error = try await failure(HTTPRequest(url: peer.secureURL("/echo")), by: client)
                let port = try await peer.port
                #expect(error.code == .tlsUntrusted)
                #expect(
                    error.message
                        == "localhost:\(port) shows another key than the one pinned here, so"
                        + " nothing was sent. Ask its operator whether the key was changed before"
                        + " pinning the new one.")
                try await peer.said("closed")
                #expect(peer.count(of: "request GET /echo") == 0)
            }
        }
    }

    @Test func `a pinned key does not stand in for a certificate`() async throws {
        try await Peer.with("--tls") { peer in
            let pin = try await peer.said("pin ")
            let pinning = HTTPClient.Configuration.usual.with { $0.pinnedPublicKey = pin }
            try await withClient(pinning) { client in
                let error = try await failure(HTTPRequest(url: peer.secureURL("/echo")), by: client)
                #expect(error.code == .tlsUntrusted)
            }
        }
    }

    @Test func `an authority file that cannot be read is named`() async throws {
        let lost = HTTPClient.Configuration.usual.with {
            $0.certificateAuthorityFile = "/nowhere/ca.pem"
        }
        try await Peer.with("--tls") { peer in
            try await withClient(lost) { client in
                let error = try await failure(HTTPRequest(url: peer.secureURL("/echo")), by: client)
                let port = try await peer.port
                #expect(error.code == .tlsUntrusted)
                #expect(
                    error.message
                        == "The certificate authority file /nowhere/ca.pem cannot be read,"
                        + " so localhost:\(port) cannot be trusted. Check the path and the file.")
            }
        }
    }

    @Test(arguments: ["--tls-1.1", "--deaf"])
    func `a handshake that fails for another reason than trust says so`(kind: String) async throws {
        try await Peer.with(kind) { peer in
            let configuration =
                kind == "--deaf" ? HTTPClient.Configuration.usual : try await Self.trusting(peer)
            try await withClient(configuration) { client in
                let error = try await failure(HTTPRequest(url: peer.secureURL("/echo")), by: client)
                #expect(error.code == .tlsFailed)
                #expect(error.isNetwork)
            }
        }
    }

    /// And not the end of the process, as a signal for a broken pipe would be.
    @Test func `a peer that hangs up during an upload is a lost connection`() async throws {
        try await Peer.with("--tls") { peer in
            try await withClient(Self.trusting(peer)) { client in
                let error = try await failure(
                    HTTPRequest(
                        method: "POST", url: peer.secureURL("/nothing"),
                        body: [UInt8](repeating: 0, count: 20_000_000)),
                    by: client)
                #expect(error.code == .connectionLost)
            }
        }
    }

    private static func trusting(_ peer: Peer) async throws -> HTTPClient.Configuration {
        let file = try await peer.said("certificate ")
        return .usual.with { $0.certificateAuthorityFile = file }
    }
}
