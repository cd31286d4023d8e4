#ifndef CSIMULATEDDISK_H
#define CSIMULATEDDISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A disk in memory that SQLite writes to, and that loses, tears and refuses what a real one may.
 *
 * Creating the first disk registers an SQLite VFS as the default one. Paths that begin with
 * SIMULATED_PREFIX and a disk's number are on that disk; every other path goes to the VFS that was
 * the default before.
 *
 * Nothing here reads a clock or a random number: what a disk does depends on the calls and the seeds
 * it was given. Each disk has a mutex, so different threads may use it. */

#define SIMULATED_PREFIX "/simulated/"

typedef struct simulated_disk simulated_disk;

/* The kinds of calls that are counted and may be made to fail. A bit mask is 1 << kind. */
enum simulated_call {
    SIMULATED_OPEN,
    SIMULATED_DELETE,
    SIMULATED_ACCESS,
    SIMULATED_READ,
    SIMULATED_WRITE,
    SIMULATED_TRUNCATE,
    SIMULATED_SYNC,
    SIMULATED_SIZE,
    SIMULATED_LOCK,
    SIMULATED_SHARED_MAP,
    SIMULATED_SHARED_LOCK,
    SIMULATED_RENAME,
    SIMULATED_CALL_KINDS
};

enum simulated_fault {
    SIMULATED_NO_FAULT,
    /* The call fails with EIO. After a failed sync the writes are still unsynced. */
    SIMULATED_ERROR,
    /* The call fails with ENOSPC where a disk can be full, with EIO where it cannot. */
    SIMULATED_FULL,
    /* The call fails with EACCES. */
    SIMULATED_DENIED,
    /* A read ends in the middle of what was asked for; the rest reads as zeros. */
    SIMULATED_SHORT_READ,
    /* One bit of what a read returns is wrong; the disk itself is not. */
    SIMULATED_FLIPPED_READ,
    /* A sync fails with EIO and takes what was unsynced for written, as Linux does: the next sync
     * succeeds, the content still reads, and is gone after a power cut. */
    SIMULATED_LOST_SYNC,
    /* A sync succeeds without doing anything. No database survives this; it is for checking tests. */
    SIMULATED_LYING_SYNC,
    /* The machine stops in the middle of the call: every call fails until simulated_disk_restart. */
    SIMULATED_STOP
};

/* What unsynced writes become when the machine or the process stops. */
enum simulated_survival {
    /* kill -9: everything written survives and is as unsynced as before. */
    SIMULATED_KEEP_WRITTEN,
    /* Power cut: each unsynced write survives, or not, or in part. */
    SIMULATED_SOME_UNSYNCED,
    /* Power cut: only what was synced survives. */
    SIMULATED_ONLY_SYNCED
};

/* An empty disk with a number of its own. To be freed with simulated_disk_free. */
simulated_disk *simulated_disk_create(void);
/* A disk with the same files, unsynced writes and capacity. Pages are shared until written. */
simulated_disk *simulated_disk_clone(simulated_disk *disk);
/* Open files keep working until they are closed; new ones cannot be opened. */
void simulated_disk_free(simulated_disk *disk);
uint64_t simulated_disk_number(const simulated_disk *disk);

/* What the disk says of itself. True: a torn write leaves the bytes beside it alone, as the unix VFS
 * supposes. False (at first): a torn write may ruin the whole sectors it touches, and SQLite is told
 * so, which makes it fill its log up to the sector's end at each commit. */
void simulated_disk_set_power_safe_overwrite(simulated_disk *disk, bool is_safe);

/* Stops the machine or process and starts it anew: files that were open fail every call with
 * SQLITE_IOERR, locks and shared memory are gone, armed faults are disarmed. */
void simulated_disk_restart(simulated_disk *disk, enum simulated_survival survival, uint64_t seed);

/* Lets the `nth` call from now (1: the next) of the kinds in `calls` go wrong, and with `repeats` all
 * after it. Replaces what was armed before; SIMULATED_NO_FAULT disarms. */
void simulated_disk_arm(
    simulated_disk *disk, enum simulated_fault fault, uint32_t calls, uint64_t nth, bool repeats);
/* How often an armed fault struck since the disk was made. */
uint64_t simulated_disk_faults(simulated_disk *disk);
uint64_t simulated_disk_calls(simulated_disk *disk, enum simulated_call call);
/* Whether the disk stopped by SIMULATED_STOP and waits for simulated_disk_restart. */
bool simulated_disk_is_stopped(simulated_disk *disk);

/* The bytes all files together may have; negative: no limit. */
void simulated_disk_set_capacity(simulated_disk *disk, int64_t bytes);
int64_t simulated_disk_used(simulated_disk *disk);
/* Bytes written to a file since its last sync; 0 where there is no such file. */
int64_t simulated_disk_unsynced(simulated_disk *disk, const char *name);
/* How often SQLite has a file open, and how often at most at any moment since the last restart. */
uint32_t simulated_disk_open_count(simulated_disk *disk, const char *name);
uint32_t simulated_disk_most_open(simulated_disk *disk, const char *name);

/* Plain files. These count as calls and can be made to fail; each returns 0 or an SQLite code. */

/* Size of a file, or -1. Not counted. */
int64_t simulated_disk_size(simulated_disk *disk, const char *name);
/* Reads up to `count` bytes and says how many there were. */
int simulated_disk_read(
    simulated_disk *disk, const char *name, int64_t offset, void *bytes, size_t count, size_t *read);
/* Writes `name`.partial and renames it to `name`; with `is_synced` both the content and the name are
 * on the disk when it returns. */
int simulated_disk_replace(
    simulated_disk *disk, const char *name, const void *bytes, size_t count, bool is_synced);
int simulated_disk_rename(simulated_disk *disk, const char *from, const char *to, bool is_synced);
int simulated_disk_delete(simulated_disk *disk, const char *name, bool is_synced);

/* Damage and copies at rest: below the file system, at once and durable, never counted. */

/* The name of the index-th file, or NULL; valid until the disk is next used. */
const char *simulated_disk_name(simulated_disk *disk, size_t index);
/* Reads bytes within a file. False when there is no such file or it is shorter. */
bool simulated_disk_peek(
    simulated_disk *disk, const char *name, int64_t offset, void *bytes, size_t count);
/* Overwrites bytes within a file. False when there is no such file or it is shorter. */
bool simulated_disk_overwrite(
    simulated_disk *disk, const char *name, int64_t offset, const void *bytes, size_t count);
/* Cuts a file off or fills it up with zeros. */
bool simulated_disk_resize(simulated_disk *disk, const char *name, int64_t size);
/* Puts a copy of a file of a disk on a disk (the same or another), in the place of what was there. */
bool simulated_disk_copy(
    simulated_disk *from, const char *name, simulated_disk *to, const char *new_name);
bool simulated_disk_remove(simulated_disk *disk, const char *name);

/* The whole process: what SQLite takes its random numbers and its time of day from. */
void simulated_disk_seed(uint64_t seed);
void simulated_disk_set_clock(int64_t milliseconds_since_1970);

#endif
