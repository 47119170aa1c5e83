/* SPDX-License-Identifier: MIT */
/* Looking at a buffer of another process through read-only files: copies, checked before use. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "relay/relay_attach.h"

/* Tries until no change falls into a look; until then a holder may be dead. */
enum { TRIES = 64, OFTEN_NS = 50000000 };

struct relay_attached {
    int data, control;
    uint64_t looked_ns; /* when it was last seen whether the maker lives */
    enum relay_alive alive;
    struct relay_ctl head;         /* as it was when it was attached: what is fixed stays so */
    struct relay_ctl *copy;        /* of the last look, `head.size` bytes */
    struct relay_channel *channel; /* what the functions for buffers need beside it */
    struct relay_buffer own;
};

static enum relay_alive alive(struct relay_attached *it)
{
    static const enum relay_alive means[] = {
        [RELAY_LIFE_OVER] = RELAY_ALIVE_NO,
        [RELAY_LIFE_GOES_ON] = RELAY_ALIVE_YES,
        [RELAY_LIFE_UNKNOWN] = RELAY_ALIVE_UNKNOWN,
    };
    uint64_t now = relay_now_ns();

    if (it->alive != RELAY_ALIVE_NO && now - it->looked_ns > OFTEN_NS) {
        it->alive = means[relay_maker_life(&it->head.maker)];
        it->looked_ns = now;
    }
    return it->alive;
}

static enum relay_error_code prepare(struct relay_attached *it)
{
    enum relay_error_code error = relay_read_head(it->data, it->control, &it->head);

    if (error != RELAY_ERR_OK)
        return error;
    it->channel = relay_foreign_channel(&it->head);
    if (!it->channel || posix_memalign((void **)&it->copy, RELAY_LINE, it->head.size) != 0) {
        it->copy = NULL;
        return RELAY_ERR_NO_MEMORY;
    }
    it->alive = RELAY_ALIVE_UNKNOWN;
    it->own.refs = 1;
    it->own.eventfd = -1;
    it->own.pub = (struct rchan_buf){.ctl = it->copy, .chan = &it->channel->pub, .own = &it->own};
    return RELAY_ERR_OK;
}

RELAY_EXPORT int relay_attach(const char *path, struct relay_attached **ret)
{
    struct relay_attached *it = calloc(1, sizeof(*it));
    enum relay_error_code error = RELAY_ERR_NO_MEMORY;

    if (it) {
        it->control = relay_open_path(path, RELAY_CONTROL_SUFFIX, O_RDONLY);
        it->data = it->control < 0 ? -1 : relay_open_path(path, "", O_RDONLY);
        error = it->data < 0 ? relay_error() : prepare(it);
    }
    if (error == RELAY_ERR_OK) {
        *ret = it;
        return 0;
    }
    relay_detach(it);
    relay_set_error(error);
    return -relay_error_errno(error);
}

RELAY_EXPORT void relay_detach(struct relay_attached *it)
{
    if (!it)
        return;
    if (it->data >= 0)
        close(it->data);
    if (it->control >= 0)
        close(it->control);
    if (it->channel)
        relay_chan_unref(&it->channel->pub);
    free(it->copy);
    free(it);
}

RELAY_EXPORT size_t relay_attached_n_subbufs(const struct relay_attached *it)
{
    return it->head.n_subbufs;
}

static bool read_switches(const struct relay_attached *it, uint32_t *ret)
{
    return pread(it->control, ret, sizeof(*ret), offsetof(struct relay_ctl, switches)) ==
           sizeof(*ret);
}

/* What cannot change has not, and what is computed with is what it was. */
static bool is_same(const struct relay_attached *it)
{
    const size_t fixed = offsetof(struct relay_ctl, alloc_size) + sizeof(it->head.alloc_size);

    return memcmp(it->copy, &it->head, fixed) == 0 &&
           memcmp(&it->copy->maker, &it->head.maker, sizeof(it->head.maker)) == 0;
}

enum outcome { WHOLE, MOVED, HALF, WRONG };

/* A copy. HALF: no change fell into it, but one was going on all the while. */
static enum outcome copy(struct relay_attached *it)
{
    uint32_t before, after;

    if (!read_switches(it, &before) ||
        pread(it->control, it->copy, it->head.size, 0) != (ssize_t)it->head.size ||
        !read_switches(it, &after) || !is_same(it))
        return WRONG;
    if (before != after || it->copy->switches != before)
        return MOVED;
    return before % 2 ? HALF : WHOLE;
}

/* Whether whoever is at the buffer will not go on. */
static bool is_left(struct relay_attached *it)
{
    uint64_t born = it->copy->holder_born;

    if (born && it->alive != RELAY_ALIVE_UNKNOWN)
        return !relay_thread_lives(it->copy->lock, born);
    return it->alive == RELAY_ALIVE_NO;
}

static void describe(struct relay_attached *it, struct relay_attached_info *ret)
{
    *ret = (struct relay_attached_info){.maker = it->head.maker,
                                        .subbuf_size = it->head.subbuf_size,
                                        .n_subbufs = it->head.n_subbufs,
                                        .alloc_size = it->head.alloc_size,
                                        .cpu = it->head.cpu,
                                        .alive = alive(it)};
}

/* What the holder of the lock was at, before that is put in order. */
static void describe_holder(struct relay_attached *it, struct relay_attached_info *ret)
{
    const struct relay_ctl *ctl = it->copy;

    ret->doing = ctl->doing;
    ret->holder = ctl->lock;
    ret->writing = ctl->writing;
    ret->is_consumer = ctl->holder_born != 0;
    ret->is_torn =
        it->alive == RELAY_ALIVE_NO &&
        (ctl->writing || (ctl->lock && !ctl->holder_born && ctl->lock != ctl->not_writing)) &&
        ctl->doing == RELAY_DOING_NOTHING && !ctl->finalized;
}

/* One try. False: it says nothing; `last`: take what there is. */
static bool try(struct relay_attached *it, struct relay_attached_info *ret, bool last)
{
    enum outcome outcome = copy(it);

    if (outcome == WRONG || (!last && outcome == MOVED))
        return false;
    describe_holder(it, ret);
    if (outcome == WHOLE && !(it->copy->lock && is_left(it)))
        return relay_buf_is_valid(&it->own.pub);
    if (outcome != WHOLE && !last && !is_left(it))
        return false;
    ret->is_moving = !is_left(it);
    relay_repair(it->copy);
    return relay_buf_is_valid(&it->own.pub);
}

RELAY_EXPORT int relay_attached_look(struct relay_attached *it, struct relay_attached_info *ret,
                                     struct relay_buf_info *buf, struct relay_subbuf_info *subbufs)
{
    describe(it, ret);
    for (unsigned turn = 1; turn <= TRIES; turn++) {
        if (try(it, ret, turn == TRIES)) {
            relay_buf_snapshot(&it->own.pub, buf, subbufs);
            return 0;
        }
    }
    describe(it, ret);
    relay_set_error(RELAY_ERR_DAMAGED);
    return -EBADMSG;
}

RELAY_EXPORT ssize_t relay_attached_read(struct relay_attached *it, void *bytes, size_t count,
                                         uint64_t at)
{
    uint64_t left = at < it->head.alloc_size ? it->head.alloc_size - at : 0;
    ssize_t done;

    if (count > left)
        count = left;
    done = pread(it->data, bytes, count, (off_t)at);
    if (done < 0)
        return -errno;
    return (size_t)done == count ? done : -EBADMSG;
}
