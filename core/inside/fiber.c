/* SPDX-License-Identifier: MIT */
/*
 * The switch. Callee-saved registers go to the stack, the stack pointer is exchanged, and an indirect
 * jump leads on: a `ret` would miss the processor's return predictor each time, at five times the
 * cost. Floating-point control is the same everywhere.
 */
#include "fiber.h"

#include <stdint.h>
#include <string.h>

#if RELAY_FIBER_ASM

void relay_fiber_switch(relay_fiber_place *from, relay_fiber_place to);
void relay_fiber_begin(void);

#if defined(__x86_64__)
enum { WORDS = 9, ARGUMENT = 3, RUN = 2, RETURN = 6 }; /* leaves the stack aligned for a call */
__asm__(".text\n"
        ".globl relay_fiber_switch\n"
        ".hidden relay_fiber_switch\n"
        ".type relay_fiber_switch,@function\n"
        "relay_fiber_switch:\n"
        "  endbr64\n"
        "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
        "  movq %rsp, (%rdi)\n"
        "  movq %rsi, %rsp\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
        "  popq %rcx\n"
        "  jmp *%rcx\n"
        ".size relay_fiber_switch, .-relay_fiber_switch\n"
        ".globl relay_fiber_begin\n"
        ".hidden relay_fiber_begin\n"
        ".type relay_fiber_begin,@function\n"
        "relay_fiber_begin:\n"
        "  endbr64\n"
        "  movq %r12, %rdi\n"
        "  xorl %ebp, %ebp\n"
        "  callq *%r13\n"
        "  ud2\n"
        ".size relay_fiber_begin, .-relay_fiber_begin\n");
#else
enum { WORDS = 20, ARGUMENT = 0, RUN = 1, RETURN = 11 };
__asm__(".text\n"
        ".globl relay_fiber_switch\n"
        ".hidden relay_fiber_switch\n"
        ".type relay_fiber_switch,%function\n"
        "relay_fiber_switch:\n"
        "  sub sp, sp, #160\n"
        "  stp x19, x20, [sp]\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n"
        "  stp x25, x26, [sp, #48]\n  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
        "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n"
        "  stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
        "  mov x9, sp\n  str x9, [x0]\n  mov sp, x1\n"
        "  ldp x19, x20, [sp]\n  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n"
        "  ldp x25, x26, [sp, #48]\n  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n"
        "  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n"
        "  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
        "  add sp, sp, #160\n"
        "  br x30\n"
        ".size relay_fiber_switch, .-relay_fiber_switch\n"
        ".globl relay_fiber_begin\n"
        ".hidden relay_fiber_begin\n"
        ".type relay_fiber_begin,%function\n"
        "relay_fiber_begin:\n"
        "  mov x0, x19\n"
        "  mov x29, xzr\n"
        "  blr x20\n"
        "  brk #1\n"
        ".size relay_fiber_begin, .-relay_fiber_begin\n");
#endif

relay_fiber_place relay_fiber_make(void *stack, size_t size, void (*run)(void *), void *argument)
{
    uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
    uintptr_t *place = (uintptr_t *)top - WORDS;

    memset(place, 0, WORDS * sizeof(*place));
    place[ARGUMENT] = (uintptr_t)argument;
    place[RUN] = (uintptr_t)run;
    place[RETURN] = (uintptr_t)relay_fiber_begin;
    return place;
}

void relay_fiber_go(relay_fiber_place *from, relay_fiber_place to)
{
    relay_fiber_switch(from, to);
}

#else

static _Thread_local ucontext_t outside;

static void begin(unsigned high, unsigned low, unsigned high_argument, unsigned low_argument)
{
    void (*run)(void *) = (void (*)(void *))((uintptr_t)high << 16 << 16 | low);

    run((void *)((uintptr_t)high_argument << 16 << 16 | low_argument));
}

relay_fiber_place relay_fiber_make(void *stack, size_t size, void (*run)(void *), void *argument)
{
    ucontext_t *context = stack;
    uintptr_t code = (uintptr_t)run, data = (uintptr_t)argument;

    getcontext(context);
    context->uc_stack.ss_sp = (unsigned char *)stack + sizeof(*context);
    context->uc_stack.ss_size = size - sizeof(*context);
    context->uc_link = NULL;
    makecontext(context, (void (*)(void))begin, 4, (unsigned)(code >> 16 >> 16), (unsigned)code,
                (unsigned)(data >> 16 >> 16), (unsigned)data);
    return context;
}

/* A fiber's place is its context, and stays where it is; the outside has one for each thread. */
void relay_fiber_go(relay_fiber_place *from, relay_fiber_place to)
{
    ucontext_t *here = *from ? *from : &outside;

    *from = here;
    swapcontext(here, to);
}

#endif
