import Foundation
import Testing

@testable import Transport

/// Peers that are away, break off, or send too much.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HTTPClientFailureTests {
    @Test func `a port where nothing listens refuses the connection`() async throws {
        try await withClient { client in
            let error = try await failure(HTTPRequest(url: "http://127.0.0.1:1/"), by: client)
            #expect(error.code == .connectionRefused)
            #expect(
                error.message
                    == "Nothing accepts connections at 127.0.0.1:1. Check that the peer is"
                    + " running and that the port is right.")
            #expect(error.cause?.curlCode == 7)
            #expect(error.isNetwork)
        }
    }

    @Test func `a socket where nothing listens says to start the node`() async throws {
        try await withClient { client in
            let error = try await failure(
                HTTPRequest(url: "http://node/", socketPath: "/nowhere/node.sock"), by: client)
            #expect(error.code == .connectionRefused)
            #expect(
                error.message
                    == "No node answers at the socket /nowhere/node.sock. Start the node of"
                    + " this office first.")
        }
    }

    /// A label of 64 letters is no name at all, so no name server has to be asked.
    @Test func `a name that does not exist is not found`() async throws {
        let name = String(repeating: "a", count: 64) + ".invalid"
        try await withClient { client in
            let error = try await failure(HTTPRequest(url: "https://\(name)/"), by: client)
            #expect(error.code == .peerNotFound)
            #expect(
                error.message == "\(name) cannot be found from here. Check the address, and that"
                    + " this computer is online.")
        }
    }

    @Test(arguments: ["/short", "/cut-chunk", "/nothing"])
    func `an answer that breaks off is a lost connection`(path: String) async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let error = try await failure(HTTPRequest(url: peer.url(path)), by: client)
                #expect(error.code == .connectionLost)
                #expect(error.isNetwork)
            }
        }
    }

    @Test func `a peer that speaks another language is told from a lost connection`() async throws {
        try await Peer.with { peer in
            try await withClient { client in
                let error = try await failure(
                    HTTPRequest(url: peer.url("/other-language")), by: client)
                #expect(error.code == .invalidResponse)
            }
        }
    }

    @Test(arguments: [
        "/endless", "/announced/1000001", "/unpack/1000001", "/bytes/1000192", "/endless-head",
    ])
    func `a response over a limit is stopped`(path: String) async throws {
        let limited = HTTPClient.Configuration.usual.with { $0.maximumResponseBytes = 1_000_000 }
        try await Peer.with { peer in
            try await withClient(limited) { client in
                let error = try await failure(HTTPRequest(url: peer.url(path)), by: client)
                #expect(error.code == .responseTooLarge)
                #expect(!error.isNetwork)
                try await peer.said("closed")
            }
        }
    }

    @Test(arguments: ["/unpack/1000192", "/bytes/1000192"])
    func `a response of exactly the limit is taken`(path: String) async throws {
        let limited = HTTPClient.Configuration.usual.with { $0.maximumResponseBytes = 1_000_192 }
        try await Peer.with { peer in
            try await withClient(limited) { client in
                let response = try await client.send(HTTPRequest(url: peer.url(path)))
                #expect(response.body.count == 1_000_192)
            }
        }
    }

    @Test func `a peer that falls silent in the middle is too slow`() async throws {
        let impatient = HTTPClient.Configuration.usual.with {
            $0.lowSpeed = .init(bytesPerSecond: 100, period: .seconds(1))
        }
        try await Peer.with { peer in
            try await withClient(impatient) { client in
                let error = try await failure(HTTPRequest(url: peer.url("/stall-body")), by: client)
                let port = try await peer.port
                #expect(error.code == .tooSlow)
                #expect(
                    error.message == "The line to 127.0.0.1:\(port) stayed below 100 bytes a second"
                        + " for 1.0 seconds. Try again when the line is better.")
                #expect(error.isNetwork)
                try await peer.said("closed")
            }
        }
    }

    @Test func `a transfer longer than the total timeout is timed out`() async throws {
        let impatient = HTTPClient.Configuration.usual.with {
            $0.totalTimeout = .milliseconds(200)
        }
        try await Peer.with { peer in
            let url = try await peer.url("/stall")
            try await withClient(impatient) { client in
                let error = try await failure(HTTPRequest(url: url), by: client)
                #expect(error.code == .timedOut)
                #expect(
                    error.message
                        == "127.0.0.1:\(try await peer.port) did not answer in time. Check"
                        + " that it is running, or try again later.")
            }
        }
    }

    @Test func `a handshake that is never answered is timed out`() async throws {
        let impatient = HTTPClient.Configuration.usual.with {
            $0.connectTimeout = .milliseconds(200)
        }
        try await Peer.with("--silent") { peer in
            let url = try await peer.secureURL("/")
            try await withClient(impatient) { client in
                let error = try await failure(HTTPRequest(url: url), by: client)
                #expect(error.code == .timedOut)
            }
        }
    }

    /// In a process of its own, so that only these requests open files.
    @Test func `two hundred requests leave no file open`() async {
        await #expect(processExitsWith: .success) {
            try await Peer.with { peer in
                let url = try await peer.url("")
                let atFirst = try openFiles()
                let client = HTTPClient(.usual)
                _ = try await client.send(HTTPRequest(url: url + "/echo"))
                let withOneConnection = try openFiles()
                for path in repeatElement(["/close", "/short", "/nothing", "/echo"], count: 50)
                    .joined()
                {
                    do throws(TransportError) {
                        _ = try await client.send(HTTPRequest(url: url + path))
                    } catch {
                        #expect(error.code == .connectionLost)
                    }
                }
                #expect(try openFiles() == withOneConnection)
                await client.close()
                #expect(try openFiles() == atFirst)
            }
        }
    }

    /// In a process of its own, whose environment no other test reads.
    @Test func `a proxy that lets nobody through is named as the reason`() async {
        await #expect(processExitsWith: .success) {
            try await Peer.with { peer in
                setenv("https_proxy", "http://somebody:secret@127.0.0.1:\(try await peer.port)", 1)
                try await withClient { client in
                    let error = try await failure(
                        HTTPRequest(url: "https://hq.invalid/"), by: client)
                    #expect(error.code == .connectionRefused)
                    #expect(
                        error.message
                            == "The proxy on the way to hq.invalid refuses to connect, with status"
                            + " 407. Check the proxy settings of this computer.")
                    #expect(!error.description.contains("secret"))
                }
            }
        }
    }

    /// In a process of its own, whose environment no other test reads.
    @Test func `a proxy is never asked for this computer, and its password is never told`() async {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            setenv("https_proxy", "http://somebody:secret word@127.0.0.1:1", 1)
            setenv("all_proxy", "http://127.0.0.1:1", 1)
            try await Peer.with { peer in
                let client = HTTPClient(.usual.with { $0.allowPlainHTTP = true })
                let port = try await peer.port
                for host in ["127.0.0.1", "localhost", "node.localhost"] {
                    let response = try await client.send(
                        HTTPRequest(url: "http://\(host):\(port)/echo"))
                    #expect(response.status == 200)
                }
                for url in ["https://hq.invalid/", "http://hq.invalid/"] {
                    let error = try await failure(HTTPRequest(url: url), by: client)
                    #expect(error.cause != nil)
                    #expect(!error.description.contains("secret"))
                    #expect(!error.description.contains("somebody"))
                }
                await client.close()
            }
        }
    }
}

private func openFiles() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
}
