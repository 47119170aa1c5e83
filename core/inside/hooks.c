/* SPDX-License-Identifier: MIT */
/*
 * What each step reads and writes. The core is compiled with -fsanitize=thread, but nothing of that
 * sanitizer is linked: these are its hooks. They note what lies in the arena; stacks are an actor's
 * own. Also the words that actors wait for.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <string.h>

#include "guard.h"
#include "machine.h"

void relay_inside_touch(const void *address, size_t size, bool writes)
{
    struct footprint *all = relay_touched;
    uint64_t at;

    if (!all)
        return;
    at = (uint64_t)((uintptr_t)address - (uintptr_t)relay_now->state);
    if (at >= relay_now->size)
        return;
    if (all->count == MAX_TOUCHES || size > UINT16_MAX) {
        all->overflown = true;
        return;
    }
    all->touches[all->count++] =
        (struct touch){.at = (uint32_t)at, .size = (uint16_t)size, .writes = writes};
}

#if !RELAY_GUARD_THREAD /* whose run-time has its own */

#define PLAIN(size)                                                                                \
    void __tsan_read##size(void *address);                                                         \
    void __tsan_read##size(void *address)                                                          \
    {                                                                                              \
        relay_inside_touch(address, size, false);                                                  \
    }                                                                                              \
    void __tsan_write##size(void *address);                                                        \
    void __tsan_write##size(void *address)                                                         \
    {                                                                                              \
        relay_inside_touch(address, size, true);                                                   \
    }                                                                                              \
    void __tsan_unaligned_read##size(void *address);                                               \
    void __tsan_unaligned_read##size(void *address)                                                \
    {                                                                                              \
        relay_inside_touch(address, size, false);                                                  \
    }                                                                                              \
    void __tsan_unaligned_write##size(void *address);                                              \
    void __tsan_unaligned_write##size(void *address)                                               \
    {                                                                                              \
        relay_inside_touch(address, size, true);                                                   \
    }
PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

#define ATOMIC(bits, type)                                                                         \
    type __tsan_atomic##bits##_load(const type *address, int order);                               \
    type __tsan_atomic##bits##_load(const type *address, int order)                                \
    {                                                                                              \
        (void)order;                                                                               \
        relay_inside_touch(address, sizeof(type), false);                                          \
        return *address;                                                                           \
    }                                                                                              \
    void __tsan_atomic##bits##_store(type *address, type value, int order);                        \
    void __tsan_atomic##bits##_store(type *address, type value, int order)                         \
    {                                                                                              \
        (void)order;                                                                               \
        relay_inside_touch(address, sizeof(type), true);                                           \
        *address = value;                                                                          \
    }                                                                                              \
    type __tsan_atomic##bits##_exchange(type *address, type value, int order);                     \
    type __tsan_atomic##bits##_exchange(type *address, type value, int order)                      \
    {                                                                                              \
        type before = *address;                                                                    \
                                                                                                   \
        __tsan_atomic##bits##_store(address, value, order);                                        \
        return before;                                                                             \
    }                                                                                              \
    type __tsan_atomic##bits##_fetch_add(type *address, type value, int order);                    \
    type __tsan_atomic##bits##_fetch_add(type *address, type value, int order)                     \
    {                                                                                              \
        return __tsan_atomic##bits##_exchange(address, (type)(*address + value), order);           \
    }                                                                                              \
    type __tsan_atomic##bits##_fetch_sub(type *address, type value, int order);                    \
    type __tsan_atomic##bits##_fetch_sub(type *address, type value, int order)                     \
    {                                                                                              \
        return __tsan_atomic##bits##_exchange(address, (type)(*address - value), order);           \
    }                                                                                              \
    int __tsan_atomic##bits##_compare_exchange_strong(type *address, type *expected, type value,   \
                                                      int order, int failed);                      \
    int __tsan_atomic##bits##_compare_exchange_strong(type *address, type *expected, type value,   \
                                                      int order, int failed)                       \
    {                                                                                              \
        type before = __tsan_atomic##bits##_load(address, failed);                                 \
                                                                                                   \
        if (before == *expected) {                                                                 \
            __tsan_atomic##bits##_store(address, value, order);                                    \
            return 1;                                                                              \
        }                                                                                          \
        *expected = before;                                                                        \
        return 0;                                                                                  \
    }                                                                                              \
    type __tsan_atomic##bits##_compare_exchange_val(type *address, type expected, type value,      \
                                                    int order, int failed);                        \
    type __tsan_atomic##bits##_compare_exchange_val(type *address, type expected, type value,      \
                                                    int order, int failed)                         \
    {                                                                                              \
        __tsan_atomic##bits##_compare_exchange_strong(address, &expected, value, order, failed);   \
        return expected;                                                                           \
    }
ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_init(void);
void __tsan_init(void)
{
}
void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
    (void)caller;
}
void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    (void)order;
}
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
    (void)order;
}
void __tsan_read_range(void *address, size_t size);
void __tsan_read_range(void *address, size_t size)
{
    relay_inside_touch(address, size, false);
}
void __tsan_write_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size)
{
    relay_inside_touch(address, size, true);
}

/* clang calls these in the place of the functions. */
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memcpy(void *to, const void *from, size_t size)
{
    relay_inside_touch(from, size, false);
    relay_inside_touch(to, size, true);
    return memcpy(to, from, size);
}
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size)
{
    relay_inside_touch(from, size, false);
    relay_inside_touch(to, size, true);
    return memmove(to, from, size);
}
void *__tsan_memset(void *to, int byte, size_t size);
void *__tsan_memset(void *to, int byte, size_t size)
{
    relay_inside_touch(to, size, true);
    return memset(to, byte, size);
}

#endif
