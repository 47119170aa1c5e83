/* SPDX-License-Identifier: MIT */
/* Between the core as compiled for stepping and the machine it is stepped on. */
#ifndef RELAY_INSIDE_SEAM_H
#define RELAY_INSIDE_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* A place in the source where an actor stops. */
struct relay_inside_site {
    int id; /* enum relay_probe_id, or enum relay_inside_step_id */
    int line;
    const char *file, *function;
} __attribute__((aligned(32))); /* a section of them is an array */

/* The actor that runs stops here; without one (the machine itself calls) nothing happens. */
void relay_inside_probe(struct relay_inside_site *site);

struct dentry *relay_inside_root(void);
uint32_t *relay_inside_tree_word(void); /* nobody stops while it is held */
void *relay_inside_alloc(size_t size);  /* zeroed */
void relay_inside_free(void *block);
/* memcpy; to and from a ring in pieces, with a stop between them. */
void *relay_inside_copy(void *to, const void *from, size_t length);
ssize_t relay_inside_move(int fd, const void *from, size_t length);

void relay_inside_mutex_init(void *mutex);
int relay_inside_mutex_lock(void *mutex);
int relay_inside_mutex_trylock(void *mutex);
int relay_inside_mutex_unlock(void *mutex);
/* The clock stands: there is no time but steps. */
int relay_inside_clock(struct timespec *time);
/* FUTEX_WAIT and FUTEX_WAKE. */
long relay_inside_futex(void *word, int operation, ...);

/* ---- for lock.h and lock.c ---- */

bool relay_inside_is_kernel(void);
bool relay_inside_is_before_2023(void);
bool relay_inside_has_fault(unsigned fault); /* enum relay_inside_fault */
/* The actor cannot move until *word is 0. */
void relay_inside_wait_zero(const uint32_t *word); /* … from its next stop on */
void relay_inside_wait_here(const uint32_t *word); /* … and stops here */
uint32_t *relay_inside_channels_word(void);

/* ---- hooks.c: what a step reads and writes ---- */

void relay_inside_touch(const void *address, size_t size, bool writes);

#endif
