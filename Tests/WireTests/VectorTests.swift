import Foundation
import SyncCore
import Testing
import Wire

@Suite struct VectorTests {
    /// The committed files by their path below the folder, without `.json`.
    private func committed() throws -> Set<String> {
        var names: Set<String> = []
        for below in ["", "invalid/"] {
            let folder = Vectors.folder.appending(path: below)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
            names.formUnion(
                files.filter { $0.hasSuffix(".json") }.map { below + $0.dropLast(".json".count) })
        }
        return names
    }

    @Test func `the committed vectors are what the program makes`() throws {
        let vectors = try Vectors.all()
        let writes = ProcessInfo.processInfo.environment["GATEHOUSE_WRITE_VECTORS"] != nil
        if writes {
            try FileManager.default.createDirectory(
                at: Vectors.folder.appending(path: "invalid"), withIntermediateDirectories: true)
        }
        for (name, vector) in vectors {
            let file = Vectors.folder.appending(path: name + ".json")
            let document = try vector.document()
            if writes {
                try document.write(to: file, atomically: true, encoding: .utf8)
            } else {
                let committed = try? String(contentsOf: file, encoding: .utf8)
                #expect(committed == document, "\(name).json")
            }
        }
        #expect(try committed() == Set(vectors.keys))
    }

    @Test func `landmarks are those of the vector`() throws {
        struct File: Decodable {
            struct Point: Decodable, Hashable {
                var stream: String
                var seq: UInt64
                var hash: String
            }
            var log: [Point]
            var past: [Point]
        }
        let data = try Data(contentsOf: Vectors.folder.appending(path: "landmarks.json"))
        let file = try JSONDecoder().decode(File.self, from: data)
        func tip(_ point: File.Point) throws -> Tip {
            Tip(
                stream: try #require(StreamID(Hexadecimal.bytes(point.stream) ?? [])),
                seq: point.seq,
                hash: try #require(GroupHash(Hexadecimal.bytes(point.hash) ?? [])))
        }
        let (tree, points) = Vectors.tree(try file.log.map(tip))
        let landmarks = tree.landmarks(of: try tip(file.log[0]).stream)
        let expected = try file.past.map { points[try tip($0).hash] }
        #expect(Set(landmarks.map(Optional.some)) == Set(expected))
    }

    @Test func `groups that may not follow their log are well-formed by themselves`() throws {
        for bad in try BadPlace.all(Samples.log()) {
            #expect(throws: Never.self, "\(bad.name)") { try GroupCodec().decode(bad.bytes) }
        }
    }
}
