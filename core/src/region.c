/* SPDX-License-Identifier: MIT */
/*
 * Memory of a channel: one memory file with a stretch for each buffer, data first, then the control
 * block, each in whole pages and so mappable by itself. Pages are taken when the buffer is made, as
 * in the kernel: memory that runs out is an error then, not a fault later.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "internal.h"

static size_t host_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t size)
{
    return (size + host_page() - 1) / host_page() * host_page();
}

#define WORTH_ASKING (16u << 20) /* bytes: smaller requests are made without a look at the system */

/* What the system says it could give without swapping; UINT64_MAX where it does not say. */
static uint64_t available_memory(void)
{
    unsigned long long kib = UINT64_MAX >> 10;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "re");

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return (uint64_t)kib << 10;
}

/*
 * Whether `count` more stretches are to be had. Asked beforehand: the system would rather kill a
 * process than refuse it pages. A tenth is left to the others.
 */
bool relay_region_has_room(const struct relay_region *region, unsigned count)
{
    uint64_t wanted = region->stretch * count;

    return wanted < WORTH_ASKING || wanted <= available_memory() / 10 * 9;
}

/* Asked beforehand: a file that grows over the limit gets the process a deadly signal. */
static bool may_have(uint64_t size)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
           size <= limit.rlim_cur;
}

bool relay_region_open(struct relay_region *region, size_t alloc_size, size_t control_size,
                       unsigned stretches, uint64_t limit)
{
    *region = (struct relay_region){.limit = limit,
                                    .data_size = whole_pages(alloc_size),
                                    .control_size = whole_pages(control_size)};
    region->stretch = (uint64_t)region->data_size + region->control_size;
    if (!may_have(region->stretch * stretches)) {
        relay_set_error(RELAY_ERR_FILE_LIMIT);
        return false;
    }
    region->owner = getpid();
    region->fd = memfd_create("relay", MFD_CLOEXEC);
    if (region->fd >= 0 && ftruncate(region->fd, (off_t)(region->stretch * stretches)) == 0)
        return true;
    if (region->fd >= 0)
        close(region->fd);
    relay_set_error(RELAY_ERR_NO_MEMORY);
    return false;
}

bool relay_region_is_ours(const struct relay_region *region)
{
    return region->owner == getpid();
}

void relay_region_close(struct relay_region *region)
{
    if (region->fd >= 0)
        close(region->fd);
}

/* Where a part of a stretch is: a file, and from which byte on. */
struct part {
    int fd;
    off_t at;
};

static bool put(void *address, size_t size, struct part part)
{
    return mmap(address, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, part.fd, part.at) !=
           MAP_FAILED;
}

/* Map both parts into one reserved range, so that what runs over either hits a guard page. */
static bool map_parts(const struct relay_region *region, struct relay_stretch *stretch,
                      struct part data, struct part control)
{
    size_t guard = host_page();
    unsigned char *reserved = mmap(NULL, region->stretch + 2 * guard, PROT_NONE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (reserved == MAP_FAILED)
        return false;
    stretch->reserved = stretch->data = reserved;
    stretch->control = reserved + region->data_size + guard;
    if (put(stretch->data, region->data_size, data) &&
        put(stretch->control, region->control_size, control))
        return true;
    munmap(reserved, region->stretch + 2 * guard);
    return false;
}

static struct part data_of(const struct relay_region *region, unsigned index)
{
    return (struct part){region->fd, (off_t)(region->stretch * index)};
}

static struct part control_of(const struct relay_region *region, unsigned index)
{
    return (struct part){region->fd, (off_t)(region->stretch * index) + (off_t)region->data_size};
}

static void give_back_pages(const struct relay_region *region, unsigned index)
{
    /* A failure leaves the pages until the file is closed; nothing else depends on it. */
    (void)fallocate(region->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    (off_t)(region->stretch * index), (off_t)region->stretch);
}

bool relay_region_take(struct relay_region *region, unsigned index, struct relay_stretch *ret)
{
    ret->index = index;
    if ((region->limit && region->in_use + region->stretch > region->limit) ||
        !relay_region_has_room(region, 1))
        return false;
    if (fallocate(region->fd, 0, (off_t)(region->stretch * index), (off_t)region->stretch) != 0 &&
        errno != EOPNOTSUPP)
        return false;
    if (!map_parts(region, ret, data_of(region, index), control_of(region, index))) {
        give_back_pages(region, index);
        return false;
    }
    region->in_use += region->stretch;
    return true;
}

void relay_region_drop(struct relay_region *region, struct relay_stretch *stretch)
{
    munmap(stretch->reserved, region->stretch + 2 * host_page());
    if (relay_region_is_ours(region) && region->fd >= 0)
        give_back_pages(region, stretch->index);
    __atomic_fetch_sub(&region->in_use, region->stretch, __ATOMIC_RELAXED);
}

void *relay_region_map(const struct relay_region *region, const struct relay_stretch *stretch,
                       size_t offset, size_t length, int prot, int flags)
{
    off_t at = (off_t)(region->stretch * stretch->index + offset);

    return mmap(NULL, length, prot, flags, region->fd, at);
}

void relay_region_of_files(struct relay_region *region, size_t alloc_size, size_t control_size)
{
    *region = (struct relay_region){
        .fd = -1, .data_size = whole_pages(alloc_size), .control_size = whole_pages(control_size)};
    region->stretch = (uint64_t)region->data_size + region->control_size;
}

bool relay_region_adopt(const struct relay_region *region, struct relay_stretch *ret, int data,
                        int control)
{
    ret->index = 0;
    return map_parts(region, ret, (struct part){data, 0}, (struct part){control, 0});
}

/* The data first: as long as the control block is the old one, nobody else looks at the new one. */
bool relay_region_replace(const struct relay_region *region, const struct relay_stretch *stretch,
                          int data, int control)
{
    if (!put(stretch->data, region->data_size, (struct part){data, 0}))
        return false;
    if (put(stretch->control, region->control_size, (struct part){control, 0})) {
        if (relay_region_is_ours(region))
            give_back_pages(region, stretch->index);
        return true;
    }
    put(stretch->data, region->data_size, data_of(region, stretch->index));
    return false;
}
