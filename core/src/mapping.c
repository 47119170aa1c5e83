/* SPDX-License-Identifier: MIT */
/* Mappings of a buffer: real ones, of the memory that the writer writes to. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

struct relay_mapping {
    struct relay_file *file;
    void *address;
    size_t size;
};

/* In the order in which Linux looks: the call itself, the descriptor's rights, relay's own rule. */
static int check(const struct relay_file *file, size_t length, int prot, int flags, size_t offset)
{
    int type = flags & (MAP_SHARED | MAP_PRIVATE);

    if (length == 0 || offset % (size_t)sysconf(_SC_PAGESIZE) != 0 ||
        (type != MAP_SHARED && type != MAP_PRIVATE))
        return -EINVAL;
    if ((prot & PROT_WRITE) && type == MAP_SHARED && (file->flags & O_ACCMODE) != O_RDWR)
        return -EACCES;
    if (!relay_file_reads(file))
        return -EACCES;
    return length == file->buf->chan->alloc_size ? 0 : -EINVAL;
}

/* Tell the client, and count: the accounting trusts the reports of a consumer that has a mapping. */
static void count_mapping(struct relay_file *file)
{
    struct rchan_buf *buf = file->buf;

    __atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);
    relay_buf_add_reader(buf);
    __atomic_fetch_add(&buf->own->mapped, 1, __ATOMIC_RELAXED);
    if (relay_buf_is_foreign(buf))
        buf->own->sharing->count_mapping(buf, 1);
    if (buf->chan->cb->buf_mapped)
        buf->chan->cb->buf_mapped(buf, file);
}

static void *map(struct rchan_buf *buf, size_t offset, size_t size, int prot, int flags)
{
    const struct relay_buffer *own = buf->own;
    int type = flags & (MAP_SHARED | MAP_PRIVATE);

    if (own->sharing)
        return own->sharing->map(buf, offset, size, prot, type);
    return relay_region_map(&buf->chan->own->region, &own->stretch, offset, size, prot, type);
}

static void unmap(struct rchan_buf *buf, void *address, size_t size)
{
    if (buf->own->sharing)
        buf->own->sharing->unmap(address, size);
    else
        munmap(address, size);
}

RELAY_EXPORT int relay_file_mmap(struct relay_file *file, size_t length, int prot, int flags,
                                 size_t offset, struct relay_mapping **ret)
{
    int error = check(file, length, prot, flags, offset);
    struct relay_mapping *mapping;

    if (error)
        return error;
    mapping = malloc(sizeof(*mapping));
    if (!mapping)
        return -ENOMEM;
    mapping->file = file;
    mapping->size = offset < length ? length - offset : 0;
    mapping->address = NULL;
    if (mapping->size)
        mapping->address = map(file->buf, offset, mapping->size, prot, flags);
    if (mapping->address == MAP_FAILED) {
        error = -errno;
        free(mapping);
        return error;
    }
    count_mapping(file);
    *ret = mapping;
    return 0;
}

RELAY_EXPORT void *relay_mapping_address(struct relay_mapping *mapping)
{
    return mapping->address;
}

RELAY_EXPORT size_t relay_mapping_size(struct relay_mapping *mapping)
{
    return mapping->size;
}

RELAY_EXPORT void relay_mapping_close(struct relay_mapping *mapping)
{
    struct relay_file *file;
    struct rchan_buf *buf;

    if (!mapping)
        return;
    file = mapping->file;
    buf = file->buf;
    if (mapping->size)
        unmap(buf, mapping->address, mapping->size);
    free(mapping);
    __atomic_fetch_sub(&buf->own->mapped, 1, __ATOMIC_RELAXED);
    if (relay_buf_is_foreign(buf))
        buf->own->sharing->count_mapping(buf, -1);
    if (buf->chan->cb->buf_unmapped)
        buf->chan->cb->buf_unmapped(buf, file);
    relay_buf_drop_reader(buf);
    relay_file_unref(file);
}
