/* The parts of the public face that need no SQLite connection: questions, plain files, damage. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

uint64_t simulated_disk_number(const simulated_disk *disk) { return disk->number; }

void simulated_disk_set_power_safe_overwrite(simulated_disk *disk, bool is_safe) {
    pthread_mutex_lock(&disk->mutex);
    disk->is_overwrite_safe = is_safe;
    pthread_mutex_unlock(&disk->mutex);
}

uint64_t simulated_disk_faults(simulated_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    uint64_t faults = disk->faults;
    pthread_mutex_unlock(&disk->mutex);
    return faults;
}

uint64_t simulated_disk_calls(simulated_disk *disk, enum simulated_call call) {
    pthread_mutex_lock(&disk->mutex);
    uint64_t calls = disk->calls[call];
    pthread_mutex_unlock(&disk->mutex);
    return calls;
}

bool simulated_disk_is_stopped(simulated_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    bool is_stopped = disk->is_stopped;
    pthread_mutex_unlock(&disk->mutex);
    return is_stopped;
}

void simulated_disk_set_capacity(simulated_disk *disk, int64_t bytes) {
    pthread_mutex_lock(&disk->mutex);
    disk->capacity = bytes;
    pthread_mutex_unlock(&disk->mutex);
}

int64_t simulated_disk_used(simulated_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    int64_t used = disk->used;
    pthread_mutex_unlock(&disk->mutex);
    return used;
}

int64_t simulated_disk_unsynced(simulated_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->mutex);
    node *node = disk_find(disk, name);
    int64_t bytes = node ? (int64_t)node->unsynced_bytes_count : 0;
    pthread_mutex_unlock(&disk->mutex);
    return bytes;
}

uint32_t simulated_disk_open_count(simulated_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->mutex);
    node *node = disk_find(disk, name);
    uint32_t count = node ? node->open_count : 0;
    pthread_mutex_unlock(&disk->mutex);
    return count;
}

uint32_t simulated_disk_most_open(simulated_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->mutex);
    node *node = disk_find(disk, name);
    uint32_t count = node ? node->most_open : 0;
    pthread_mutex_unlock(&disk->mutex);
    return count;
}

/* Plain files */

/* Counts a call of a plain file: SQLITE_OK when it is to be carried out. */
static int begin(simulated_disk *disk, enum simulated_call call) {
    if (disk->is_stopped) return SQLITE_IOERR;
    return disk_code(disk_begin(disk, call), call);
}

int64_t simulated_disk_size(simulated_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->mutex);
    node *node = disk_find(disk, name);
    int64_t size = node ? node->current.size : -1;
    pthread_mutex_unlock(&disk->mutex);
    return size;
}

int simulated_disk_read(
    simulated_disk *disk, const char *name, int64_t offset, void *bytes, size_t count, size_t *read
) {
    pthread_mutex_lock(&disk->mutex);
    *read = 0;
    int code = begin(disk, SIMULATED_READ);
    node *node = disk_find(disk, name);
    if (code == SQLITE_OK && !node) code = SQLITE_CANTOPEN;
    if (code == SQLITE_OK) *read = image_read(&node->current, offset, bytes, count);
    pthread_mutex_unlock(&disk->mutex);
    return code;
}

static int sync_content(simulated_disk *disk, node *node) {
    if (disk->is_stopped) return SQLITE_IOERR;
    enum simulated_fault fault = disk_begin(disk, SIMULATED_SYNC);
    if (fault == SIMULATED_LOST_SYNC) node_forget_unsynced(node);
    if (fault == SIMULATED_NO_FAULT) node_sync(node);
    return disk_code(fault, SIMULATED_SYNC);
}

static int sync_names(simulated_disk *disk) {
    int code = begin(disk, SIMULATED_SYNC);
    if (code == SQLITE_OK) disk_sync_names(disk);
    return code;
}

static int rename_file(
    simulated_disk *disk, const char *from, const char *to, bool is_synced
) {
    if (disk->is_stopped) return SQLITE_IOERR;
    enum simulated_fault fault = disk_begin(disk, SIMULATED_RENAME);
    int code = disk_code(fault, SIMULATED_RENAME);
    node *node = disk_find(disk, from);
    if (!node && code == SQLITE_OK) return SQLITE_CANTOPEN;
    if (node && (code == SQLITE_OK || fault == SIMULATED_STOP)) disk_bind(disk, to, node, from);
    return code == SQLITE_OK && is_synced ? sync_names(disk) : code;
}

/* Makes a file anew and fills it. */
static int fill(
    simulated_disk *disk, const char *name, const void *bytes, size_t count, bool is_synced
) {
    int code = begin(disk, SIMULATED_OPEN);
    if (code != SQLITE_OK) return code;
    node *fresh = node_create();
    disk_bind(disk, name, fresh, NULL);
    enum simulated_fault fault = disk_begin(disk, SIMULATED_WRITE);
    code = disk_code(fault, SIMULATED_WRITE);
    if (code == SQLITE_OK || fault == SIMULATED_STOP) {
        if (!disk_write(disk, fresh, 0, bytes, count) && code == SQLITE_OK) code = SQLITE_FULL;
    }
    if (code == SQLITE_OK && is_synced) code = sync_content(disk, fresh);
    node_release(fresh);
    return code;
}

