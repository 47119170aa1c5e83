/* SPDX-License-Identifier: MIT */
/* The invariants say no when something is wrong: each field is damaged once. */
#include "../src/internal.h"
#include "check.h"
#include "kit.h"

static struct rchan *chan;
static struct rchan_buf *buf;

/* 16x4: sub-buffers 0 consumed, 1 and 2 finished, 3 being written. */
static void open_channel(void)
{
    chan = kit_open(&kit_no_overwrite, 16, 4, 2);
    buf = relay_cpu_buf(chan, 0);
    for (int i = 0; i < 4; i++)
        kit_put(chan, 0, 'a', 10);
    relay_subbufs_consumed(chan, 0, 1);
    CHECK(relay_buf_is_valid(buf));
}

/* With `value` in the field the buffer and the channel are not valid; afterwards they are again. */
#define DAMAGE(field, value)                                                                       \
    do {                                                                                           \
        __typeof__(field) kept_ = (field);                                                         \
        (field) = (__typeof__(field))(value);                                                      \
        CHECK(!relay_buf_is_valid(buf));                                                           \
        CHECK(!relay_chan_is_valid(chan));                                                         \
        (field) = kept_;                                                                           \
        CHECK(relay_buf_is_valid(buf));                                                            \
        CHECK(relay_chan_is_valid(chan));                                                          \
    } while (0)

static void shape(void)
{
    open_channel();
    DAMAGE(buf->ctl->magic, 0);
    DAMAGE(buf->ctl->version, RELAY_CTL_VERSION + 1);
    DAMAGE(buf->ctl->n_subbufs, 0);
    DAMAGE(buf->ctl->subbuf_size, 0);
    DAMAGE(buf->ctl->subbuf_size, UINT32_MAX);
    DAMAGE(buf->ctl->alloc_size, 1);
    DAMAGE(buf->ctl->slots_at, buf->ctl->size);
    kit_close(chan);
}

static void positions(void)
{
    open_channel();
    DAMAGE(buf->ctl->offset, 18);
    DAMAGE(buf->ctl->offset, 17); /* blocked, but not as a refused switch leaves it */
    DAMAGE(buf->ctl->consumed, 4);
    DAMAGE(buf->ctl->consumed, 2); /* released without a fate */
    DAMAGE(buf->ctl->produced, 2);
    DAMAGE(buf->ctl->bytes_consumed, 17);
    DAMAGE(buf->ctl->prev_padding, 17);
    DAMAGE(buf->ctl->current, 2);
    DAMAGE(buf->ctl->base, 32);
    DAMAGE(buf->ctl->limit, 16);
    DAMAGE(buf->ctl->finalized, 1);
    kit_close(chan);
}

static void slots(void)
{
    open_channel();
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->padding, 17);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->lap, 2);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->lap, 5);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->fate, RELAY_N_FATES + 1);
    DAMAGE(relay_ctl_slot(buf->ctl, 0)->fate, RELAY_N_FATES);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->fate, RELAY_CONSUMED);
    DAMAGE(relay_ctl_slot(buf->ctl, 0)->fate, RELAY_REFUSED_FULL); /* no fate of a stored event */
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->used, 17);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->header, 17);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->reserved, 17);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->read, 17);
    DAMAGE(relay_ctl_slot(buf->ctl, 3)->lap, RELAY_NO_LAP); /* the one being written */
    DAMAGE(relay_ctl_slot(buf->ctl, 3)->fate, RELAY_CONSUMED);
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 10);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->lap, RELAY_NO_LAP);
    kit_close(chan);
}

static void accounts(void)
{
    open_channel();
    DAMAGE(buf->ctl->events_begin, 1);
    DAMAGE(buf->ctl->bytes_done, 1);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->events, 2);
    DAMAGE(relay_ctl_slot(buf->ctl, 1)->bytes, 9);
    DAMAGE(buf->ctl->account[RELAY_CONSUMED].events, 1);
    DAMAGE(buf->ctl->account[RELAY_RELEASED_UNREAD].bytes, 0);
    kit_close(chan);
}

static void channels(void)
{
    open_channel();
    CHECK(!relay_chan_is_valid(NULL));
    CHECK(!relay_buf_is_valid(NULL));
    chan->cpus = 0;
    CHECK(!relay_chan_is_valid(chan));
    chan->cpus = 2;
    chan->ways[1].buf = buf;
    CHECK(!relay_chan_is_valid(chan));
    chan->ways[1].buf = relay_cpu_buf(chan, 1);
    kit_close(chan);
}

static void descriptors(void)
{
    struct relay_file *file;

    open_channel();
    file = kit_file(0, O_RDONLY);
    CHECK(relay_file_is_valid(file));
    file->refs = 0;
    CHECK(!relay_file_is_valid(file));
    file->refs = 1;
    buf->own->readers -= 2; /* it, and its name */
    CHECK(!relay_file_is_valid(file));
    buf->own->readers += 2;
    buf->ctl->magic = 0;
    CHECK(!relay_file_is_valid(file));
    buf->ctl->magic = RELAY_CTL_MAGIC;
    relay_file_close(file);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(shape), TEST(positions), TEST(slots), TEST(accounts), TEST(channels), TEST(descriptors),
};
CHECK_MAIN(tests, kit_before, kit_after)
