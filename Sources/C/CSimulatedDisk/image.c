#include "image.h"

#include <stdlib.h>
#include <string.h>

void *allocate(size_t count) {
    void *memory = calloc(1, count ? count : 1);
    if (!memory) abort();
    return memory;
}

void *reallocate(void *memory, size_t count) {
    void *larger = realloc(memory, count ? count : 1);
    if (!larger) abort();
    return larger;
}

static page *hold(page *held) {
    if (held) atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

static void let_go(page *held) {
    if (held && atomic_fetch_sub_explicit(&held->holders, 1, memory_order_acq_rel) == 1) free(held);
}

static void reserve(image *image, size_t count) {
    if (count > image->capacity) {
        size_t capacity = image->capacity ? image->capacity : 4;
        while (capacity < count) capacity *= 2;
        image->pages = reallocate(image->pages, capacity * sizeof *image->pages);
        image->capacity = capacity;
    }
    while (image->count < count) image->pages[image->count++] = NULL;
}

static void keep_pages(image *image, size_t count) {
    while (image->count > count) let_go(image->pages[--image->count]);
}

/* The page for writing: nobody else's, and there. */
static page *own_page(image *image, size_t index) {
    reserve(image, index + 1);
    page *old = image->pages[index];
    if (old && atomic_load_explicit(&old->holders, memory_order_acquire) == 1) return old;
    page *fresh = allocate(sizeof *fresh);
    atomic_init(&fresh->holders, 1);
    if (old) memcpy(fresh->bytes, old->bytes, PAGE_BYTES);
    let_go(old);
    image->pages[index] = fresh;
    return fresh;
}

void image_clear(image *image) {
    keep_pages(image, 0);
    free(image->pages);
    *image = (struct image){0};
}

void image_assign(image *image, const struct image *other) {
    reserve(image, other->count);
    keep_pages(image, other->count);
    for (size_t i = 0; i < other->count; i++) image_share_page(image, other, i);
    image->size = other->size;
}

void image_share_page(image *image, const struct image *other, size_t index) {
    page *shared = index < other->count ? other->pages[index] : NULL;
    if (shared == NULL && index >= image->count) return;
    reserve(image, index + 1);
    if (image->pages[index] == shared) return;
    let_go(image->pages[index]);
    image->pages[index] = hold(shared);
}

size_t image_read(const image *image, int64_t offset, void *bytes, size_t count) {
    size_t there = 0;
    if (offset < image->size) {
        there = (uint64_t)(image->size - offset) < count ? (size_t)(image->size - offset) : count;
    }
    unsigned char *target = bytes;
    size_t done = 0;
    while (done < there) {
        size_t at = (size_t)offset + done, index = at / PAGE_BYTES, start = at % PAGE_BYTES;
        size_t part = PAGE_BYTES - start < there - done ? PAGE_BYTES - start : there - done;
        const page *source = index < image->count ? image->pages[index] : NULL;
        if (source) {
            memcpy(target + done, source->bytes + start, part);
        } else {
            memset(target + done, 0, part);
        }
        done += part;
    }
    if (count > there) memset(target + there, 0, count - there);
    return there;
}

void image_write(image *image, int64_t offset, const void *bytes, size_t count) {
    const unsigned char *source = bytes;
    size_t done = 0;
    while (done < count) {
        size_t at = (size_t)offset + done, index = at / PAGE_BYTES, start = at % PAGE_BYTES;
        size_t part = PAGE_BYTES - start < count - done ? PAGE_BYTES - start : count - done;
        memcpy(own_page(image, index)->bytes + start, source + done, part);
        done += part;
    }
    if (count && offset + (int64_t)count > image->size) image->size = offset + (int64_t)count;
}

void image_resize(image *image, int64_t size) {
    if (size < image->size) {
        keep_pages(image, ((size_t)size + PAGE_BYTES - 1) / PAGE_BYTES);
        size_t index = (size_t)size / PAGE_BYTES, start = (size_t)size % PAGE_BYTES;
        if (start && index < image->count && image->pages[index]) {
            memset(own_page(image, index)->bytes + start, 0, PAGE_BYTES - start);
        }
    }
    image->size = size;
}