int simulated_disk_replace(
    simulated_disk *disk, const char *name, const void *bytes, size_t count, bool is_synced
) {
    size_t length = strlen(name);
    char *partial = allocate(length + sizeof ".partial");
    memcpy(partial, name, length);
    memcpy(partial + length, ".partial", sizeof ".partial");
    pthread_mutex_lock(&disk->mutex);
    int code = fill(disk, partial, bytes, count, is_synced);
    if (code == SQLITE_OK) code = rename_file(disk, partial, name, is_synced);
    pthread_mutex_unlock(&disk->mutex);
    free(partial);
    return code;
}

int simulated_disk_rename(
    simulated_disk *disk, const char *from, const char *to, bool is_synced
) {
    pthread_mutex_lock(&disk->mutex);
    int code = rename_file(disk, from, to, is_synced);
    pthread_mutex_unlock(&disk->mutex);
    return code;
}

int simulated_disk_delete(simulated_disk *disk, const char *name, bool is_synced) {
    pthread_mutex_lock(&disk->mutex);
    int code = SQLITE_IOERR;
    if (!disk->is_stopped) {
        enum simulated_fault fault = disk_begin(disk, SIMULATED_DELETE);
        code = disk_code(fault, SIMULATED_DELETE);
        bool exists = disk_find(disk, name);
        if (!exists && code == SQLITE_OK) code = SQLITE_IOERR_DELETE_NOENT;
        if (exists && (code == SQLITE_OK || fault == SIMULATED_STOP)) {
            disk_bind(disk, name, NULL, NULL);
        }
        if (code == SQLITE_OK && is_synced) code = sync_names(disk);
    }
    pthread_mutex_unlock(&disk->mutex);
    return code;
}

/* Damage and copies at rest */

const char *simulated_disk_name(simulated_disk *disk, size_t index) {
    pthread_mutex_lock(&disk->mutex);
    const char *name = index < disk->current.count ? disk->current.entries[index].name : NULL;
    pthread_mutex_unlock(&disk->mutex);
    return name;
}

static bool has(const node *node, int64_t offset, size_t count) {
    return node && offset >= 0 && offset + (int64_t)count <= node->current.size;
}

bool simulated_disk_peek(
    simulated_disk *disk, const char *name, int64_t offset, void *bytes, size_t count
) {
    pthread_mutex_lock(&disk->mutex);
    node *node = disk_find(disk, name);
    bool is_there = has(node, offset, count);
    if (is_there) image_read(&node->current, offset, bytes, count);
    pthread_mutex_unlock(&disk->mutex);
    return is_there;
}

bool simulated_disk_overwrite(
    simulated_disk *disk, const char *name, int64_t offset, const void *bytes, size_t count
) {
    pthread_mutex_lock(&disk->mutex);
    node *node = disk_find(disk, name);
    bool fits = has(node, offset, count);
    if (fits) {
        image_write(&node->current, offset, bytes, count);
        if (offset + (int64_t)count <= node->durable.size) {
            image_write(&node->durable, offset, bytes, count);
        }
    }
    pthread_mutex_unlock(&disk->mutex);
    return fits;
}

bool simulated_disk_resize(simulated_disk *disk, const char *name, int64_t size) {
    pthread_mutex_lock(&disk->mutex);
    node *node = disk_find(disk, name);
    if (node) {
        disk->used += size - node->current.size;
        image_resize(&node->current, size);
        image_resize(&node->durable, size);
    }
    pthread_mutex_unlock(&disk->mutex);
    return node != NULL;
}

bool simulated_disk_copy(
    simulated_disk *from, const char *name, simulated_disk *to, const char *new_name
) {
    /* Never both mutexes at once: two copies in opposite directions would wait for each other. */
    pthread_mutex_lock(&from->mutex);
    node *original = disk_find(from, name);
    node *copy = original ? node_create() : NULL;
    if (copy) {
        image_assign(&copy->current, &original->current);
        image_assign(&copy->durable, &original->current);
    }
    pthread_mutex_unlock(&from->mutex);
    if (!copy) return false;
    pthread_mutex_lock(&to->mutex);
    disk_bind(to, new_name, copy, NULL);
    disk_sync_names(to);
    node_release(copy);
    pthread_mutex_unlock(&to->mutex);
    return true;
}

bool simulated_disk_remove(simulated_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->mutex);
    bool exists = disk_find(disk, name);
    if (exists) {
        disk_bind(disk, name, NULL, NULL);
        disk_sync_names(disk);
    }
    pthread_mutex_unlock(&disk->mutex);
    return exists;
}
