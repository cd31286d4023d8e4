#include "node.h"

#include <stdlib.h>
#include <string.h>

uint64_t next_random(uint64_t *generator) {
    uint64_t mixed = (*generator += 0x9E3779B97F4A7C15u);
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

node *node_create(void) {
    node *node = allocate(sizeof *node);
    node->holders = 1;
    return node;
}

static void clear_unsynced(node *node) {
    node->unsynced_count = 0;
    node->unsynced_bytes_count = 0;
    /* A checkpoint may have needed much; a commit needs little. */
    if (node->unsynced_bytes_capacity > 1 << 20) {
        free(node->unsynced_bytes);
        node->unsynced_bytes = NULL;
        node->unsynced_bytes_capacity = 0;
    }
}

node *node_copy(const node *original) {
    node *node = node_create();
    image_assign(&node->current, &original->current);
    image_assign(&node->durable, &original->durable);
    if (original->unsynced_count) {
        node->unsynced = allocate(original->unsynced_count * sizeof *node->unsynced);
        memcpy(
            node->unsynced, original->unsynced, original->unsynced_count * sizeof *node->unsynced);
        node->unsynced_count = node->unsynced_capacity = original->unsynced_count;
    }
    if (original->unsynced_bytes_count) {
        node->unsynced_bytes = allocate(original->unsynced_bytes_count);
        memcpy(node->unsynced_bytes, original->unsynced_bytes, original->unsynced_bytes_count);
        node->unsynced_bytes_count = node->unsynced_bytes_capacity = original->unsynced_bytes_count;
    }
    return node;
}

void node_release(node *node) {
    if (!node || --node->holders) return;
    image_clear(&node->current);
    image_clear(&node->durable);
    free(node->unsynced);
    free(node->unsynced_bytes);
    free(node);
}

static unsynced_write *add_unsynced(node *node) {
    if (node->unsynced_count == node->unsynced_capacity) {
        node->unsynced_capacity = node->unsynced_capacity ? node->unsynced_capacity * 2 : 16;
        node->unsynced =
            reallocate(node->unsynced, node->unsynced_capacity * sizeof *node->unsynced);
    }
    return &node->unsynced[node->unsynced_count++];
}

void node_write(node *node, int64_t offset, const void *bytes, size_t count) {
    if (!count) return;
    image_write(&node->current, offset, bytes, count);
    size_t needed = node->unsynced_bytes_count + count;
    if (needed > node->unsynced_bytes_capacity) {
        size_t capacity = node->unsynced_bytes_capacity ? node->unsynced_bytes_capacity : 8192;
        while (capacity < needed) capacity *= 2;
        node->unsynced_bytes = reallocate(node->unsynced_bytes, capacity);
        node->unsynced_bytes_capacity = capacity;
    }
    memcpy(node->unsynced_bytes + node->unsynced_bytes_count, bytes, count);
    *add_unsynced(node) = (unsynced_write){
        .offset = offset, .bytes_at = node->unsynced_bytes_count, .count = count};
    node->unsynced_bytes_count = needed;
}

void node_resize(node *node, int64_t size) {
    if (size == node->current.size) return;
    image_resize(&node->current, size);
    *add_unsynced(node) = (unsynced_write){.offset = size, .is_resize = true};
}

void node_sync(node *node) {
    image *durable = &node->durable;
    for (size_t i = 0; i < node->unsynced_count; i++) {
        const unsynced_write *write = &node->unsynced[i];
        size_t first = (size_t)write->offset / PAGE_BYTES, end;
        if (write->is_resize) {
            end = durable->count > node->current.count ? durable->count : node->current.count;
        } else {
            end = ((size_t)write->offset + write->count - 1) / PAGE_BYTES + 1;
        }
        for (size_t page = first; page < end; page++) {
            image_share_page(durable, &node->current, page);
        }
    }
    if (node->unsynced_count) image_resize(durable, node->current.size);
    clear_unsynced(node);
}

void node_forget_unsynced(node *node) { clear_unsynced(node); }

void node_lose_unsynced(node *node) {
    clear_unsynced(node);
    image_assign(&node->current, &node->durable);
}

/* Writes each sector, or leaves it, or fills it with what a dying drive may write. */
static void tear(
    node *node, const unsynced_write *write, uint64_t *generator, bool is_overwrite_safe
) {
    const unsigned char *bytes = node->unsynced_bytes + write->bytes_at;
    int64_t end = write->offset + (int64_t)write->count;
    for (int64_t at = write->offset; at < end;) {
        int64_t sector = at - at % SECTOR_BYTES;
        int64_t next = sector + SECTOR_BYTES < end ? sector + SECTOR_BYTES : end;
        uint64_t chance = next_random(generator) % 8;
        if (chance < 4) {
            image_write(&node->durable, at, bytes + (at - write->offset), (size_t)(next - at));
        } else if (chance == 4) {
            unsigned char garbage[SECTOR_BYTES];
            for (size_t i = 0; i < sizeof garbage; i += 8) {
                uint64_t word = next_random(generator);
                memcpy(garbage + i, &word, 8);
            }
            if (is_overwrite_safe) {
                image_write(&node->durable, at, garbage, (size_t)(next - at));
            } else {
                int64_t sector_end = sector + SECTOR_BYTES;
                int64_t limit = node->durable.size > next ? node->durable.size : next;
                if (sector_end > limit) sector_end = limit;
                image_write(&node->durable, sector, garbage, (size_t)(sector_end - sector));
            }
        }
        at = next;
    }
}

void node_keep_some_unsynced(node *node, uint64_t *generator, bool is_overwrite_safe) {
    /* Some cuts keep nearly all, some nearly nothing, most a mixture. */
    uint64_t kept = next_random(generator) % 101, torn = next_random(generator) % 101;
    for (size_t i = 0; i < node->unsynced_count; i++) {
        const unsynced_write *write = &node->unsynced[i];
        if (next_random(generator) % 100 < kept) {
            if (write->is_resize) {
                image_resize(&node->durable, write->offset);
            } else {
                image_write(
                    &node->durable, write->offset, node->unsynced_bytes + write->bytes_at,
                    write->count);
            }
        } else if (!write->is_resize && next_random(generator) % 100 < torn) {
            tear(node, write, generator, is_overwrite_safe);
        }
    }
    clear_unsynced(node);
    image_assign(&node->current, &node->durable);
}
