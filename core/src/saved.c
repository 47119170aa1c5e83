/* SPDX-License-Identifier: MIT */
/*
 * A block of bytes becomes a channel; saved.h has the format. Nothing that the block says is used
 * before it was checked, and no buffer is shown to anybody before it is valid.
 */
#include <errno.h>
#include <string.h>

#include "saved.h"

/* What is left of a block. */
struct source {
    const unsigned char *at;
    size_t left;
};

/* The next `size` bytes, or NULL when there are not so many. */
static const unsigned char *take(struct source *source, size_t size)
{
    const unsigned char *bytes = source->at;

    if (size > source->left)
        return NULL;
    source->at += size;
    source->left -= size;
    return bytes;
}

static bool get(struct source *source, void *ret, size_t size)
{
    const unsigned char *bytes = take(source, size);

    if (bytes)
        memcpy(ret, bytes, size);
    return bytes != NULL;
}

/* The head of a whole and undamaged block; what its fields say is checked where it is used. */
static bool get_head(struct source *source, struct relay_saved_head *head)
{
    const size_t summed = offsetof(struct relay_saved_head, subbuf_size);
    const unsigned char *begin = source->at;
    size_t size = source->left;

    return begin && size % RELAY_WORD == 0 && get(source, head, sizeof(*head)) &&
           head->magic == RELAY_SAVED_MAGIC && head->version == RELAY_SAVE_VERSION &&
           head->size == size && head->sum == relay_saved_sum(begin + summed, size - summed) &&
           head->base_filename[sizeof(head->base_filename) - 1] == 0 &&
           relay_name_is_valid(head->base_filename, RELAY_NAME_MAX) && head->cpus > 0 &&
           head->cpus <= RELAY_MAX_CPUS && head->bufs > 0 && head->bufs <= head->cpus &&
           (!head->is_global || head->bufs == 1);
}

RELAY_EXPORT int relay_saved_info(const void *bytes, size_t size, struct relay_saved *ret)
{
    struct source source = {.at = bytes, .left = size};
    struct relay_saved_head head;

    if (!get_head(&source, &head)) {
        relay_set_error(RELAY_ERR_SAVED);
        return -EBADMSG;
    }
    *ret = (struct relay_saved){.subbuf_size = head.subbuf_size,
                                .n_subbufs = head.n_subbufs,
                                .header_size = head.header_size,
                                .cpus = head.cpus,
                                .bufs = head.bufs,
                                .is_global = head.is_global,
                                .is_named = head.is_named,
                                .is_closed = head.is_closed};
    if (head.is_named)
        strcpy(ret->base_filename, head.base_filename);
    return 0;
}

/* ---------------------------------------------------------------- one buffer */

#define MOST (UINT64_C(1) << 62) /* no channel counts so far, and none shall wrap */

static bool counters_are_sane(const struct relay_saved_buf *saved)
{
    const uint64_t counters[] = {saved->events,       saved->produced,   saved->file_size,
                                 saved->events_begin, saved->bytes_done, saved->stat_full,
                                 saved->consumed,     saved->stat_big};

    for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
        if (counters[i] > MOST)
            return false;
    for (size_t i = 0; i < RELAY_N_FATES; i++)
        if (saved->account[i].events > MOST || saved->account[i].bytes > MOST)
            return false;
    return true;
}

static void set_counters(struct relay_ctl *ctl, const struct relay_saved_buf *saved)
{
    relay_store(&ctl->current, saved->current);
    relay_store(&ctl->base, saved->current * ctl->subbuf_size);
    relay_store(&ctl->offset, saved->offset);
    relay_store(&ctl->events, saved->events);
    relay_store(&ctl->produced, saved->produced);
    relay_store(&ctl->prev_padding, saved->prev_padding);
    relay_store(&ctl->file_size, saved->file_size);
    relay_store(&ctl->events_begin, saved->events_begin);
    relay_store(&ctl->bytes_done, saved->bytes_done);
    relay_store(&ctl->stat_full, saved->stat_full);
    relay_store(&ctl->consumed, saved->consumed);
    relay_store(&ctl->bytes_consumed, saved->bytes_consumed);
    relay_store(&ctl->stat_big, saved->stat_big);
    relay_store(&ctl->finalized, saved->finalized != 0);
    relay_store(&ctl->limit, saved->finalized ? 0 : ctl->subbuf_size + 1);
    memcpy(ctl->account, saved->account, sizeof(ctl->account));
}

static bool get_slots(struct source *source, struct relay_ctl *ctl, uint64_t count)
{
    return count <= ctl->n_subbufs &&
           get(source, relay_ctl_slot(ctl, 0), count * sizeof(struct relay_slot));
}

/* The memory of a new buffer is zeros. */
static bool get_data(struct source *source, unsigned char *data, size_t size)
{
    size_t left = size / RELAY_WORD;
    struct relay_saved_run run;

    while (get(source, &run, sizeof(run))) {
        const unsigned char *bytes;

        if (!run.words)
            return true;
        if (run.zeros > left || run.words > left - run.zeros ||
            !(bytes = take(source, run.words * RELAY_WORD)))
            return false;
        memcpy(data + run.zeros * RELAY_WORD, bytes, run.words * RELAY_WORD);
        data += (run.zeros + (size_t)run.words) * RELAY_WORD;
        left -= run.zeros + (size_t)run.words;
    }
    return false;
}

