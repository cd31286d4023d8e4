#ifndef SIMULATED_FILE_H
#define SIMULATED_FILE_H

#include <sqlite3.h>

#include "disk.h"

/* A file that SQLite has open. */
typedef struct simulated_file {
    sqlite3_file base;
    /* NULL for a temporary file, which is on no disk and never fails. */
    simulated_disk *disk;
    node *node;
    /* The life of the disk it was opened in. */
    uint32_t life;
    int lock;
    /* The next sync also makes its name durable, as SQLite's unix VFS does for logs and journals. */
    bool syncs_names;
    /* The name to be deleted at close, or NULL. */
    char *deleted_at_close;
    struct shared_memory *memory;
    uint32_t shared_slots, exclusive_slots;
} simulated_file;

/* Takes the mutex; false, and no mutex, when the file was opened in another life of its disk. */
bool file_enter(simulated_file *file);
void file_leave(simulated_file *file);

/* In locks.c */
int file_lock(sqlite3_file *base, int level);
int file_unlock(sqlite3_file *base, int level);
int file_check_reserved_lock(sqlite3_file *base, int *is_reserved);
int file_shared_map(
    sqlite3_file *base, int index, int bytes, int extends, void volatile **region);
int file_shared_lock(sqlite3_file *base, int first, int count, int flags);
void file_shared_barrier(sqlite3_file *base);
int file_shared_unmap(sqlite3_file *base, int deletes);
/* Gives back whatever the file still holds; under the mutex. */
void file_release_locks(simulated_file *file);

#endif
