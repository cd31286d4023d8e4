import GRDB

extension Store {
    /// Reads the tables as they are: for checkers that must not trust the engine's own reading.
    package func inspect<Found>(_ read: (Database) throws -> Found) throws -> Found {
        try queue.read(read)
    }
}
