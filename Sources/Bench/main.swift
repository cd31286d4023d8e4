import Foundation
import Logging
import Node
import Records
import Store
import SyncCore
import Transport
import Wire

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = Int(arguments[2]) else {
    print("usage: gatehouse-bench DATA-FOLDER ROW-COUNT GATEHOUSE-PROGRAM")
    exit(2)
}
try await Bench(
    data: URL(filePath: arguments[1]), count: count, program: URL(filePath: arguments[3])
).run()
