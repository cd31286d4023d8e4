/* The VFS: what SQLite calls. */

#include <stdlib.h>
#include <string.h>

#include "file.h"

static sqlite3_vfs *other;
static _Atomic uint64_t random_state = 1;
/* 2025-11-13, until told otherwise. */
static _Atomic int64_t clock_milliseconds = 1763000000000;

void simulated_disk_seed(uint64_t seed) {
    atomic_store(&random_state, seed);
    /* SQLite asks the VFS only once and goes on by itself. 0 would mean: ask again. */
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)(seed >> 33 ^ seed) | 1, NULL);
}

void simulated_disk_set_clock(int64_t milliseconds_since_1970) {
    atomic_store(&clock_milliseconds, milliseconds_since_1970);
}

bool file_enter(simulated_file *file) {
    simulated_disk *disk = file->disk;
    if (!disk) return true;
    pthread_mutex_lock(&disk->mutex);
    if (file->life == disk->life && !disk->is_stopped) return true;
    pthread_mutex_unlock(&disk->mutex);
    return false;
}

void file_leave(simulated_file *file) {
    if (file->disk) pthread_mutex_unlock(&file->disk->mutex);
}

/* Files */

static int file_close(sqlite3_file *base) {
    simulated_file *file = (simulated_file *)base;
    simulated_disk *disk = file->disk;
    if (disk) pthread_mutex_lock(&disk->mutex);
    file_release_locks(file);
    bool is_of_this_life = disk && file->life == disk->life;
    if (is_of_this_life) file->node->open_count--;
    bool is_alive = is_of_this_life && !disk->is_stopped;
    if (is_alive && file->deleted_at_close && disk_find(disk, file->deleted_at_close)) {
        disk_bind(disk, file->deleted_at_close, NULL, NULL);
    }
    disk_stop_using(disk, file->node);
    free(file->deleted_at_close);
    file_leave(file);
    disk_release(disk);
    base->pMethods = NULL;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    simulated_file *file = (simulated_file *)base;
    if (!file_enter(file)) return SQLITE_IOERR_READ;
    enum simulated_fault fault = disk_begin(file->disk, SIMULATED_READ);
    int code = disk_code(fault, SIMULATED_READ);
    if (code == SQLITE_OK) {
        size_t asked = (size_t)count;
        size_t got = image_read(
            &file->node->current, offset, bytes, fault == SIMULATED_SHORT_READ ? asked / 2 : asked);
        if (fault == SIMULATED_FLIPPED_READ && got) {
            uint64_t bit = next_random(&file->disk->generator) % (got * 8);
            ((unsigned char *)bytes)[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
        if (got < asked) {
            memset((unsigned char *)bytes + got, 0, asked - got);
            code = SQLITE_IOERR_SHORT_READ;
        }
    }
    file_leave(file);
    return code;
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    simulated_file *file = (simulated_file *)base;
    if (!file_enter(file)) return SQLITE_IOERR_WRITE;
    enum simulated_fault fault = disk_begin(file->disk, SIMULATED_WRITE);
    int code = disk_code(fault, SIMULATED_WRITE);
    if (code == SQLITE_OK || fault == SIMULATED_STOP) {
        bool fits = disk_write(file->disk, file->node, offset, bytes, (size_t)count);
        if (!fits && code == SQLITE_OK) code = SQLITE_FULL;
    }
    file_leave(file);
    return code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    simulated_file *file = (simulated_file *)base;
    if (!file_enter(file)) return SQLITE_IOERR_TRUNCATE;
    enum simulated_fault fault = disk_begin(file->disk, SIMULATED_TRUNCATE);
    int code = disk_code(fault, SIMULATED_TRUNCATE);
    if (code == SQLITE_OK || fault == SIMULATED_STOP) {
        bool fits = disk_resize(file->disk, file->node, size);
        if (!fits && code == SQLITE_OK) code = SQLITE_FULL;
    }
    file_leave(file);
    return code;
}

static int file_sync(sqlite3_file *base, int flags) {
    simulated_file *file = (simulated_file *)base;
    (void)flags;
    if (!file_enter(file)) return SQLITE_IOERR_FSYNC;
    enum simulated_fault fault = disk_begin(file->disk, SIMULATED_SYNC);
    if (fault == SIMULATED_LOST_SYNC) node_forget_unsynced(file->node);
    if (fault == SIMULATED_NO_FAULT) {
        node_sync(file->node);
        if (file->syncs_names) disk_sync_names(file->disk);
        file->syncs_names = false;
    }
    file_leave(file);
    return disk_code(fault, SIMULATED_SYNC);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    simulated_file *file = (simulated_file *)base;
    if (!file_enter(file)) return SQLITE_IOERR_FSTAT;
    int code = disk_code(disk_begin(file->disk, SIMULATED_SIZE), SIMULATED_SIZE);
    *size = file->node->current.size;
    file_leave(file);
    return code;
}

static int file_control(sqlite3_file *base, int operation, void *argument) {
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base) {
    (void)base;
    return PAGE_BYTES;
}

static int file_characteristics(sqlite3_file *base) {
    simulated_file *file = (simulated_file *)base;
    return file->disk && file->disk->is_overwrite_safe ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shared_map,
    .xShmLock = file_shared_lock,
    .xShmBarrier = file_shared_barrier,
    .xShmUnmap = file_shared_unmap,
};

/* Paths */

static int open_on(
    simulated_disk *disk, const char *name, simulated_file *file, int flags
) {
    if (disk->is_stopped) return SQLITE_CANTOPEN;
    int code = disk_code(disk_begin(disk, SIMULATED_OPEN), SIMULATED_OPEN);
    if (code != SQLITE_OK) return code;
    node *found = disk_find(disk, name);
    if (found && flags & SQLITE_OPEN_EXCLUSIVE && flags & SQLITE_OPEN_CREATE) {
        return SQLITE_CANTOPEN;
    }
    if (!found && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    if (found) {
        disk_start_using(disk, found);
    } else {
        found = node_create();
        disk_bind(disk, name, found, NULL);
        disk_start_using(disk, found);
        node_release(found);
    }
    /* Also when the file is there already: another process may have made it and been killed before
       it synced the name (unixOpen in SQLite's os_unix.c, UNIXFILE_DIRSYNC). */
    file->syncs_names =
        flags & SQLITE_OPEN_CREATE
        && flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL);
    if (++found->open_count > found->most_open) found->most_open = found->open_count;
    file->node = found;
    file->life = disk->life;
    if (flags & SQLITE_OPEN_DELETEONCLOSE) {
        size_t count = strlen(name) + 1;
        file->deleted_at_close = memcpy(allocate(count), name, count);
    }
    return SQLITE_OK;
}

static int vfs_open(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags
) {
    (void)vfs;
    bool is_ours;
    const char *name = NULL;
    simulated_disk *disk = disk_of_path(path, &name, &is_ours);
    if (path && !is_ours) return other->xOpen(other, path, base, flags, out_flags);
    simulated_file *file = (simulated_file *)base;
    memset(file, 0, sizeof *file);
    int code = SQLITE_CANTOPEN;
    if (disk) {
        pthread_mutex_lock(&disk->mutex);
        code = open_on(disk, name, file, flags);
        pthread_mutex_unlock(&disk->mutex);
    } else if (!path) {
        /* A temporary file is on no disk: SQLite does not say whose it is. */
        file->node = node_create();
        file->node->users = 1;
        code = SQLITE_OK;
    }
    if (code != SQLITE_OK) {
        disk_release(disk);
        return code;
    }
    file->disk = disk;
    file->base.pMethods = &methods;
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int syncs_names) {
    (void)vfs;
    bool is_ours;
    const char *name = NULL;
    simulated_disk *disk = disk_of_path(path, &name, &is_ours);
    if (!is_ours) return other->xDelete(other, path, syncs_names);
    if (!disk) return SQLITE_IOERR_DELETE;
    int code = simulated_disk_delete(disk, name, syncs_names);
    disk_release(disk);
    return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    bool is_ours;
    const char *name = NULL;
    simulated_disk *disk = disk_of_path(path, &name, &is_ours);
    if (!is_ours) return other->xAccess(other, path, flags, result);
    *result = 0;
    if (!disk) return SQLITE_OK;
    pthread_mutex_lock(&disk->mutex);
    int code = disk->is_stopped ? SQLITE_IOERR_ACCESS
                                : disk_code(disk_begin(disk, SIMULATED_ACCESS), SIMULATED_ACCESS);
    node *node = disk_find(disk, name);
    /* Like SQLite's unix VFS: an empty file does not exist for SQLITE_ACCESS_EXISTS. */
    *result = node && (flags != SQLITE_ACCESS_EXISTS || node->current.size > 0);
    pthread_mutex_unlock(&disk->mutex);
    disk_release(disk);
    return code;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int count, char *full) {
    (void)vfs;
    if (strncmp(path, SIMULATED_PREFIX, strlen(SIMULATED_PREFIX)) != 0) {
        return other->xFullPathname(other, path, count, full);
    }
    size_t length = strlen(path) + 1;
    if (length > (size_t)count) return SQLITE_CANTOPEN;
    memcpy(full, path, length);
    return SQLITE_OK;
}

static int vfs_random(sqlite3_vfs *vfs, int count, char *bytes) {
    (void)vfs;
    uint64_t state = atomic_load(&random_state);
    for (int i = 0; i < count; i++) bytes[i] = (char)next_random(&state);
    atomic_store(&random_state, state);
    return count;
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *milliseconds) {
    (void)vfs;
    /* SQLite counts from noon in Greenwich on 24 November 4714 BC. */
    *milliseconds = 210866760000000 + atomic_load(&clock_milliseconds);
    return SQLITE_OK;
}

static int vfs_days(sqlite3_vfs *vfs, double *days) {
    sqlite3_int64 milliseconds;
    int code = vfs_time(vfs, &milliseconds);
    *days = (double)milliseconds / 86400000.0;
    return code;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return other->xSleep(other, microseconds);
}

static int vfs_last_error(sqlite3_vfs *vfs, int count, char *text) {
    (void)vfs;
    return other->xGetLastError(other, count, text);
}

static void *vfs_library_open(sqlite3_vfs *vfs, const char *path) {
    (void)vfs;
    return other->xDlOpen(other, path);
}

static void vfs_library_error(sqlite3_vfs *vfs, int count, char *text) {
    (void)vfs;
    other->xDlError(other, count, text);
}

static void (*vfs_library_symbol(sqlite3_vfs *vfs, void *library, const char *symbol))(void) {
    (void)vfs;
    return other->xDlSym(other, library, symbol);
}

static void vfs_library_close(sqlite3_vfs *vfs, void *library) {
    (void)vfs;
    other->xDlClose(other, library);
}

static sqlite3_vfs routing = {
    .iVersion = 2,
    .zName = "simulated",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xDlOpen = vfs_library_open,
    .xDlError = vfs_library_error,
    .xDlSym = vfs_library_symbol,
    .xDlClose = vfs_library_close,
    .xRandomness = vfs_random,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_days,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_time,
};

static void register_once(void) {
    other = sqlite3_vfs_find(NULL);
    if (!other) abort();
    int ours = (int)sizeof(simulated_file);
    routing.szOsFile = other->szOsFile > ours ? other->szOsFile : ours;
    routing.mxPathname = other->mxPathname;
    if (sqlite3_vfs_register(&routing, 1) != SQLITE_OK) abort();
}

void register_vfs(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_once);
}
