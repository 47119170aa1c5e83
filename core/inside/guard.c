/* SPDX-License-Identifier: MIT */
/*
 * AddressSanitizer beside stacks that are copied. What it knows of a stack (which bytes lie between
 * variables) it keeps elsewhere, so that a moment put back would have the marks of another one. Who
 * leaves its stack therefore takes these marks along on the stack itself, and lays them out again
 * when it comes back; meanwhile all of the stack is plain memory.
 */
#include "guard.h"

#if RELAY_GUARD_ADDRESS

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdint.h>

#include "machine.h"

enum {
    SCALE = 3,
    MARKS = STACK_SIZE >> SCALE, /* a mark for each 8 bytes */
    OWN = 64
}; /* words of the frame that clears */

static _Thread_local const void *outside_bottom;
static _Thread_local size_t outside_size;

/* Where the marks of `address` are. */
static unsigned char *marks_of(const void *address)
{
    size_t scale, offset;

    __asan_get_shadow_mapping(&scale, &offset);
    return (unsigned char *)(((uintptr_t)address >> scale) + offset);
}

/* memcpy is the sanitizer's, which would look for the marks of marks. */
__attribute__((no_sanitize_address)) static void
copy(volatile unsigned char *to, const volatile unsigned char *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

/*
 * What the sanitizer's own functions left below on the stack could come to lie in the frames of those
 * called next, between their variables: cleared, so that equal states are equal.
 */
__attribute__((no_sanitize_address, noinline)) static void clear(unsigned char *stack)
{
    volatile uint64_t *to = (uint64_t *)stack, *frame = __builtin_frame_address(0);

    while (to < frame - OWN)
        *to++ = 0;
}

void relay_guard_enter(relay_fiber_place *outside, relay_fiber_place to, const void *stack,
                       size_t size)
{
    void *unused;

    __sanitizer_start_switch_fiber(&unused, stack, size);
    relay_fiber_go(outside, to);
    __sanitizer_finish_switch_fiber(unused, NULL, NULL);
}

void relay_guard_begin(unsigned char *stack)
{
    __sanitizer_finish_switch_fiber(NULL, &outside_bottom, &outside_size);
    clear(stack);
}

/* Its own frame lies between the marks and the stack's end, and has none. */
__attribute__((no_sanitize_address, noinline)) void relay_guard_leave(relay_fiber_place *from,
                                                                      unsigned char *stack)
{
    _Alignas(1 << SCALE) unsigned char marks[MARKS] = {0};
    size_t live = (size_t)(stack + STACK_SIZE - marks);
    void *unused;

    copy(marks, marks_of(marks), live >> SCALE);
    __asan_unpoison_memory_region(marks, live);
    __sanitizer_start_switch_fiber(&unused, outside_bottom, outside_size);
    relay_fiber_go(from, relay_now->outside); /* not kept on this stack: it differs */
    __sanitizer_finish_switch_fiber(unused, &outside_bottom, &outside_size);
    clear(stack);
    copy(marks_of(marks), marks, live >> SCALE);
}

/* The kernel's rule has writers past the end, and so has what was left out on purpose. */
void relay_guard_gaps(const struct relay_inside *machine, bool are_closed)
{
    if (machine->config.rule != RELAY_INSIDE_LIBRARY || machine->config.faults)
        return;
    for (uint32_t i = 0; i < machine->state->n_rings; i++) {
        const struct ring *ring = &machine->state->rings[i];

        if (are_closed)
            __asan_poison_memory_region(ring->start + ring->size, ring->gap);
        else
            __asan_unpoison_memory_region(ring->start + ring->size, ring->gap);
    }
}

#endif
