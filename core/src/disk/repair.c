/* SPDX-License-Identifier: MIT */
/*
 * What somebody who died with a buffer's lock left half done is put in order: by the next who takes the
 * lock, or in an observer's copy. Each change was made in an order in which what is stored tells how
 * far it came (account.c, write.c); what can be computed from the rest is. Bytes are not touched: what
 * was committed stays readable.
 */
#include "disk.h"

static bool is_undecided(const struct relay_slot *slot)
{
    return relay_load(&slot->lap) != RELAY_NO_LAP && relay_load(&slot->fate) == RELAY_N_FATES;
}

/* What finished sub-buffers and fates hold, which is all that was accepted before the current one. */
static struct relay_count total(struct relay_ctl *ctl)
{
    struct relay_count sum = {0, 0};

    for (unsigned fate = RELAY_OVERWRITTEN; fate < RELAY_N_FATES; fate++) {
        sum.events += relay_load(&ctl->account[fate].events);
        sum.bytes += relay_load(&ctl->account[fate].bytes);
    }
    for (uint32_t i = 0; i < ctl->n_subbufs; i++) {
        const struct relay_slot *slot = relay_ctl_slot(ctl, i);

        if (is_undecided(slot)) {
            sum.events += relay_load(&slot->events);
            sum.bytes += relay_load(&slot->bytes);
        }
    }
    return sum;
}

/* An event was being counted as lost. */
static void finish_loss(struct relay_ctl *ctl, uint32_t fate)
{
    relay_store(&ctl->account[fate].events, relay_load(&ctl->losing.events));
    relay_store(&ctl->account[fate].bytes, relay_load(&ctl->losing.bytes));
}

/* A sub-buffer's events were on their way to a row of the account: what is missing is theirs. */
static void finish_decision(struct relay_ctl *ctl)
{
    uint32_t fate = relay_load(&ctl->deciding) - 1, index = relay_load(&ctl->deciding_slot);
    struct relay_count sum;

    if (fate < RELAY_OVERWRITTEN) {
        finish_loss(ctl, fate);
    } else if (fate < RELAY_N_FATES && index < ctl->n_subbufs) {
        struct relay_count *row = &ctl->account[fate];

        relay_store(&relay_ctl_slot(ctl, index)->fate, fate);
        sum = total(ctl);
        relay_store(&row->events,
                    relay_load(&row->events) + relay_load(&ctl->events_begin) - sum.events);
        relay_store(&row->bytes,
                    relay_load(&row->bytes) + relay_load(&ctl->bytes_done) - sum.bytes);
    }
    relay_store(&ctl->deciding, 0);
}

/* The sub-buffer being written was being finished, and is not: it is as it was before that. */
static void take_back_finish(struct relay_ctl *ctl, struct relay_slot *slot)
{
    struct relay_count sum;

    relay_store(&slot->used, 0);
    relay_store(&slot->bytes, 0);
    relay_store(&slot->events, 0);
    relay_store(&slot->padding, 0);
    sum = total(ctl);
    relay_store(&ctl->events_begin, sum.events);
    relay_store(&ctl->bytes_done, sum.bytes);
}

/*
 * The last one is finished and the next not begun: as after a refusal. A reader who was lapped finds
 * all that there is: read() does not look for that while blocked.
 */
static void block(struct relay_ctl *ctl, uint64_t produced)
{
    uint64_t last = (produced - 1) % ctl->n_subbufs;
    const struct relay_slot *slot = relay_ctl_slot(ctl, last);

    relay_store(&ctl->current, (uint32_t)last);
    relay_store(&ctl->base, last * ctl->subbuf_size);
    relay_store(&ctl->file_size, relay_load(&ctl->file_size_before) + relay_load(&slot->used));
    relay_store(&ctl->offset, ctl->subbuf_size + 1);
    if (produced - relay_load(&ctl->consumed) > ctl->n_subbufs) {
        relay_store(&ctl->bytes_consumed, 0);
        relay_store(&ctl->consumed, produced - ctl->n_subbufs);
    }
}