/* A buffer that nobody knows yet; NULL: the error is set. */
static struct rchan_buf *get_buf(struct source *source, struct rchan *chan,
                                 const struct relay_saved_buf *saved)
{
    struct rchan_buf *buf = relay_buf_create(chan, saved->cpu);

    if (!buf)
        return NULL;
    set_counters(buf->ctl, saved);
    if (get_slots(source, buf->ctl, saved->slots) &&
        get_data(source, buf->start, buf->ctl->alloc_size) && relay_buf_is_valid(buf))
        return buf;
    relay_buf_put(buf);
    relay_set_error(RELAY_ERR_SAVED);
    return NULL;
}

/* ---------------------------------------------------------------- the channel */

/* Let the client make the file that the buffer had. */
static bool make_file(struct rchan *chan, struct rchan_buf *buf)
{
    int is_global = chan->is_global;
    struct dentry *dentry = relay_make_file(chan, buf, buf->ctl->cpu);

    chan->is_global = is_global;
    if (dentry)
        relay_buf_set_dentry(buf, dentry);
    return dentry != NULL;
}

/* Which CPUs use a buffer: a global one serves all that have ever been on line. */
static bool serves(const struct rchan *chan, const unsigned char *flags, unsigned cpu,
                   const struct rchan_buf *buf)
{
    return (flags[cpu] & RELAY_SAVED_BUFFER) && (chan->is_global || cpu == buf->ctl->cpu);
}

/* One buffer with its file, in its place. False: the error is set. */
static bool open_buf(struct source *source, struct rchan *chan, const unsigned char *flags)
{
    struct relay_saved_buf saved;
    struct rchan_buf *buf;

    if (!get(source, &saved, sizeof(saved)) || saved.cpu >= chan->cpus ||
        !(flags[saved.cpu] & RELAY_SAVED_BUFFER) || relay_cpu_buf(chan, saved.cpu) ||
        (saved.has_file && !chan->has_base_filename) || !counters_are_sane(&saved)) {
        relay_set_error(RELAY_ERR_SAVED);
        return false;
    }
    buf = get_buf(source, chan, &saved);
    if (!buf)
        return false;
    if (saved.has_file && !make_file(chan, buf)) {
        relay_buf_put(buf);
        return false;
    }
    for (unsigned cpu = 0; cpu < chan->cpus; cpu++)
        if (serves(chan, flags, cpu, buf))
            relay_cpu_attach(chan, cpu, buf, flags[cpu] & RELAY_SAVED_ONLINE);
    return true;
}

/* Whether each CPU that is on line has a buffer, and there are as many buffers as it says. */
static bool cpus_agree(const struct relay_saved_head *head, const unsigned char *flags)
{
    unsigned bufs = 0, online = 0;

    for (unsigned cpu = 0; cpu < head->cpus; cpu++) {
        if (flags[cpu] == RELAY_SAVED_ONLINE)
            return false;
        bufs += (flags[cpu] & RELAY_SAVED_BUFFER) != 0;
        online += flags[cpu] & RELAY_SAVED_ONLINE;
    }
    return online > 0 && (head->is_global ? bufs > 0 : bufs == head->bufs);
}

/* The channels are locked. On failure everything that was made is gone again. */
static bool open_bufs(struct source *source, struct rchan *chan, const unsigned char *flags,
                      unsigned count)
{
    enum relay_error_code cause = RELAY_ERR_NO_MEMORY;

    if (relay_region_has_room(&chan->own->region, count)) {
        cause = RELAY_ERR_SAVED;
        while (count > 0 && open_buf(source, chan, flags))
            count--;
        if (count == 0 && source->left == 0)
            return true;
        if (count > 0)
            cause = relay_error();
    }
    relay_close_bufs(chan);
    relay_set_error(cause);
    return false;
}

/* Whether opening failed for something else than what the block says. */
static bool is_no_fault_of_the_block(enum relay_error_code error)
{
    return error == RELAY_ERR_CALLBACKS || error == RELAY_ERR_NO_MEMORY ||
           error == RELAY_ERR_FILE_LIMIT;
}

/* A channel without buffers. What relay_open would refuse was not saved by us. */
static struct rchan *open_head(const struct relay_saved_head *head, struct dentry *parent,
                               const struct rchan_callbacks *cb, void *private_data)
{
    struct relay_options opt = {.cpus = head->cpus,
                                .writers =
                                    head->one_writer ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY,
                                .header_size = head->header_size,
                                .memory_limit = head->memory_limit};
    struct rchan *chan =
        relay_chan_create(head->is_named ? head->base_filename : NULL, parent, head->subbuf_size,
                          head->n_subbufs, cb, private_data, &opt);

    if (chan) {
        chan->is_global = head->is_global;
        relay_store(&chan->last_toobig, head->last_toobig);
    } else if (!is_no_fault_of_the_block(relay_error())) {
        relay_set_error(RELAY_ERR_SAVED);
    }
    return chan;
}

RELAY_EXPORT struct rchan *relay_open_saved(const void *bytes, size_t size, struct dentry *parent,
                                            const struct rchan_callbacks *cb, void *private_data)
{
    struct source source = {.at = bytes, .left = size};
    struct relay_saved_head head;
    const unsigned char *flags = NULL;
    struct rchan *chan;

    if (get_head(&source, &head))
        flags = take(&source, (head.cpus + RELAY_WORD - 1) / RELAY_WORD * RELAY_WORD);
    if (!flags || !cpus_agree(&head, flags)) {
        relay_set_error(RELAY_ERR_SAVED);
        return NULL;
    }
    chan = open_head(&head, parent, cb, private_data);
    if (!chan)
        return NULL;
    if (relay_channels_lock()) {
        bool opened = open_bufs(&source, chan, flags, head.bufs);

        relay_channels_unlock();
        if (opened)
            return chan;
    }
    relay_put(chan);
    return NULL;
}
