/* SPDX-License-Identifier: MIT */
/* Stacks that take turns: an own switch for x86-64 and aarch64, ucontext elsewhere. */
#ifndef RELAY_INSIDE_FIBER_H
#define RELAY_INSIDE_FIBER_H

#include <stddef.h>

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(RELAY_INSIDE_UCONTEXT)
#define RELAY_FIBER_ASM 1 /* a stack can be copied to its own address and goes on */
#else
#include <ucontext.h>
#define RELAY_FIBER_ASM 0
#endif

/* Where a stack stopped. With ucontext: the context, at the stack's lower end. */
typedef void *relay_fiber_place;

/*
 * A fiber on `stack` of `size` bytes that begins with run(argument), which must never return; for
 * relay_fiber_go.
 */
relay_fiber_place relay_fiber_make(void *stack, size_t size, void (*run)(void *), void *argument);
/* Go on at `to`; where the caller was is stored in *from. */
void relay_fiber_go(relay_fiber_place *from, relay_fiber_place to);

#endif
