import Foundation
import Testing

@Suite struct DockerfileTests {
    /// The container cannot be built here, so its file is read against the manifest instead.
    @Test func `the Dockerfile installs every Debian package and builds every product it names`()
        throws
    {
        let docker = try String(
            contentsOf: Programs.root.appending(path: "Docker/Dockerfile"), encoding: .utf8)
        let manifest = try String(
            contentsOf: Programs.root.appending(path: "Package.swift"), encoding: .utf8)
        let packages = manifest.matches(of: /\.apt\(\["([^"]+)"\]\)/).map { String($0.1) }
        #expect(packages.count >= 4)
        for package in packages {
            #expect(docker.contains(package), "the Dockerfile does not install \(package)")
        }
        for product in docker.matches(of: /--product ([a-z-]+)/).map({ String($0.1) }) {
            #expect(manifest.contains("name: \"\(product)\""), "there is no product \(product)")
        }
        let version = try #require(manifest.firstMatch(of: /swift-tools-version:(\d+)\./)?.1)
        #expect(docker.contains("FROM swift:\(version)"))
        for folder in docker.matches(of: /COPY (\w+) \.\//).map({ String($0.1) }) {
            let path = Programs.root.appending(path: folder).path
            #expect(FileManager.default.fileExists(atPath: path), "\(folder) is not there")
        }
    }

    @Test func `the Makefile installs every Debian package the manifest names`() throws {
        let makefile = try String(
            contentsOf: Programs.root.appending(path: "Makefile"), encoding: .utf8)
        let manifest = try String(
            contentsOf: Programs.root.appending(path: "Package.swift"), encoding: .utf8)
        for match in manifest.matches(of: /\.apt\(\["([^"]+)"\]\)/) {
            #expect(makefile.contains(match.1), "make packages does not install \(match.1)")
        }
    }
}
