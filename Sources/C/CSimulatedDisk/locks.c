/* SQLite's locks and the shared memory of its write-ahead log, kept in memory. */

#include <stdlib.h>
#include <string.h>

#include "file.h"

/* Locks of the database file: https://sqlite.org/lockingv3.html */

int file_lock(sqlite3_file *base, int level) {
    simulated_file *file = (simulated_file *)base;
    if (!file_enter(file)) return SQLITE_IOERR_LOCK;
    node *node = file->node;
    int code = disk_code(disk_begin(file->disk, SIMULATED_LOCK), SIMULATED_LOCK);
    bool pending_elsewhere = node->pending_by && node->pending_by != file;
    if (code != SQLITE_OK || level <= file->lock) {
        file_leave(file);
        return code;
    }
    if (file->lock == SQLITE_LOCK_NONE) {
        if (pending_elsewhere || node->exclusive_by) {
            code = SQLITE_BUSY;
        } else {
            node->shared_locks++;
            file->lock = SQLITE_LOCK_SHARED;
        }
    }
    if (code == SQLITE_OK && level >= SQLITE_LOCK_RESERVED && file->lock < SQLITE_LOCK_RESERVED) {
        if (node->reserved_by && node->reserved_by != file) {
            code = SQLITE_BUSY;
        } else if (level == SQLITE_LOCK_RESERVED) {
            node->reserved_by = file;
            file->lock = SQLITE_LOCK_RESERVED;
        }
    }
    if (code == SQLITE_OK && level >= SQLITE_LOCK_PENDING) {
        if (pending_elsewhere) {
            code = SQLITE_BUSY;
        } else {
            node->pending_by = file;
            file->lock = SQLITE_LOCK_PENDING;
            if (level == SQLITE_LOCK_EXCLUSIVE) {
                if (node->shared_locks > 1) {
                    code = SQLITE_BUSY;
                } else {
                    node->exclusive_by = file;
                    file->lock = SQLITE_LOCK_EXCLUSIVE;
                }
            }
        }
    }
    file_leave(file);
    return code;
}

static void lower(simulated_file *file, int level) {
    node *node = file->node;
    if (file->lock <= level) return;
    if (node->exclusive_by == file) node->exclusive_by = NULL;
    if (node->pending_by == file) node->pending_by = NULL;
    if (node->reserved_by == file) node->reserved_by = NULL;
    if (level == SQLITE_LOCK_NONE && node->shared_locks) node->shared_locks--;
    file->lock = level;
}

int file_unlock(sqlite3_file *base, int level) {
    simulated_file *file = (simulated_file *)base;
    if (!file_enter(file)) return SQLITE_IOERR_UNLOCK;
    lower(file, level);
    file_leave(file);
    return SQLITE_OK;
}

int file_check_reserved_lock(sqlite3_file *base, int *is_reserved) {
    simulated_file *file = (simulated_file *)base;
    *is_reserved = 0;
    if (!file_enter(file)) return SQLITE_IOERR_CHECKRESERVEDLOCK;
    *is_reserved = file->node->reserved_by != NULL || file->node->pending_by != NULL;
    file_leave(file);
    return SQLITE_OK;
}

/* Shared memory: lives as long as a connection has it mapped, and never survives a restart. */

typedef struct shared_memory {
    uint32_t holders;
    void **regions;
    int count;
    int region_bytes;
    uint32_t shared[SQLITE_SHM_NLOCK];
    const void *exclusive[SQLITE_SHM_NLOCK];
} shared_memory;

static void memory_release(shared_memory *memory, simulated_disk *disk) {
    if (!memory || --memory->holders) return;
    for (int i = 0; i < memory->count; i++) free(memory->regions[i]);
    if (disk) disk->used -= (int64_t)memory->count * memory->region_bytes;
    free(memory->regions);
    free(memory);
}

