import GRDB

/// The tables that are not a projection of the log. A migration is appended and never edited.
///
/// The projection tables are made from the declarations (`ProjectionSchema`) and rebuilt from the
/// log when those change.
enum Migrations {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 log") { db in
            try db.execute(sql: log)
        }
        migrator.registerMigration("1 local") { db in
            try db.execute(sql: local)
        }
        migrator.registerMigration("2 kept backups") { db in
            try db.execute(sql: keptBackups)
        }
        migrator.registerMigration("3 forgetting") { db in
            try db.execute(sql: forgetting)
        }
        migrator.registerMigration("3 damage") { db in
            try db.execute(sql: damage)
        }
        migrator.registerMigration("4 packed groups") { db in
            try db.execute(sql: packedGroups)
        }
        return migrator
    }

    /// What is replicated, as it was written, and the bookkeeping beside it.
    private static let log = """
        CREATE TABLE meta (
          name TEXT PRIMARY KEY NOT NULL,
          value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE spaces (
          number INTEGER PRIMARY KEY,
          id BLOB NOT NULL UNIQUE,
          lane_0 INTEGER NOT NULL DEFAULT 0,
          lane_1 INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE streams (
          number INTEGER PRIMARY KEY,
          space INTEGER NOT NULL REFERENCES spaces,
          id BLOB NOT NULL,
          key BLOB NOT NULL,
          UNIQUE (space, id)
        ) STRICT;

        -- A run of groups by predecessor; a stream that never forked is one branch. Its last group is always a tip.
        CREATE TABLE branches (
          number INTEGER PRIMARY KEY,
          space INTEGER NOT NULL REFERENCES spaces,
          stream INTEGER NOT NULL REFERENCES streams,
          root_branch INTEGER,
          root_seq INTEGER,
          last_seq INTEGER NOT NULL,
          last_group INTEGER NOT NULL,
          last_hash BLOB NOT NULL
        ) STRICT;
        CREATE INDEX branches_space ON branches (space);

        CREATE TABLE log (
          number INTEGER PRIMARY KEY,
          branch INTEGER NOT NULL REFERENCES branches,
          seq INTEGER NOT NULL,
          hash BLOB NOT NULL UNIQUE,
          time INTEGER NOT NULL,
          writes INTEGER NOT NULL,
          seal BLOB,
          bytes BLOB NOT NULL,
          UNIQUE (branch, seq)
        ) STRICT;

        -- Writes that some logged group names, admissible or not: what the digest leaves out.
        CREATE TABLE named (
          group_number INTEGER NOT NULL,
          write_index INTEGER NOT NULL,
          PRIMARY KEY (group_number, write_index)
        ) STRICT, WITHOUT ROWID;

        -- Groups this version cannot project in full; looked at again after an upgrade.
        CREATE TABLE unprojected (
          group_number INTEGER PRIMARY KEY,
          reason TEXT NOT NULL
        ) STRICT;

        -- Whose keys may write where, from the directory of nodes.
        CREATE TABLE authors (
          key BLOB PRIMARY KEY NOT NULL,
          role TEXT NOT NULL,
          space BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- The stream this node is writing in each space.
        CREATE TABLE own_streams (
          space INTEGER PRIMARY KEY REFERENCES spaces,
          stream INTEGER NOT NULL REFERENCES streams
        ) STRICT;
        """

    /// What only this node knows.
    private static let local = """
        CREATE TABLE series (
          stem TEXT PRIMARY KEY NOT NULL,
          last INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- What a peer last said it holds committed.
        CREATE TABLE receipts (
          peer BLOB NOT NULL,
          space BLOB NOT NULL,
          tips BLOB NOT NULL,
          digest BLOB NOT NULL,
          at INTEGER NOT NULL,
          PRIMARY KEY (peer, space)
        ) STRICT, WITHOUT ROWID;

        -- An office knows one peer, headquarters.
        CREATE TABLE headquarters (
          only INTEGER PRIMARY KEY CHECK (only = 1),
          url TEXT NOT NULL,
          key BLOB NOT NULL,
          credential BLOB NOT NULL,
          token BLOB NOT NULL
        ) STRICT;

        -- Headquarters knows the nodes that joined.
        CREATE TABLE members (
          key BLOB PRIMARY KEY NOT NULL,
          space BLOB NOT NULL,
          office_code TEXT NOT NULL,
          credential_hash BLOB NOT NULL UNIQUE,
          current_token BLOB NOT NULL,
          pending_token BLOB NOT NULL,
          schema INTEGER NOT NULL DEFAULT 0,
          clock_difference INTEGER NOT NULL DEFAULT 0,
          last_contact INTEGER NOT NULL DEFAULT 0,
          complete_at INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE invitations (
          code_hash BLOB PRIMARY KEY NOT NULL,
          office_code TEXT NOT NULL,
          expires INTEGER NOT NULL,
          spent_by BLOB
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE exchanges (
          number INTEGER PRIMARY KEY,
          peer BLOB NOT NULL,
          began INTEGER NOT NULL,
          ended INTEGER NOT NULL,
          state TEXT NOT NULL,
          code TEXT,
          sent INTEGER NOT NULL,
          received INTEGER NOT NULL,
          rounds INTEGER NOT NULL,
          sent_bytes INTEGER NOT NULL,
          received_bytes INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE refusals (
          code TEXT NOT NULL,
          peer BLOB NOT NULL,
          count INTEGER NOT NULL,
          last INTEGER NOT NULL,
          PRIMARY KEY (code, peer)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE import_batches (
          number INTEGER PRIMARY KEY,
          register TEXT NOT NULL,
          at INTEGER NOT NULL,
          actor TEXT,
          rows INTEGER NOT NULL,
          rejected INTEGER NOT NULL,
          -- Grow with every group, so that a batch that was stopped says how far it came.
          accepted INTEGER NOT NULL DEFAULT 0,
          unchanged INTEGER NOT NULL DEFAULT 0,
          undone INTEGER
        ) STRICT;

        -- What a batch wrote, and what taking it back wrote.
        CREATE TABLE import_groups (
          batch INTEGER NOT NULL REFERENCES import_batches,
          group_number INTEGER NOT NULL,
          undoes INTEGER NOT NULL,
          PRIMARY KEY (batch, group_number)
        ) STRICT, WITHOUT ROWID;

        -- Each thing a register named, the record it became, and what the register said of it. The last batch counts;
        -- when it is undone, the one before it counts again.
        CREATE TABLE import_rows (
          register TEXT NOT NULL,
          key TEXT NOT NULL,
          batch INTEGER NOT NULL,
          record TEXT NOT NULL,
          -- Empty when the batch was undone and the record stayed, because somebody had changed it.
          cells TEXT NOT NULL,
          PRIMARY KEY (register, key, batch)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX import_rows_batch ON import_rows (batch, record);

        CREATE TABLE replies (
          key TEXT PRIMARY KEY NOT NULL,
          fingerprint TEXT NOT NULL,
          status INTEGER NOT NULL,
          body BLOB NOT NULL,
          at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// The backups this node would still restore from, and what each holds.
    private static let keptBackups = """
        CREATE TABLE kept_backups (
          name TEXT PRIMARY KEY NOT NULL,
          made_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE kept_backup_clocks (
          backup TEXT NOT NULL REFERENCES kept_backups ON DELETE CASCADE,
          space BLOB NOT NULL,
          tips BLOB NOT NULL,
          PRIMARY KEY (backup, space)
        ) STRICT, WITHOUT ROWID;
        """

    /// What may lose its values, and how far each branch was looked through for it.
    private static let forgetting = """
        -- What every backup a peer would restore covers, by its own word.
        CREATE TABLE peer_backups (
          peer BLOB NOT NULL,
          space BLOB NOT NULL,
          tips BLOB NOT NULL,
          PRIMARY KEY (peer, space)
        ) STRICT, WITHOUT ROWID;

        -- What a peer was last told of the backups here: the tips of all spaces in one.
        CREATE TABLE told_backups (
          peer BLOB PRIMARY KEY NOT NULL,
          statement BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Admissible writes, and the admissible write of which group names them. Only as long as the group they stand
        -- in still has values.
        CREATE TABLE superseded (
          group_number INTEGER NOT NULL,
          write_index INTEGER NOT NULL,
          by_group INTEGER NOT NULL,
          PRIMARY KEY (group_number, write_index, by_group)
        ) STRICT, WITHOUT ROWID;

        -- The last group of each branch whose names were looked at.
        CREATE TABLE forgotten_up_to (
          branch INTEGER PRIMARY KEY,
          seq INTEGER NOT NULL
        ) STRICT;
        """

    /// How long the bytes of a group are when they are unpacked; NULL where they stand as they are,
    /// as in all rows that were there before.
    private static let packedGroups = "ALTER TABLE log ADD COLUMN plain_length INTEGER"

    private static let damage = """
        -- Groups whose bytes are not those that were logged.
        CREATE TABLE damaged (
          group_number INTEGER PRIMARY KEY,
          reason TEXT NOT NULL
        ) STRICT;

        -- When a peer was last asked for a damaged group, or one whose current values are missing.
        CREATE TABLE asked (
          peer BLOB NOT NULL,
          group_number INTEGER NOT NULL,
          at INTEGER NOT NULL,
          PRIMARY KEY (peer, group_number)
        ) STRICT, WITHOUT ROWID;
        """
}
