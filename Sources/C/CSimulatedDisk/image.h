#ifndef SIMULATED_IMAGE_H
#define SIMULATED_IMAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* The content of a file in pages that images share until one of them writes. */

#define PAGE_BYTES 4096

typedef struct page {
    /* Images on several disks, so on several threads, may hold one page. */
    _Atomic uint32_t holders;
    unsigned char bytes[PAGE_BYTES];
} page;

/* A page that is NULL reads as zeros. Bytes of the last page after `size` are zero. */
typedef struct image {
    page **pages;
    size_t count;
    size_t capacity;
    int64_t size;
} image;

void image_clear(image *image);
void image_assign(image *image, const struct image *other);
/* Lets one page of `image` be the page of `other`; `size` is left alone. */
void image_share_page(image *image, const struct image *other, size_t index);
/* How many of the bytes exist; the others are zeros. */
size_t image_read(const image *image, int64_t offset, void *bytes, size_t count);
void image_write(image *image, int64_t offset, const void *bytes, size_t count);
void image_resize(image *image, int64_t size);

/* malloc and realloc that end the process when memory is out: a test has no use for less. */
void *allocate(size_t count);
void *reallocate(void *memory, size_t count);

#endif
