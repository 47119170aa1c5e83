/* SPDX-License-Identifier: MIT */
/*
 * Put before every source file of the stepping build: probes stop, memory lies in the arena, and
 * what would wait in the system waits for the scheduler instead. The system's headers come first, so
 * that their declarations keep their names.
 */
#ifndef RELAY_INSIDE_REDIRECT_H
#define RELAY_INSIDE_REDIRECT_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "seam.h"

#define RELAY_PROBE(probe)                                                                         \
    do {                                                                                           \
        static struct relay_inside_site site_ __attribute__((section("relay_sites"), used)) = {    \
            .id = RELAY_PROBE_##probe, .line = __LINE__, .file = __FILE__, .function = __func__};  \
        relay_inside_probe(&site_);                                                                \
    } while (0)

#define RELAY_HOST_ROOT relay_inside_root()
#define RELAY_HOST_MUTEX relay_inside_tree_word()

#define malloc(size) relay_inside_alloc(size)
#define calloc(count, size) relay_inside_alloc((count) * (size))
#define free(block) relay_inside_free(block)
#define memcpy(to, from, length) relay_inside_copy(to, from, length)
#define pthread_mutex_init(mutex, attributes) relay_inside_mutex_init(mutex)
#define pthread_mutex_destroy(mutex) ((void)(mutex))
#define pthread_mutex_lock(mutex) relay_inside_mutex_lock(mutex)
#define pthread_mutex_trylock(mutex) relay_inside_mutex_trylock(mutex)
#define pthread_mutex_unlock(mutex) relay_inside_mutex_unlock(mutex)
#define clock_gettime(clock, time) relay_inside_clock(time)
#define syscall(number, ...) relay_inside_futex(__VA_ARGS__)
#define write(fd, bytes, length) relay_inside_move(fd, bytes, length)

#endif
