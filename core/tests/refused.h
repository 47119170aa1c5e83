/* SPDX-License-Identifier: MIT */
/*
 * Requests for memory that fail on command, and are counted. The linker puts these functions in the
 * place of those that the library asks (CMakeLists.txt).
 */
#ifndef RELAY_TEST_REFUSED_H
#define RELAY_TEST_REFUSED_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

static unsigned fail_at; /* the request that fails, counted from 1; 0: none */
static unsigned requests;
static long blocks; /* of memory that were not given back; threads ask, too */

static bool fails(int number)
{
    if (!fail_at || ++requests != fail_at)
        return false;
    errno = number;
    return true;
}

static void *counted(void *block)
{
    if (block)
        __atomic_fetch_add(&blocks, 1, __ATOMIC_RELAXED);
    return block;
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
    if (block)
        __atomic_fetch_sub(&blocks, 1, __ATOMIC_RELAXED);
    __real_free(block);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails(ENOMEM) ? NULL : counted(__real_malloc(size));
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return fails(ENOMEM) ? NULL : counted(__real_calloc(count, size));
}

int __real_posix_memalign(void **to, size_t alignment, size_t size);
int __wrap_posix_memalign(void **to, size_t alignment, size_t size);
int __wrap_posix_memalign(void **to, size_t alignment, size_t size)
{
    int error = fails(ENOMEM) ? ENOMEM : __real_posix_memalign(to, alignment, size);

    if (!error)
        counted(*to);
    return error;
}

void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    return fails(ENOMEM) ? MAP_FAILED : __real_mmap(at, size, prot, flags, fd, offset);
}

#endif
