#ifndef SIMULATED_DISK_H
#define SIMULATED_DISK_H

#include <pthread.h>

#include "CSimulatedDisk.h"
#include "node.h"

typedef struct entry {
    char *name;
    node *node;
} entry;

/* Names in the order they came, so that nothing depends on addresses. */
typedef struct directory {
    entry *entries;
    size_t count, capacity;
} directory;

/* A change of names that no sync of the directory covers yet. */
typedef struct name_change {
    /* What `name` stands for now; NULL: nothing. */
    char *name;
    node *node;
    /* A name that went away in the same moment, or NULL. */
    char *removed;
} name_change;

struct simulated_disk {
    pthread_mutex_t mutex;
    uint64_t number;
    /* The owner and every open file; under the mutex of the register. */
    uint32_t holders;
    struct simulated_disk *next;

    directory current;
    directory durable;
    name_change *changes;
    size_t change_count, change_capacity;

    /* Counts restarts: what was opened in an earlier life is dead. */
    uint32_t life;
    bool is_stopped;
    bool is_overwrite_safe;
    int64_t capacity;
    int64_t used;

    enum simulated_fault armed;
    uint32_t armed_calls;
    uint64_t armed_after;
    bool armed_repeats;
    uint64_t faults;
    uint64_t calls[SIMULATED_CALL_KINDS];
    uint64_t generator;
};

/* The disk a path is on, held, and the name of the file there; NULL when it is on none. `is_ours`
 * says whether the path has the prefix at all. */
simulated_disk *disk_of_path(const char *path, const char **name, bool *is_ours);
void disk_release(simulated_disk *disk);

/* The functions below are called under the mutex of the disk. */

/* Counts a call and says what is to go wrong with it. SIMULATED_STOP: it has its effect, is answered
 * with an error, and nothing works afterwards. */
enum simulated_fault disk_begin(simulated_disk *disk, enum simulated_call call);
/* The code SQLite's own VFS gives for such a failure; SQLITE_OK for faults that are none here. */
int disk_code(enum simulated_fault fault, enum simulated_call call);

node *disk_find(simulated_disk *disk, const char *name);
/* Lets a name stand for a file, or for none, with a name that goes away in the same moment. */
void disk_bind(simulated_disk *disk, const char *name, node *node, const char *removed);
void disk_sync_names(simulated_disk *disk);
void disk_start_using(simulated_disk *disk, node *node);
void disk_stop_using(simulated_disk *disk, node *node);
/* Writes as far as there is room. False when the disk is full. */
bool disk_write(
    simulated_disk *disk, node *node, int64_t offset, const void *bytes, size_t count);
bool disk_resize(simulated_disk *disk, node *node, int64_t size);

void directory_set(directory *directory, const char *name, node *node);
node *directory_find(const directory *directory, const char *name);

/* In vfs.c: makes the VFS the default one, once. */
void register_vfs(void);

#endif
