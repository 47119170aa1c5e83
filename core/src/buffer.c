/* SPDX-License-Identifier: MIT */
/* The life of one buffer: made, started, reset, finalized, gone with its last reference. */
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

static void set_up_control(struct rchan_buf *buf, unsigned cpu)
{
    const struct rchan *chan = buf->chan;
    struct relay_ctl *ctl = buf->ctl;

    ctl->version = RELAY_CTL_VERSION;
    ctl->size = (uint32_t)chan->own->region.control_size;
    ctl->slots_at = sizeof(*ctl);
    ctl->cpu = cpu;
    ctl->n_subbufs = (uint32_t)chan->n_subbufs;
    ctl->subbuf_size = chan->subbuf_size;
    ctl->alloc_size = chan->alloc_size;
    ctl->limit = chan->subbuf_size + 1;
    ctl->magic = RELAY_CTL_MAGIC;
}

static void free_slots(struct relay_ctl *ctl)
{
    for (uint32_t i = 0; i < ctl->n_subbufs; i++) {
        struct relay_slot *slot = relay_ctl_slot(ctl, i);

        relay_store(&slot->lap, RELAY_NO_LAP);
        relay_store(&slot->padding, 0);
    }
}

void relay_buf_blank(struct rchan_buf *buf, unsigned cpu)
{
    set_up_control(buf, cpu);
    relay_store(&buf->ctl->produced, 0);
    free_slots(buf->ctl);
}

/* In the kernel's order: counters, then data and offset, then padding. */
void relay_buf_clear(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    relay_store(&ctl->committing, 0);
    relay_store(&ctl->produced, 0);
    relay_store(&ctl->consumed, 0);
    relay_store(&ctl->bytes_consumed, 0);
    relay_store(&ctl->finalized, 0);
    RELAY_PROBE(RESET_COUNTED);
    relay_store(&ctl->stat_full, 0);
    relay_store(&ctl->stat_big, 0);
    relay_store(&ctl->current, 0);
    relay_store(&ctl->base, 0);
    relay_store(&ctl->offset, 0);
    RELAY_PROBE(RESET_REWOUND);
    free_slots(ctl);
}

struct rchan_buf *relay_buf_create(struct rchan *chan, unsigned cpu)
{
    struct relay_buffer *own = calloc(1, sizeof(*own));
    struct rchan_buf *buf;

    if (!own || !relay_region_take(&chan->own->region, cpu, &own->stretch)) {
        free(own);
        relay_set_error(RELAY_ERR_NO_MEMORY);
        return NULL;
    }
    own->refs = 1;
    own->eventfd = -1;
    pthread_mutex_init(&own->reading, NULL);
    buf = &own->pub;
    *buf = (struct rchan_buf){.ctl = own->stretch.control,
                              .start = own->stretch.data,
                              .writers = chan->own->writers,
                              .chan = chan,
                              .own = own};
    relay_buf_blank(buf, cpu);
    __atomic_fetch_add(&chan->own->refs, 1, __ATOMIC_RELAXED);
    return buf;
}

static void destroy(struct rchan_buf *buf)
{
    struct relay_buffer *own = buf->own;
    struct rchan *chan = buf->chan;

    if (own->sharing)
        own->sharing->forget(buf);
    if (own->eventfd >= 0)
        close(own->eventfd);
    relay_dentry_put(own->dentry);
    relay_region_drop(&chan->own->region, &own->stretch);
    pthread_mutex_destroy(&own->reading);
    free(own);
    relay_chan_unref(chan);
}

RELAY_EXPORT void relay_buf_get(struct rchan_buf *buf)
{
    __atomic_fetch_add(&buf->own->refs, 1, __ATOMIC_RELAXED);
}

RELAY_EXPORT void relay_buf_put(struct rchan_buf *buf)
{
    if (buf && __atomic_sub_fetch(&buf->own->refs, 1, __ATOMIC_ACQ_REL) == 0)
        destroy(buf);
}

/* Both at open and at reset; nobody writes: the caller has entered the buffer, and begun a change. */
static void start_over(struct rchan_buf *buf)
{
    relay_buf_clear(buf);
    RELAY_PROBE(RESET_CLEARED);
    relay_ask_subbuf_start(buf, buf->start, NULL, 0);
    relay_account_begin(buf);
    relay_change_end(buf->ctl);
    relay_eventfd_sync(buf);
}

void relay_buf_start(struct rchan_buf *buf)
{
    relay_change_begin(buf->ctl, RELAY_DOING_START);
    start_over(buf);
}

void relay_buf_restart(struct rchan_buf *buf)
{
    if (!relay_buf_enter(buf))
        return;
    relay_change_begin(buf->ctl, RELAY_DOING_START);
    relay_account_discard(buf, RELAY_DISCARDED_RESET);
    start_over(buf);
    relay_buf_leave(buf);
}

/* After close, with nobody left who could read: what is unread is lost. */
static void discard_if_unreadable(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;
    bool taken;

    if (!relay_region_is_ours(&buf->chan->own->region))
        return; /* the child of a fork does not know who reads elsewhere */
    taken = relay_buf_hold(buf);
    if (relay_load(&ctl->finalized) && __atomic_load_n(&buf->own->readers, __ATOMIC_ACQUIRE) == 0) {
        relay_change_begin(ctl, RELAY_DOING_DISCARD);
        relay_account_discard(buf, RELAY_DISCARDED_CLOSE);
        relay_change_end(ctl);
    }
    relay_buf_let_go(buf, taken);
}

/* Let the client remove the file. */
static void remove_file(struct rchan_buf *buf)
{
    RELAY_MAY_BE_LEFT bool has_returned = false;

    buf->chan->cb->remove_buf_file(buf->own->dentry);
    has_returned = true;
}

void relay_buf_finalize(struct rchan_buf *buf)
{
    if (!relay_buf_enter(buf))
        return;
    relay_store(&buf->ctl->finalized, 1);
    relay_eventfd_sync(buf);
    relay_buf_leave(buf);
    RELAY_PROBE(CLOSE_FINALIZED);
    remove_file(buf);
    discard_if_unreadable(buf);
}

void relay_buf_set_dentry(struct rchan_buf *buf, struct dentry *dentry)
{
    relay_dentry_get(dentry);
    buf->own->dentry = dentry;
    relay_store_release(&buf->ctl->has_file, 1);
}

void relay_buf_add_reader(struct rchan_buf *buf)
{
    relay_buf_get(buf);
    __atomic_fetch_add(&buf->own->readers, 1, __ATOMIC_RELAXED);
}

void relay_buf_drop_reader(struct rchan_buf *buf)
{
    if (__atomic_sub_fetch(&buf->own->readers, 1, __ATOMIC_ACQ_REL) == 0)
        discard_if_unreadable(buf);
    relay_buf_put(buf);
}
