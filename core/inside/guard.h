/* SPDX-License-Identifier: MIT */
/*
 * What sanitizers are told of the stepping build: that stacks change, and, under the library's rule,
 * that nobody has business behind a ring. Without a sanitizer all of it is nothing.
 */
#ifndef RELAY_INSIDE_GUARD_H
#define RELAY_INSIDE_GUARD_H

#include <stdbool.h>

#include "fiber.h"

struct relay_inside;

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define RELAY_GUARD_ADDRESS 1
#else
#define RELAY_GUARD_ADDRESS 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define RELAY_GUARD_THREAD 1
#else
#define RELAY_GUARD_THREAD 0
#endif

#if RELAY_GUARD_ADDRESS
/* As relay_fiber_go, from the scheduler to a fiber on the `size` bytes from `stack`. */
void relay_guard_enter(relay_fiber_place *outside, relay_fiber_place to, const void *stack,
                       size_t size);
/* The first that a fiber does; its stack begins at `stack`. */
void relay_guard_begin(unsigned char *stack);
/* As relay_fiber_go, from a fiber to the scheduler. */
void relay_guard_leave(relay_fiber_place *from, unsigned char *stack);
/* Whether who touches the gap behind a ring is stopped, where the rule gives nobody a reason to. */
void relay_guard_gaps(const struct relay_inside *machine, bool are_closed);
#else
#define relay_guard_enter(outside, to, stack, size) relay_fiber_go(outside, to)
#define relay_guard_begin(stack) ((void)0)
#define relay_guard_leave(from, stack) relay_fiber_go(from, relay_now->outside)
#define relay_guard_gaps(machine, are_closed) ((void)0)
#endif

#endif
