// swift-tools-version:6.2

import PackageDescription

/// Whether libFuzzer's program is built instead of the tests of the same checks (`make fuzz`).
let isFuzzing = Context.environment["GATEHOUSE_FUZZ"] != nil

/// Every target of ours is built the same way: warnings are errors, and an import says who may see
/// it.
let settings = [SwiftSetting?]([
    // Mistakes put in on purpose, to test the tests (make planted).
    Context.environment["GATEHOUSE_PLANTED"] == nil ? nil : .define("PLANTED"),
    isFuzzing ? .unsafeFlags(["-enable-testing"]) : nil,
    // Generic functions of one target are specialised in the next.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]).compactMap { $0 }

/// What reads strangers' bytes is fuzzed with counters and the address sanitizer. The rest, and all
/// we depend on, stays as it is: counting its branches would halve the speed.
let watched = settings + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer,address"])] : [])

let package = Package(
    name: "gatehouse",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "gatehouse", targets: ["gatehouse"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Pure: what is decided. No clock, no chance, no input or output.
        .target(name: "SyncCore", swiftSettings: watched),
        .target(name: "Records", dependencies: ["SyncCore"], swiftSettings: watched),

        // Bytes in and out.
        .target(
            name: "Wire",
            dependencies: [
                "SyncCore", "CDeflate",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: watched
        ),
        .target(
            name: "Tables", dependencies: ["CArchive", "CIconv", "CXlsxWriter"],
            swiftSettings: watched),
        .target(
            name: "Store",
            dependencies: [
                "CSQLite", "CZstd", "Records", "SyncCore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .target(name: "Transport", dependencies: ["Wire", "CCurl"], swiftSettings: settings),

        // The running office.
        .target(
            name: "Node",
            dependencies: [
                "Records", "Store", "SyncCore", "Tables", "Wire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Web",
            dependencies: [
                "Node", "Records", "Store", "SyncCore", "Wire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Resources")],
            swiftSettings: settings
        ),
        .target(name: "Relay", swiftSettings: settings),
        .executableTarget(
            name: "gatehouse",
            dependencies: [
                "Node", "Records", "Relay", "Simulator", "Store", "SyncCore", "Transport", "Web",
                "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/CLI",
            resources: [.copy("Registers")],
            swiftSettings: settings
        ),

        .executableTarget(
            name: "gatehouse-bench",
            dependencies: [
                "CSQLite", "Node", "Records", "Relay", "Store", "SyncCore", "Transport", "Wire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/Bench",
            exclude: ["figures"],
            swiftSettings: settings
        ),

        // A disk in memory that loses and refuses what a real one may, for simulations and tests.
        .target(name: "CSimulatedDisk", path: "Sources/C/CSimulatedDisk"),
        .target(
            name: "SimulatedDisk",
            dependencies: [
                "CSimulatedDisk", .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        // A company of real nodes on disks, lines and clocks that fail as told.
        .target(
            name: "Simulator",
            dependencies: [
                "Node", "Records", "SimulatedDisk", "Store", "SyncCore", "Wire",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
        ),

        // C libraries, one header each.
        .systemLibrary(
            name: "CCurl", path: "Sources/C/CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CSQLite", path: "Sources/C/CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CDeflate", path: "Sources/C/CDeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CZstd", path: "Sources/C/CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CArchive", path: "Sources/C/CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CIconv", path: "Sources/C/CIconv"),
        .systemLibrary(
            name: "CXlsxWriter", path: "Sources/C/CXlsxWriter",
            providers: [.apt(["libxlsxwriter-dev"])]),

        .testTarget(name: "SyncCoreTests", dependencies: ["SyncCore"], swiftSettings: settings),
        .testTarget(
            name: "RecordsTests", dependencies: ["Records", "SyncCore"], swiftSettings: settings),
        .testTarget(
            name: "WireTests", dependencies: ["SyncCore", "Wire"], swiftSettings: settings),
        .testTarget(
            name: "TablesTests", dependencies: ["CArchive", "Tables"], swiftSettings: settings),
        .testTarget(
            name: "TransportTests", dependencies: ["CCurl", "Transport"], exclude: ["Resources"],
            swiftSettings: settings),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Node", "Records", "Store", "SyncCore", "Transport", "Web", "Wire",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Records", "SimulatedDisk", "Store", "SyncCore", "Wire",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "DiskFaultTests",
            dependencies: [
                "Node", "Records", "SimulatedDisk", "Store", "SyncCore", "Wire",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SimulatedDiskTests",
            dependencies: [
                "Records", "SimulatedDisk", "Store", "SyncCore", "Wire",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Node", "Records", "Store", "SyncCore", "Tables", "Wire",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WebPagesTests",
            dependencies: [
                "Node", "Records", "SimulatedDisk", "Store", "SyncCore", "Web", "Wire",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SimulatorTests", dependencies: ["Simulator"], swiftSettings: settings),
        .testTarget(name: "EndToEndTests", dependencies: ["gatehouse"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// The checks of strangers' bytes: called by libFuzzer when fuzzing, else by tests.
let checked: [Target.Dependency] = [
    "CDeflate", "Node", "Records", "Store", "SyncCore", "Tables", "Wire",
]
if isFuzzing {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "gatehouse-fuzz", dependencies: checked + ["CFuzzer"], path: "Tests/Fuzz",
            sources: ["Checks", "Driver"], swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ]
} else {
    package.targets.append(
        .testTarget(
            name: "FuzzTests", dependencies: checked, path: "Tests/Fuzz",
            sources: ["Checks", "Replay"], swiftSettings: settings))
}
