#include <sqlite3.h>

// sqlite3_db_config takes a variable list of arguments, which Swift cannot call.

/// Whether closing the last connection leaves the write-ahead log as it is: 1 it does, 0 it moves
/// the log into the database file.
static inline int csqlite_leave_log_on_close(sqlite3 *db, int leaves) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leaves, (int *)0);
}

/// Reads bytes of the database file, or of its write-ahead log, as they stand on the disk: through
/// SQLite's own handle, because closing another one would end SQLite's locks on the file.
static inline int csqlite_read_file(
    sqlite3 *db, int of_log, void *bytes, int count, sqlite3_int64 offset) {
    sqlite3_file *file = 0;
    int op = of_log ? SQLITE_FCNTL_JOURNAL_POINTER : SQLITE_FCNTL_FILE_POINTER;
    int result = sqlite3_file_control(db, "main", op, &file);
    if (result != SQLITE_OK) return result;
    if (!file || !file->pMethods) return SQLITE_IOERR_SHORT_READ;
    return file->pMethods->xRead(file, bytes, count, offset);
}
