import Testing

@testable import Transport

extension HTTPClient.Configuration {
    /// What the tests use where nothing else matters.
    static let usual = HTTPClient.Configuration(
        maximumResponseBytes: 8_388_608, userAgent: "gatehouse-tests/1",
        connectTimeout: .seconds(30))

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}

/// Runs `body` with a client and closes it afterwards.
func withClient<Value>(
    _ configuration: HTTPClient.Configuration = .usual,
    body: (HTTPClient) async throws -> Value
) async throws -> Value {
    let client = HTTPClient(configuration)
    let result: Result<Value, any Error>
    do {
        result = .success(try await body(client))
    } catch {
        result = .failure(error)
    }
    await client.close()
    return try result.get()
}

/// The error that the request ends with. Throws if it ends well.
func failure(_ request: HTTPRequest, by client: HTTPClient) async throws -> TransportError {
    let response: HTTPResponse
    do throws(TransportError) {
        response = try await client.send(request)
    } catch {
        return error
    }
    throw UnexpectedAnswer(status: response.status)
}

struct UnexpectedAnswer: Error {
    let status: Int
}
