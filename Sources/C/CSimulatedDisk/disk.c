#include "disk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static char *copy_text(const char *text) {
    if (!text) return NULL;
    size_t count = strlen(text) + 1;
    return memcpy(allocate(count), text, count);
}

/* Names */

node *directory_find(const directory *directory, const char *name) {
    for (size_t i = 0; i < directory->count; i++) {
        if (strcmp(directory->entries[i].name, name) == 0) return directory->entries[i].node;
    }
    return NULL;
}

void directory_set(directory *directory, const char *name, node *node) {
    if (node) node->holders++;
    for (size_t i = 0; i < directory->count; i++) {
        entry *found = &directory->entries[i];
        if (strcmp(found->name, name) != 0) continue;
        node_release(found->node);
        found->node = node;
        if (!node) {
            free(found->name);
            memmove(found, found + 1, (directory->count - i - 1) * sizeof *found);
            directory->count--;
        }
        return;
    }
    if (!node) return;
    if (directory->count == directory->capacity) {
        directory->capacity = directory->capacity ? directory->capacity * 2 : 4;
        directory->entries =
            reallocate(directory->entries, directory->capacity * sizeof(entry));
    }
    directory->entries[directory->count++] = (entry){copy_text(name), node};
}

node *disk_find(simulated_disk *disk, const char *name) {
    return directory_find(&disk->current, name);
}

void disk_start_using(simulated_disk *disk, node *node) {
    node->holders++;
    if (!node->users++ && disk) disk->used += node->current.size;
}

void disk_stop_using(simulated_disk *disk, node *node) {
    if (!--node->users && disk) disk->used -= node->current.size;
    node_release(node);
}

static void set_current(simulated_disk *disk, const char *name, node *node) {
    struct node *old = disk_find(disk, name);
    if (node) disk_start_using(disk, node);
    directory_set(&disk->current, name, node);
    if (old) disk_stop_using(disk, old);
}

void disk_bind(simulated_disk *disk, const char *name, node *node, const char *removed) {
    set_current(disk, name, node);
    if (removed) set_current(disk, removed, NULL);
    if (disk->change_count == disk->change_capacity) {
        disk->change_capacity = disk->change_capacity ? disk->change_capacity * 2 : 8;
        disk->changes = reallocate(disk->changes, disk->change_capacity * sizeof(name_change));
    }
    if (node) node->holders++;
    disk->changes[disk->change_count++] = (name_change){copy_text(name), node, copy_text(removed)};
}

static void make_durable(simulated_disk *disk, const name_change *change) {
    directory_set(&disk->durable, change->name, change->node);
    if (change->removed) directory_set(&disk->durable, change->removed, NULL);
}

static void clear_changes(simulated_disk *disk) {
    for (size_t i = 0; i < disk->change_count; i++) {
        free(disk->changes[i].name);
        free(disk->changes[i].removed);
        node_release(disk->changes[i].node);
    }
    disk->change_count = 0;
}

void disk_sync_names(simulated_disk *disk) {
    for (size_t i = 0; i < disk->change_count; i++) make_durable(disk, &disk->changes[i]);
    clear_changes(disk);
}

/* Room */

/* How far a file may grow now, up to `size`. */
static int64_t room(simulated_disk *disk, node *node, int64_t size) {
    int64_t growth = size - node->current.size;
    if (!disk || disk->capacity < 0 || growth <= 0) return size;
    int64_t free_bytes = disk->capacity > disk->used ? disk->capacity - disk->used : 0;
    return growth <= free_bytes ? size : node->current.size + free_bytes;
}

bool disk_write(
    simulated_disk *disk, node *node, int64_t offset, const void *bytes, size_t count
) {
    int64_t end = room(disk, node, offset + (int64_t)count), before = node->current.size;
    bool fits = end == offset + (int64_t)count;
    size_t written = fits ? count : end > offset ? (size_t)(end - offset) : 0;
    node_write(node, offset, bytes, written);
    if (disk && node->users) disk->used += node->current.size - before;
    return fits;
}

bool disk_resize(simulated_disk *disk, node *node, int64_t size) {
    int64_t before = node->current.size;
    if (room(disk, node, size) != size) return false;
    node_resize(node, size);
    if (disk && node->users) disk->used += size - before;
    return true;
}

/* Faults */

