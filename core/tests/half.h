/* SPDX-License-Identifier: MIT */
/*
 * Control blocks between two states, as a death leaves them: they are put beside a channel as another
 * maker's, who is dead, and what becomes of them is held against what should.
 */
#ifndef RELAY_TEST_HALF_H
#define RELAY_TEST_HALF_H

#include <fcntl.h>

#include "ondisk.h"
#include "relay/relay_attach.h"

enum { NOBODY = 4194305 }; /* no thread has such a number */

/* A control block of a buffer of SUBBUFS. */
struct block {
    struct relay_ctl head;
    struct relay_slot slots[SUBBUFS];
};

struct field {
    size_t at, size;
};

#define IN_HEAD(member)                                                                            \
    {                                                                                              \
        offsetof(struct relay_ctl, member), sizeof(((struct relay_ctl *)0)->member)                \
    }
#define IN_SLOT(slot, member)                                                                      \
    {                                                                                              \
        offsetof(struct block, slots[slot].member), sizeof(((struct relay_slot *)0)->member)       \
    }
#define FINISH(slot)                                                                               \
    IN_SLOT(slot, used), IN_SLOT(slot, bytes), IN_SLOT(slot, events), IN_HEAD(events_begin),       \
        IN_HEAD(bytes_done)

/* `from` with its first `count` fields as in `to`. */
static inline struct block between(const struct block *from, const struct block *to,
                                   const struct field *fields, size_t count)
{
    struct block ret = *from;

    for (size_t i = 0; i < count; i++)
        memcpy((char *)&ret + fields[i].at, (const char *)to + fields[i].at, fields[i].size);
    return ret;
}

/* What tells nothing: how often something changed, and what the next change sets before it is needed. */
static inline void forgive(struct block *want, const struct block *got)
{
    static const struct field fields[] = {
        IN_HEAD(switches),  IN_HEAD(prev_padding),  IN_HEAD(file_size_before),
        IN_HEAD(wakeups),   IN_HEAD(deciding_slot), IN_HEAD(losing),
        IN_HEAD(stat_full), IN_HEAD(maker.boot),
    };

    *want = between(want, got, fields, sizeof(fields) / sizeof(fields[0]));
    for (unsigned i = 0; i < SUBBUFS; i++) {
        if (want->slots[i].lap != RELAY_NO_LAP)
            continue;
        want->slots[i] = got->slots[i]; /* nothing is in it */
        want->slots[i].lap = RELAY_NO_LAP;
        want->slots[i].padding = 0;
    }
}

static inline bool check_same(const struct block *whole, const struct block *got)
{
    struct block want = *whole;
    const unsigned char *a = (const unsigned char *)&want, *b = (const unsigned char *)got;
    size_t at = 0;

    CHECK_EQ(got->head.switches % 2, 0);
    want.head.committing = 0;
    forgive(&want, got);
    while (at < sizeof(want) && a[at] == b[at])
        at++;
    if (CHECK_EQ(at, sizeof(want)))
        return true;
    fprintf(stderr, "  slots of %zu bytes begin at %zu\n", sizeof(struct relay_slot),
            sizeof(struct relay_ctl));
    return false;
}

struct seen {
    struct relay_buf_info buf;
    struct relay_subbuf_info subbufs[SUBBUFS];
};

static inline void look(struct seen *ret, enum relay_doing doing)
{
    struct relay_attached_info info;
    struct relay_attached *attached;

    NEED(relay_attach(in_dir("copy0"), &attached) == 0);
    CHECK_EQ(relay_attached_look(attached, &info, &ret->buf, ret->subbufs), 0);
    CHECK(!info.is_moving && info.alive == RELAY_ALIVE_NO && info.holder == NOBODY);
    CHECK_EQ(info.doing, doing);
    relay_detach(attached);
}

/* Whose holder died `doing` that: it becomes `want`. */
static inline bool becomes(const struct block *state, enum relay_doing doing,
                           const struct block *want)
{
    static union {
        struct block block;
        unsigned char bytes[PAGE];
    } file_of, nothing;
    struct relay_file *file = NULL;
    struct block half = *state, got;
    struct dentry *entry;
    struct seen seen, own;
    bool same;

    half.head.doing = doing;
    half.head.switches |= doing != RELAY_DOING_NOTHING;
    half.head.lock = half.head.not_writing = NOBODY;
    half.head.limit = 0;
    half.head.maker.boot[0] ^= 1;
    file_of.block = half;
    put_file("copy0", &nothing, PAGE);
    put_file("copy0.ctl", &file_of, PAGE);
    memset(&seen, 0, sizeof(seen));
    memset(&own, 0, sizeof(own));
    look(&seen, doing);
    entry = relay_lookup(dir, "copy0");
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
    relay_file_subbufs_consumed(file, 0); /* which takes the lock */
    relay_buf_snapshot(relay_file_buf(file), &own.buf, own.subbufs);
    CHECK(memcmp(&seen, &own, sizeof(own)) == 0);
    memcpy(&got, relay_file_buf(file)->ctl, sizeof(got));
    same = check_same(want, &got) & CHECK(relay_file_is_valid(file));
    relay_file_close(file);
    relay_dentry_put(entry);
    unlink(in_dir("copy0"));
    unlink(in_dir("copy0.ctl"));
    return same;
}

/* Each state on the way: until `commits` fields are stored nothing has happened, then all has. */
static inline void die_along(const struct block *from, const struct block *to,
                             const struct field *fields, size_t count, size_t commits,
                             enum relay_doing doing)
{
    for (size_t i = 0; i <= count; i++) {
        struct block half = between(from, to, fields, i);

        if (!becomes(&half, doing, i < commits ? from : to))
            fprintf(stderr, "  with %zu fields stored\n", i);
    }
}

#define DIE_ALONG(from, to, fields, commits, doing)                                                \
    die_along(from, to, fields, sizeof(fields) / sizeof((fields)[0]), commits, doing)

#endif
