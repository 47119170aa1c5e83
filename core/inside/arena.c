/* SPDX-License-Identifier: MIT */
/*
 * The arena: one stretch of memory at an address that is the same in every run, with all that steps
 * can change. Blocks are handed out in order; what is freed is used again by size. The core's
 * region.c is replaced here: a ring is exactly S * n bytes, with a gap behind it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guard.h"
#include "machine.h"

/* Where a thread sanitizer is, it has all other addresses. */
#define FIRST_ADDRESS ((uintptr_t)(RELAY_GUARD_THREAD ? 0x7e8000000000 : 0x5a0000000000))
#define ADDRESSES ((uint64_t)1 << 33) /* bytes for each machine */
enum { PLACES = 256 };

static unsigned char taken[PLACES];

/* The lowest place that nobody has; -1: none. */
static int take_place(void)
{
    for (int place = 0; place < PLACES; place++)
        if (!__atomic_exchange_n(&taken[place], 1, __ATOMIC_ACQ_REL))
            return place;
    return -1;
}

bool relay_arena_open(struct relay_inside *machine, uint64_t size)
{
    uint64_t all = size + (uint64_t)RELAY_INSIDE_MAX_ACTORS * STACK_SIZE;
    void *at;

    machine->place = take_place();
    if (machine->place < 0 || all > ADDRESSES)
        return false;
    at = mmap((void *)(FIRST_ADDRESS + (uint64_t)machine->place * ADDRESSES), all,
              PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == MAP_FAILED)
        return false;
    machine->state = at;
    machine->size = size;
    machine->stacks = (unsigned char *)at + size;
    machine->state->top = (sizeof(struct state) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    return true;
}

void relay_arena_close(struct relay_inside *machine)
{
    if (machine->state)
        munmap(machine->state, machine->size + (uint64_t)RELAY_INSIDE_MAX_ACTORS * STACK_SIZE);
    if (machine->place >= 0)
        __atomic_store_n(&taken[machine->place], 0, __ATOMIC_RELEASE);
}

/* In front of each block. */
struct block {
    uint64_t size_class, pad;
};

static unsigned class_of(size_t size)
{
    unsigned found = 5;

    while (found < SIZE_CLASSES + 4 && ((size_t)1 << found) < size)
        found++;
    return found - 5;
}

/* `size` exactly; never freed. */
static void *take(size_t size)
{
    struct state *state = relay_now->state;
    uint64_t whole = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    unsigned char *found = (unsigned char *)state + state->top;

    if (whole > relay_now->size - state->top)
        return NULL;
    state->top += whole;
    memset(found, 0, whole); /* a later moment may have been here */
    return found;
}

void *relay_inside_alloc(size_t size)
{
    struct state *state = relay_now->state;
    unsigned size_class = class_of(size + sizeof(struct block));
    struct block *block;

    if (size_class >= SIZE_CLASSES)
        return NULL;
    block = state->freed[size_class];
    if (block) {
        state->freed[size_class] = *(void **)(block + 1);
        memset(block + 1, 0, size);
    } else {
        block = take((size_t)32 << size_class);
    }
    if (!block)
        return NULL;
    block->size_class = size_class;
    return block + 1;
}

void relay_inside_free(void *memory)
{
    struct block *block = memory;

    if (!memory)
        return;
    block--;
    memset(memory, 0,
           ((size_t)32 << block->size_class) - sizeof(*block)); /* equal states are equal */
    *(void **)memory = relay_now->state->freed[block->size_class];
    relay_now->state->freed[block->size_class] = block;
}

/* ---- in the place of region.c ---- */

bool relay_region_open(struct relay_region *region, size_t alloc_size, size_t control_size,
                       unsigned stretches, uint64_t limit)
{
    (void)stretches;
    *region = (struct relay_region){
        .data_size = alloc_size, .control_size = control_size, .limit = limit, .fd = -1};
    return true;
}

void relay_region_close(struct relay_region *region)
{
    (void)region;
}

bool relay_region_is_ours(const struct relay_region *region)
{
    (void)region;
    return true;
}

bool relay_region_has_room(const struct relay_region *region, unsigned count)
{
    (void)region, (void)count;
    return true;
}

bool relay_region_take(struct relay_region *region, unsigned index, struct relay_stretch *ret)
{
    struct state *state = relay_now->state;
    uint64_t size = relay_now->config.subbuf_size * relay_now->config.n_subbufs;
    uint64_t gap = relay_now->config.subbuf_size + RELAY_LINE;
    struct ring *ring = &state->rings[state->n_rings];

    ret->index = index;
    ret->data = take(size + gap);
    ret->control = take(region->control_size + RELAY_LINE);
    ring->ages = take(size * sizeof(uint32_t));
    if (!ret->data || !ret->control || !ring->ages || state->n_rings == RELAY_INSIDE_MAX_CPUS)
        return false;
    ret->control =
        (void *)(((uintptr_t)ret->control + RELAY_LINE - 1) & ~(uintptr_t)(RELAY_LINE - 1));
    memset(ret->data + size, GAP_BYTE, gap);
    ring->start = ret->data;
    ring->size = size;
    ring->gap = gap;
    state->n_rings++;
    return true;
}

void relay_region_drop(struct relay_region *region, struct relay_stretch *stretch)
{
    (void)region, (void)stretch;
}

void *relay_region_map(const struct relay_region *region, const struct relay_stretch *stretch,
                       size_t offset, size_t length, int prot, int flags)
{
    (void)region, (void)stretch, (void)offset, (void)length, (void)prot, (void)flags;
    return MAP_FAILED;
}
