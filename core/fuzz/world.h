/* SPDX-License-Identifier: MIT */
/* What the calls of a sequence work on, and how they take their arguments from its bytes. */
#ifndef RELAY_FUZZ_WORLD_H
#define RELAY_FUZZ_WORLD_H

#include <stdio.h>
#include <stdlib.h>

#include "relay/relay_file.h"

enum { ROOMS = 2, FILES = 6, MAPPINGS = 4, BUFS = 4, DIRS = 2, CPUS = 4, LONGEST = 4200 };

/* A place for a channel. */
struct room {
    struct rchan *chan;
    bool closed;
    unsigned held; /* references by relay_get */
};

struct world {
    const uint8_t *at;
    const uint8_t *end;
    struct room rooms[ROOMS];
    struct relay_file *files[FILES];
    struct relay_mapping *mappings[MAPPINGS];
    struct rchan_buf *bufs[BUFS];
    struct dentry *names[BUFS]; /* a second name for bufs[i] */
    struct dentry *dirs[DIRS];
    int pipe[2];
    unsigned depth;               /* of callbacks */
    unsigned char bytes[LONGEST]; /* of events */
};

#define MUST(cond)                                                                                 \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #cond);               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The next byte as a number below `below`; 0 when there are no more. */
static inline unsigned take(struct world *world, unsigned below)
{
    return world->at < world->end ? *world->at++ % below : 0;
}

static inline struct room *take_room(struct world *world)
{
    return &world->rooms[take(world, ROOMS)];
}

/* A length that is often near the size of a sub-buffer. */
static inline size_t take_length(struct world *world, const struct rchan *chan)
{
    size_t size = chan->subbuf_size;
    size_t length;

    switch (take(world, 6)) {
    case 0:
        length = size;
        break;
    case 1:
        length = size + take(world, 3);
        break;
    case 2:
        length = size - take(world, 3) % size;
        break;
    case 3:
        length = size / 2;
        break;
    default:
        length = take(world, 256) * size / 255;
    }
    return length < LONGEST ? length : LONGEST;
}

/* The calls. channels.c: */
void do_open(struct world *world);
void do_close(struct world *world);
void do_hold(struct world *world);
void do_put(struct world *world);
void do_late(struct world *world);
void do_online(struct world *world);
void do_flush(struct world *world);
void do_reset(struct world *world);
void do_consumed(struct world *world);
void do_change_callback(struct world *world);
void do_write(struct world *world);
void do_write_nolock(struct world *world);
void do_reserve(struct world *world);
void do_write_many(struct world *world);
void do_switch(struct world *world);

/* files.c: */
void do_open_file(struct world *world);
void do_close_file(struct world *world);
void do_read(struct world *world);
void do_look(struct world *world);
void do_splice(struct world *world);
void do_map(struct world *world);
void do_unmap(struct world *world);
void do_directory(struct world *world);
void do_hold_buf(struct world *world);

#endif
