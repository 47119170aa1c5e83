/* SPDX-License-Identifier: MIT */
/*
 * Looking at a buffer of another process through read-only files: copies, checked before use. They are
 * made by the system, of mappings: no descriptor stays open, and where a file was cut that is an
 * error and no signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "relay/relay_attach.h"

/*
 * Tries at once until no change falls into a look, and until a state that cannot be is no chance. Whoever
 * is within a change may be asleep there, and its state can be put in order; but a copy that is torn
 * proves nothing, so from then on a look takes its time. One that cannot be put in order, and is the
 * same so many times, is not torn.
 */
enum { TRIES = 64, SAME = 8, PATIENCE_NS = 200000000, PAUSE_NS = 50000, OFTEN_NS = 50000000 };

struct relay_attached {
    unsigned char *data, *control; /* mapped for reading; never touched */
    uint64_t looked_ns;            /* when it was last seen whether the maker lives */
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

/* All of `parts`, in that order, one behind the other. */
static bool copy_parts(const struct iovec *to, const struct iovec *parts, unsigned long count)
{
    size_t size = 0;

    for (unsigned long i = 0; i < count; i++)
        size += parts[i].iov_len;
    return process_vm_readv(getpid(), to, count, parts, count, 0) == (ssize_t)size;
}

static bool copy_part(void *to, unsigned char *from, size_t size)
{
    return copy_parts(&(struct iovec){to, size}, &(struct iovec){from, size}, 1);
}

static unsigned char *map(int fd, size_t size)
{
    void *address = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

    return address == MAP_FAILED ? NULL : address;
}

static void unmap(unsigned char *address, size_t size)
{
    if (address)
        munmap(address, size);
}

static enum relay_error_code prepare(struct relay_attached *it, int data, int control)
{
    enum relay_error_code error = relay_read_head(data, control, &it->head);
    uint32_t magic;

    if (error != RELAY_ERR_OK)
        return error;
    it->data = map(data, it->head.alloc_size);
    it->control = map(control, it->head.size);
    if (!it->data || !it->control)
        return RELAY_ERR_NO_MEMORY;
    if (!copy_part(&magic, it->control, sizeof(magic)) && errno != EFAULT)
        return RELAY_ERR_SYSTEM; /* such copies are not allowed here */
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

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

RELAY_EXPORT int relay_attach(const char *path, struct relay_attached **ret)
{
    struct relay_attached *it = calloc(1, sizeof(*it));
    int control = relay_open_path(path, RELAY_CONTROL_SUFFIX, O_RDONLY);
    int data = control < 0 ? -1 : relay_open_path(path, "", O_RDONLY);
    enum relay_error_code error = relay_error();

    if (data >= 0)
        error = it ? prepare(it, data, control) : RELAY_ERR_NO_MEMORY;
    close_if_open(data);
    close_if_open(control);
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
    unmap(it->data, it->head.alloc_size);
    unmap(it->control, it->head.size);
    if (it->channel)
        relay_chan_unref(&it->channel->pub);
    free(it->copy);
    free(it);
}

RELAY_EXPORT size_t relay_attached_n_subbufs(const struct relay_attached *it)
{
    return it->head.n_subbufs;
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
    unsigned char *switches = it->control + offsetof(struct relay_ctl, switches);
    const struct iovec to[] = {{&before, 4}, {it->copy, it->head.size}, {&after, 4}};
    const struct iovec parts[] = {{switches, 4}, {it->control, it->head.size}, {switches, 4}};

    if (!copy_parts(to, parts, 3) || !is_same(it))
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
    ret->is_moving = false;
    ret->is_torn =
        it->alive == RELAY_ALIVE_NO &&
        (ctl->writing || (ctl->lock && !ctl->holder_born && ctl->lock != ctl->not_writing)) &&
        ctl->doing == RELAY_DOING_NOTHING && !ctl->finalized;
}

enum picture { FITS, TORN, IMPOSSIBLE };

static enum picture judge(struct relay_attached *it, enum picture otherwise)
{
    return relay_buf_is_valid(&it->own.pub) ? FITS : otherwise;
}

/* One try. `late`: what is between two states is put in order, though its holder may go on. */
static enum picture try(struct relay_attached *it, struct relay_attached_info *ret, bool late)
{
    enum outcome outcome = copy(it);
    bool left;

    if (outcome == WRONG)
        return IMPOSSIBLE;
    if (outcome == MOVED && !late)
        return TORN;
    describe_holder(it, ret);
    if (it->alive == RELAY_ALIVE_NO)
        relay_take_back_event(it->copy);
    left = is_left(it);
    if (outcome == WHOLE && !(it->copy->lock && left))
        return judge(it, IMPOSSIBLE);
    if (outcome != WHOLE && !late && !left)
        return TORN;
    ret->is_moving = !left;
    if (!left)
        relay_take_back_event(it->copy);
    relay_repair(it->copy);
    return judge(it, left && outcome != MOVED ? IMPOSSIBLE : TORN);
}

static void pause_between_tries(void)
{
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
}

/* Of a copy; FNV-1a over its words. */
static uint64_t digest(const struct relay_attached *it)
{
    const uint64_t *words = (const uint64_t *)(const void *)it->copy;
    uint64_t sum = 0xcbf29ce484222325;

    for (size_t i = 0; i < it->head.size / sizeof(*words); i++)
        sum = (sum ^ words[i]) * 0x100000001b3;
    return sum;
}

static enum relay_error_code look(struct relay_attached *it, struct relay_attached_info *ret)
{
    uint64_t begun = relay_now_ns(), was = 0, is;
    unsigned impossible = 0, same = 0;

    for (unsigned turn = 1;; turn++) {
        bool late = turn >= TRIES;
        enum picture picture = try(it, ret, late);

        if (picture == FITS)
            return RELAY_ERR_OK;
        impossible = picture == IMPOSSIBLE ? impossible + 1 : 0;
        if (!late)
            continue;
        is = digest(it);
        same = is == was ? same + 1 : 0;
        was = is;
        if (impossible >= TRIES || same == SAME)
            return RELAY_ERR_DAMAGED;
        if (relay_now_ns() - begun > PATIENCE_NS)
            return RELAY_ERR_MOVING;
        pause_between_tries();
    }
}

RELAY_EXPORT int relay_attached_look(struct relay_attached *it, struct relay_attached_info *ret,
                                     struct relay_buf_info *buf, struct relay_subbuf_info *subbufs)
{
    enum relay_error_code error;

    describe(it, ret);
    error = look(it, ret);
    if (error == RELAY_ERR_OK) {
        relay_buf_snapshot(&it->own.pub, buf, subbufs);
        return 0;
    }
    describe(it, ret);
    relay_set_error(error);
    return -relay_error_errno(error);
}

RELAY_EXPORT ssize_t relay_attached_read(struct relay_attached *it, void *bytes, size_t count,
                                         uint64_t at)
{
    uint64_t left = at < it->head.alloc_size ? it->head.alloc_size - at : 0;

    if (count > left)
        count = left;
    return count == 0 || copy_part(bytes, it->data + at, count) ? (ssize_t)count : -EBADMSG;
}
