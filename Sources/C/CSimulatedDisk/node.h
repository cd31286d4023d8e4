#ifndef SIMULATED_NODE_H
#define SIMULATED_NODE_H

#include <stdbool.h>

#include "image.h"

/* A file: what programs read, what would survive a power cut for certain, and what lies between. */

#define SECTOR_BYTES 512

typedef struct unsynced_write {
    int64_t offset;
    /* Where the written bytes stand in `unsynced_bytes`. */
    size_t bytes_at;
    size_t count;
    /* A change of size to `offset` instead of a write. */
    bool is_resize;
} unsynced_write;

struct shared_memory;

typedef struct node {
    /* Names, directory changes, open files. Under the mutex of the disk. */
    uint32_t holders;
    /* Names it has now, and open files: while there is either, it takes up space. */
    uint32_t users;
    /* How often SQLite has it open, and had at most. */
    uint32_t open_count, most_open;
    image current;
    image durable;
    unsynced_write *unsynced;
    size_t unsynced_count, unsynced_capacity;
    unsigned char *unsynced_bytes;
    size_t unsynced_bytes_count, unsynced_bytes_capacity;

    /* SQLite's locks on the database file. */
    uint32_t shared_locks;
    const void *reserved_by, *pending_by, *exclusive_by;
    struct shared_memory *memory;
    /* The copy that is being made of it. */
    struct node *copy;
} node;

node *node_create(void);
node *node_copy(const node *original);
void node_release(node *node);

void node_write(node *node, int64_t offset, const void *bytes, size_t count);
void node_resize(node *node, int64_t size);
void node_sync(node *node);
/* Takes the unsynced writes for written although they are not. */
void node_forget_unsynced(node *node);

/* A power cut: `current` and `durable` become what is left. */
void node_lose_unsynced(node *node);
void node_keep_some_unsynced(node *node, uint64_t *generator, bool is_overwrite_safe);

/* The next number of a sequence that `generator` determines (SplitMix64). */
uint64_t next_random(uint64_t *generator);

#endif