enum simulated_fault disk_begin(simulated_disk *disk, enum simulated_call call) {
    if (!disk) return SIMULATED_NO_FAULT;
    disk->calls[call]++;
    if (disk->armed == SIMULATED_NO_FAULT || !(disk->armed_calls & 1u << call)) {
        return SIMULATED_NO_FAULT;
    }
    if (disk->armed_after > 1) {
        disk->armed_after--;
        return SIMULATED_NO_FAULT;
    }
    enum simulated_fault fault = disk->armed;
    if (!disk->armed_repeats) disk->armed = SIMULATED_NO_FAULT;
    disk->faults++;
    if (fault == SIMULATED_STOP) disk->is_stopped = true;
    return fault;
}

int disk_code(enum simulated_fault fault, enum simulated_call call) {
    switch (fault) {
    case SIMULATED_NO_FAULT: return SQLITE_OK;
    case SIMULATED_SHORT_READ:
    case SIMULATED_FLIPPED_READ:
        if (call != SIMULATED_READ) break;
        return SQLITE_OK;
    case SIMULATED_LYING_SYNC:
        if (call != SIMULATED_SYNC) break;
        return SQLITE_OK;
    case SIMULATED_FULL:
        if (call == SIMULATED_WRITE) return SQLITE_FULL;
        if (call == SIMULATED_SHARED_MAP) return SQLITE_IOERR_SHMSIZE;
        break;
    case SIMULATED_DENIED:
        if (call == SIMULATED_LOCK) return SQLITE_PERM;
        break;
    case SIMULATED_ERROR:
    case SIMULATED_LOST_SYNC:
    case SIMULATED_STOP: break;
    }
    switch (call) {
    case SIMULATED_OPEN: return SQLITE_CANTOPEN;
    case SIMULATED_DELETE: return SQLITE_IOERR_DELETE;
    case SIMULATED_ACCESS: return SQLITE_IOERR_ACCESS;
    case SIMULATED_READ: return SQLITE_IOERR_READ;
    case SIMULATED_WRITE: return SQLITE_IOERR_WRITE;
    case SIMULATED_TRUNCATE: return SQLITE_IOERR_TRUNCATE;
    case SIMULATED_SYNC: return SQLITE_IOERR_FSYNC;
    case SIMULATED_SIZE: return SQLITE_IOERR_FSTAT;
    case SIMULATED_LOCK: return SQLITE_IOERR_LOCK;
    case SIMULATED_SHARED_MAP: return SQLITE_IOERR_SHMMAP;
    case SIMULATED_SHARED_LOCK: return SQLITE_IOERR_SHMLOCK;
    case SIMULATED_RENAME:
    case SIMULATED_CALL_KINDS: break;
    }
    return SQLITE_IOERR;
}

void simulated_disk_arm(
    simulated_disk *disk, enum simulated_fault fault, uint32_t calls, uint64_t nth, bool repeats
) {
    pthread_mutex_lock(&disk->mutex);
    disk->armed = fault;
    disk->armed_calls = calls;
    disk->armed_after = nth;
    disk->armed_repeats = repeats;
    pthread_mutex_unlock(&disk->mutex);
}

/* Restart */

static void forget_locks(node *node) {
    node->shared_locks = 0;
    node->reserved_by = node->pending_by = node->exclusive_by = NULL;
    /* It lives on as long as a dead connection has it mapped. */
    node->memory = NULL;
    node->open_count = node->most_open = 0;
}

/* The names that survived become the names there are. */
static void adopt_durable_names(simulated_disk *disk) {
    while (disk->current.count) set_current(disk, disk->current.entries[0].name, NULL);
    for (size_t i = 0; i < disk->durable.count; i++) {
        set_current(disk, disk->durable.entries[i].name, disk->durable.entries[i].node);
    }
}

void simulated_disk_restart(
    simulated_disk *disk, enum simulated_survival survival, uint64_t seed
) {
    pthread_mutex_lock(&disk->mutex);
    uint64_t generator = seed;
    if (survival != SIMULATED_KEEP_WRITTEN) {
        for (size_t i = 0; i < disk->change_count; i++) {
            if (survival == SIMULATED_SOME_UNSYNCED && next_random(&generator) % 2) {
                make_durable(disk, &disk->changes[i]);
            }
        }
        clear_changes(disk);
    }
    /* Files that are open and have no name any more go with the connections that hold them. */
    if (survival != SIMULATED_KEEP_WRITTEN) adopt_durable_names(disk);
    for (size_t i = 0; i < disk->current.count; i++) {
        node *node = disk->current.entries[i].node;
        int64_t before = node->current.size;
        if (survival == SIMULATED_SOME_UNSYNCED) {
            node_keep_some_unsynced(node, &generator, disk->is_overwrite_safe);
        } else if (survival == SIMULATED_ONLY_SYNCED) {
            node_lose_unsynced(node);
        }
        disk->used += node->current.size - before;
        forget_locks(node);
    }
    disk->life++;
    disk->is_stopped = false;
    disk->armed = SIMULATED_NO_FAULT;
    pthread_mutex_unlock(&disk->mutex);
}

