import Testing

@testable import Transport

/// Ends that are not waited for. The peer of these tests never answers, so that each test ends only
/// because the client lets go.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HTTPClientCancellationTests {
    @Test(arguments: ["/stall", "/stall-body"])
    func `cancelling ends a transfer that waits and closes its connection`(
        path: String
    ) async throws {
        try await Peer.with { peer in
            let url = try await peer.url(path)
            try await withClient { client in
                let task = Task { try await failure(HTTPRequest(url: url), by: client) }
                try await peer.said("request GET \(path)")
                task.cancel()
                let error = try await task.value
                #expect(error.code == .cancelled)
                #expect(
                    error.message
                        == "The request to 127.0.0.1:\(try await peer.port) was cancelled.")
                #expect(!error.isNetwork)
                try await peer.said("closed")
            }
        }
    }

    @Test func `cancelling ends a handshake`() async throws {
        try await Peer.with("--silent") { peer in
            let url = try await peer.secureURL("/")
            try await withClient { client in
                let task = Task { try await failure(HTTPRequest(url: url), by: client) }
                try await peer.said("accepted")
                task.cancel()
                let taskError = try await task.value
                #expect(taskError.code == .cancelled)
                try await peer.said("closed")
            }
        }
    }

    @Test func `cancelling ends a transfer in full flow`() async throws {
        let large = HTTPClient.Configuration.usual.with { $0.maximumResponseBytes = .max }
        try await Peer.with { peer in
            let url = try await peer.url("/endless")
            try await withClient(large) { client in
                let (moving, progress) = AsyncStream<Void>.makeStream()
                let task = Task {
                    try await client.send(HTTPRequest(url: url)) { state in
                        if state.receivedBytes > 0 {
                            progress.finish()
                        }
                    }
                }
                for await _ in moving {}
                task.cancel()
                let error = await #expect(throws: TransportError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                try await peer.said("closed")
            }
        }
    }

    @Test func `one who gives up before its turn does not wait for the one before`() async throws {
        try await Peer.with { peer in
            let url = try await peer.url("")
            try await withClient { client in
                let first = Task { try await failure(HTTPRequest(url: url + "/stall"), by: client) }
                try await peer.said("request GET /stall")
                let second = Task { try await failure(HTTPRequest(url: url + "/echo"), by: client) }
                second.cancel()
                let secondError = try await second.value
                #expect(secondError.code == .cancelled)
                first.cancel()
                let firstError = try await first.value
                #expect(firstError.code == .cancelled)
                let response = try await client.send(HTTPRequest(url: url + "/echo"))
                #expect(response.status == 200)
                // After the one that stalled.
                #expect(response.header("X-Requested") == "2")
            }
        }
    }

    @Test func `a task cancelled beforehand sends nothing`() async throws {
        try await Peer.with { peer in
            let url = try await peer.url("/echo")
            try await withClient { client in
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await failure(HTTPRequest(url: url), by: client)
                }
                let taskError = try await task.value
                #expect(taskError.code == .cancelled)
                let response = try await client.send(HTTPRequest(url: url))
                #expect(response.status == 200)
                #expect(response.header("X-Requested") == "1")
            }
        }
    }

    @Test func `closing cancels what is under way and what waits, and refuses what comes`()
        async throws
    {
        try await Peer.with { peer in
            let url = try await peer.url("/stall")
            let client = HTTPClient(.usual)
            async let first = failure(HTTPRequest(url: url), by: client)
            try await peer.said("request GET /stall")
            async let second = failure(HTTPRequest(url: url), by: client)
            await client.close()
            #expect(try await first.code == .cancelled)
            #expect(try await second.code == .cancelled)
            let error = try await failure(HTTPRequest(url: url), by: client)
            #expect(error.code == .cancelled)
            try await peer.said("closed")
            await client.close()
        }
    }

    @Test func `the thread and the connection of a client end with it`() async throws {
        try await Peer.with { peer in
            var client: HTTPClient? = HTTPClient(.usual)
            _ = try await client?.send(HTTPRequest(url: peer.url("/echo")))
            let thread = try #require(client?.thread)
            client = nil
            await thread.ended()
            try await peer.said("closed")
        }
    }

    @Test func `a client that never sent anything ends as well`() async throws {
        let thread = HTTPClient(.usual).thread
        await thread.ended()
    }
}
