/* SPDX-License-Identifier: MIT */
/* The times between the reports and the visits of a reader, and what was lost in them. */
#include "pool.h"

static unsigned class_of(uint64_t gap)
{
    unsigned class = 0;

    while (class + 1 < RELAY_LIVE_GAPS && gap >> class)
        class ++;
    return class;
}

void live_note_report(struct live_reader *reader, uint64_t now)
{
    uint64_t before = relay_load(&reader->last_report), gap = now > before ? now - before : 0;

    live_add(&reader->gaps[class_of(gap)], 1);
    live_raise(&reader->longest_gap, gap);
}

bool live_note_visit(struct relay_live *live, struct live_reader *reader,
                     const struct relay_ctl *ctl)
{
    uint64_t now = (uint64_t)live_now(live) / 1000, before = relay_load(&reader->last_visit);
    uint64_t gap = now > before ? now - before : 0, lost = live_lost_for_room(ctl);
    uint64_t more = lost - relay_load(&reader->lost);
    unsigned class = class_of(gap);

    live_add(&reader->visits, 1);
    live_add(&reader->away[class], 1);
    live_add(&reader->away_time[class], gap);
    live_add(&reader->away_lost[class], more);
    live_raise(&reader->longest_away, gap);
    relay_store(&reader->last_visit, now);
    relay_store(&reader->lost, lost);
    return more > 0;
}