/* Making and freeing */

static pthread_mutex_t registered = PTHREAD_MUTEX_INITIALIZER;
static simulated_disk *first_disk;
static uint64_t last_number;

simulated_disk *simulated_disk_create(void) {
    register_vfs();
    simulated_disk *disk = allocate(sizeof *disk);
    pthread_mutex_init(&disk->mutex, NULL);
    disk->holders = 1;
    disk->capacity = -1;
    pthread_mutex_lock(&registered);
    disk->number = ++last_number;
    disk->next = first_disk;
    first_disk = disk;
    pthread_mutex_unlock(&registered);
    return disk;
}

static node *copy_once(node *original) {
    if (!original) return NULL;
    if (!original->copy) original->copy = node_copy(original);
    return original->copy;
}

static void copy_names(simulated_disk *copy, directory *into, const directory *from, bool uses) {
    for (size_t i = 0; i < from->count; i++) {
        node *node = copy_once(from->entries[i].node);
        if (uses) {
            set_current(copy, from->entries[i].name, node);
        } else {
            directory_set(into, from->entries[i].name, node);
        }
    }
}

/* The copy's own hold ends once every name has one. */
static void let_go_of_copy(node *original) {
    if (!original || !original->copy) return;
    node_release(original->copy);
    original->copy = NULL;
}

simulated_disk *simulated_disk_clone(simulated_disk *disk) {
    simulated_disk *copy = simulated_disk_create();
    pthread_mutex_lock(&disk->mutex);
    copy->is_overwrite_safe = disk->is_overwrite_safe;
    copy->capacity = disk->capacity;
    copy_names(copy, &copy->current, &disk->current, true);
    copy_names(copy, &copy->durable, &disk->durable, false);
    copy->changes = allocate(disk->change_count * sizeof(name_change));
    copy->change_capacity = copy->change_count = disk->change_count;
    for (size_t i = 0; i < disk->change_count; i++) {
        const name_change *change = &disk->changes[i];
        node *node = copy_once(change->node);
        if (node) node->holders++;
        copy->changes[i] =
            (name_change){copy_text(change->name), node, copy_text(change->removed)};
    }
    for (size_t i = 0; i < disk->current.count; i++) let_go_of_copy(disk->current.entries[i].node);
    for (size_t i = 0; i < disk->durable.count; i++) let_go_of_copy(disk->durable.entries[i].node);
    for (size_t i = 0; i < disk->change_count; i++) let_go_of_copy(disk->changes[i].node);
    pthread_mutex_unlock(&disk->mutex);
    return copy;
}

void disk_release(simulated_disk *disk) {
    if (!disk) return;
    pthread_mutex_lock(&registered);
    bool is_last = --disk->holders == 0;
    pthread_mutex_unlock(&registered);
    if (!is_last) return;
    while (disk->current.count) set_current(disk, disk->current.entries[0].name, NULL);
    while (disk->durable.count) directory_set(&disk->durable, disk->durable.entries[0].name, NULL);
    clear_changes(disk);
    free(disk->current.entries);
    free(disk->durable.entries);
    free(disk->changes);
    pthread_mutex_destroy(&disk->mutex);
    free(disk);
}

void simulated_disk_free(simulated_disk *disk) {
    if (!disk) return;
    pthread_mutex_lock(&registered);
    for (simulated_disk **place = &first_disk; *place; place = &(*place)->next) {
        if (*place != disk) continue;
        *place = disk->next;
        break;
    }
    pthread_mutex_unlock(&registered);
    disk_release(disk);
}

simulated_disk *disk_of_path(const char *path, const char **name, bool *is_ours) {
    size_t prefix = strlen(SIMULATED_PREFIX);
    *is_ours = path && strncmp(path, SIMULATED_PREFIX, prefix) == 0;
    if (!*is_ours) return NULL;
    char *end;
    uint64_t number = strtoull(path + prefix, &end, 10);
    if (end == path + prefix || *end != '/') return NULL;
    *name = end + 1;
    pthread_mutex_lock(&registered);
    simulated_disk *disk = first_disk;
    while (disk && disk->number != number) disk = disk->next;
    if (disk) disk->holders++;
    pthread_mutex_unlock(&registered);
    return disk;
}
