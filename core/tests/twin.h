/* SPDX-License-Identifier: MIT */
/*
 * Channels that get the same random calls, with whatever others can hold of a channel; one of them can
 * be brought into an earlier state while the other gets there another way. For twins.c and restored.c.
 */
#ifndef RELAY_TESTS_TWIN_H
#define RELAY_TESTS_TWIN_H

#include "kit.h"
#include "relay/relay_save.h"

enum { TWIN_CPUS = 3, TWIN_FILES = 3, TWIN_VIEWS = 2, TWIN_SLOTS = 3, TWIN_CALLS = 150 };

/* A descriptor and a mapping: what is known of them, and what they are. */
struct twin_file {
    bool open;
    unsigned cpu;
    int flags;
};
struct twin_view {
    bool mapped;
    unsigned cpu;
    bool writable;
};

/* Where a slot of relay_reserve is. */
struct twin_slot {
    unsigned cpu;
    size_t at, length;
};

/* What a test has to know of a twin besides what is in the channel. */
struct twin_held {
    struct twin_file files[TWIN_FILES];
    struct twin_view views[TWIN_VIEWS];
    struct twin_slot slots[TWIN_SLOTS];
    const char *name;
    unsigned mode; /* what subbuf_start is: a block does not say */
    bool is_closed;
};

struct twin {
    struct rchan *chan; /* held */
    struct dentry *dir;
    struct relay_file *files[TWIN_FILES];
    struct relay_mapping *views[TWIN_VIEWS];
    struct twin_held held;
    uint64_t state; /* of the random numbers that choose the calls and what callbacks decide */
    int pipe[2];
};

/* A state of a twin. */
struct twin_past {
    unsigned char *block; /* NULL: none */
    size_t size;
    struct twin_held held;
};

/* The next random number below `limit`. */
unsigned twin_below(struct twin *twin, unsigned limit);
/* A channel that the seed chooses, in a directory of that name. */
void twin_open(struct twin *twin, uint64_t seed, const char *dir);
void twin_end(struct twin *twin);
/* A random call on both; false: they are not alike any more, and that was said. */
bool twin_go_on(struct twin *one, struct twin *other, struct twin *chance);
/* Whether all that can be seen of two channels is equal, and what cannot. */
bool twin_same(struct rchan *one, struct rchan *other);
void twin_remember(struct twin *twin, struct twin_past *past);
void twin_forget(struct twin_past *past);
/* Close the channel and open it from a past state, with the same descriptors and mappings. */
void twin_anew(struct twin *twin, const struct twin_past *past);
/* The same in its own memory: relay_restore's result. If it is no 0 nothing is changed. */
int twin_restore(struct twin *twin, const struct twin_past *past);

#endif