static void settle_switch(struct relay_ctl *ctl)
{
    uint64_t produced = relay_load(&ctl->produced), offset = relay_load(&ctl->offset);
    uint64_t index = produced % ctl->n_subbufs;
    struct relay_slot *slot = relay_ctl_slot(ctl, index);

    if (relay_load(&slot->lap) + ctl->n_subbufs == produced &&
        relay_load(&slot->fate) == RELAY_OVERWRITTEN && offset <= ctl->subbuf_size) {
        relay_store(&slot->read, 0); /* those that were there are lost: the next has begun */
        relay_store(&slot->reserved, 0);
        relay_store(&slot->lap, produced);
    }
    if (relay_load(&slot->lap) != produced || offset > ctl->subbuf_size) {
        if (produced > 0)
            block(ctl, produced);
        return;
    }
    if (relay_load(&slot->fate) != RELAY_N_FATES) { /* it was being begun */
        relay_store(&slot->header, (uint32_t)offset);
        relay_store(&slot->fate, RELAY_N_FATES);
    }
    relay_store(&ctl->current, (uint32_t)index);
    relay_store(&ctl->base, index * ctl->subbuf_size);
    take_back_finish(ctl, slot);
}

static bool is_being_written(struct relay_ctl *ctl, const struct relay_slot *slot)
{
    return is_undecided(slot) && relay_load(&slot->lap) == relay_load(&ctl->produced) &&
           relay_load(&ctl->offset) <= ctl->subbuf_size;
}

static void go_on_discarding(struct rchan_buf *buf, enum relay_fate fate)
{
    struct relay_ctl *ctl = buf->ctl;
    struct relay_slot *slot = relay_ctl_slot(ctl, relay_load(&ctl->produced) % ctl->n_subbufs);

    if (is_being_written(ctl, slot))
        take_back_finish(ctl, slot);
    relay_account_discard(buf, fate);
}

/* Reset, without its call of subbuf_start. */
static void go_on_starting(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    go_on_discarding(buf, RELAY_DISCARDED_RESET);
    relay_buf_clear(buf);
    relay_store(&ctl->events_begin, relay_load(&ctl->events));
    relay_account_begin(buf);
}

/* Sub-buffers that have become something are released: the position had still to follow. */
static void release_decided(struct relay_ctl *ctl)
{
    uint64_t lap = relay_load(&ctl->consumed), produced = relay_load(&ctl->produced);

    for (; lap < produced; lap++) {
        const struct relay_slot *slot = relay_ctl_slot(ctl, lap % ctl->n_subbufs);

        if (relay_load(&slot->lap) != lap || is_undecided(slot))
            break;
    }
    relay_store(&ctl->consumed, lap);
}

static void settle_release(struct relay_ctl *ctl)
{
    uint64_t release_to = relay_load(&ctl->release_to);

    if (release_to && relay_load(&ctl->consumed) == release_to)
        relay_store(&ctl->bytes_consumed, 0);
    relay_store(&ctl->release_to, 0);
}

void relay_take_back_event(struct relay_ctl *ctl)
{
    uint64_t committing = relay_load(&ctl->committing), events = relay_load(&ctl->events);

    if (committing && (uint32_t)(committing >> 32) == (uint32_t)events &&
        (uint32_t)committing != (uint32_t)relay_load(&ctl->offset))
        relay_store(&ctl->events, events - 1);
    relay_store(&ctl->committing, 0);
}

void relay_repair(struct relay_ctl *ctl)
{
    struct rchan_buf buf = {.ctl = ctl}; /* all that the account needs */

    if (relay_load(&ctl->deciding))
        finish_decision(ctl);
    switch (relay_load(&ctl->doing)) {
    case RELAY_DOING_SWITCH:
        settle_switch(ctl);
        break;
    case RELAY_DOING_RELEASE:
        release_decided(ctl);
        break;
    case RELAY_DOING_START:
        go_on_starting(&buf);
        break;
    case RELAY_DOING_DISCARD:
        go_on_discarding(&buf, RELAY_DISCARDED_CLOSE);
        break;
    default:
        break;
    }
    settle_release(ctl);
    relay_store(&ctl->not_writing, 0);
    if (relay_load(&ctl->switches) % 2 != 0)
        relay_store_release(&ctl->switches, relay_load(&ctl->switches) + 1);
    relay_store(&ctl->doing, RELAY_DOING_NOTHING);
    relay_store_release(&ctl->limit, relay_load(&ctl->finalized) ? 0 : ctl->subbuf_size + 1);
}