static int map(simulated_file *file, int index, int bytes, bool extends, void **region) {
    if (!file->memory) {
        if (!file->node->memory) file->node->memory = allocate(sizeof(shared_memory));
        file->memory = file->node->memory;
        file->memory->holders++;
        file->memory->region_bytes = bytes;
    }
    shared_memory *memory = file->memory;
    simulated_disk *disk = file->disk;
    while (memory->count <= index && extends) {
        if (disk && disk->capacity >= 0 && disk->used + bytes > disk->capacity) {
            return SQLITE_IOERR_SHMSIZE;
        }
        size_t count = (size_t)memory->count + 1;
        memory->regions = reallocate(memory->regions, count * sizeof(void *));
        memory->regions[memory->count++] = allocate((size_t)bytes);
        if (disk) disk->used += bytes;
    }
    *region = index < memory->count ? memory->regions[index] : NULL;
    return SQLITE_OK;
}

int file_shared_map(
    sqlite3_file *base, int index, int bytes, int extends, void volatile **region
) {
    simulated_file *file = (simulated_file *)base;
    *region = NULL;
    if (!file_enter(file)) return SQLITE_IOERR_SHMMAP;
    int code = disk_code(disk_begin(file->disk, SIMULATED_SHARED_MAP), SIMULATED_SHARED_MAP);
    void *found = NULL;
    if (code == SQLITE_OK) code = map(file, index, bytes, extends, &found);
    *region = found;
    file_leave(file);
    return code;
}

int file_shared_lock(sqlite3_file *base, int first, int count, int flags) {
    simulated_file *file = (simulated_file *)base;
    if (!file_enter(file)) return SQLITE_IOERR_SHMLOCK;
    shared_memory *memory = file->memory;
    uint32_t mask = ((1u << count) - 1) << first;
    int code = SQLITE_OK;
    if (!memory) {
        code = SQLITE_IOERR_SHMLOCK;
    } else if (flags & SQLITE_SHM_UNLOCK) {
        for (int slot = first; slot < first + count; slot++) {
            if (file->shared_slots & 1u << slot) memory->shared[slot]--;
            if (memory->exclusive[slot] == file) memory->exclusive[slot] = NULL;
        }
        file->shared_slots &= ~mask;
        file->exclusive_slots &= ~mask;
    } else {
        code = disk_code(disk_begin(file->disk, SIMULATED_SHARED_LOCK), SIMULATED_SHARED_LOCK);
        bool is_shared = flags & SQLITE_SHM_SHARED;
        for (int slot = first; slot < first + count && code == SQLITE_OK; slot++) {
            bool holds_shared = file->shared_slots & 1u << slot;
            bool others_share = memory->shared[slot] > (holds_shared ? 1 : 0);
            if (memory->exclusive[slot] && memory->exclusive[slot] != file) code = SQLITE_BUSY;
            if (!is_shared && others_share) code = SQLITE_BUSY;
        }
        for (int slot = first; slot < first + count && code == SQLITE_OK; slot++) {
            if (is_shared) {
                if (!(file->shared_slots & 1u << slot)) memory->shared[slot]++;
                file->shared_slots |= 1u << slot;
            } else {
                memory->exclusive[slot] = file;
                file->exclusive_slots |= 1u << slot;
            }
        }
    }
    file_leave(file);
    return code;
}

void file_shared_barrier(sqlite3_file *base) {
    (void)base;
    atomic_thread_fence(memory_order_seq_cst);
}

static void unmap(simulated_file *file) {
    shared_memory *memory = file->memory;
    if (!memory) return;
    for (int slot = 0; slot < SQLITE_SHM_NLOCK; slot++) {
        if (file->shared_slots & 1u << slot) memory->shared[slot]--;
        if (memory->exclusive[slot] == file) memory->exclusive[slot] = NULL;
    }
    file->shared_slots = file->exclusive_slots = 0;
    file->memory = NULL;
    if (memory->holders == 1 && file->node->memory == memory) file->node->memory = NULL;
    memory_release(memory, file->disk);
}

int file_shared_unmap(sqlite3_file *base, int deletes) {
    simulated_file *file = (simulated_file *)base;
    (void)deletes;
    if (file->disk) pthread_mutex_lock(&file->disk->mutex);
    unmap(file);
    file_leave(file);
    return SQLITE_OK;
}

void file_release_locks(simulated_file *file) {
    unmap(file);
    /* The locks of an earlier life went with it. */
    if (!file->disk || file->life == file->disk->life) lower(file, SQLITE_LOCK_NONE);
}
