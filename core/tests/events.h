/* SPDX-License-Identifier: MIT */
/* Events that tell whether they arrived intact: writer, number, length, checksum, payload. */
#ifndef RELAY_TESTS_EVENTS_H
#define RELAY_TESTS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { EVENT_WRITERS = 8, EVENT_LONGEST = 64 };

struct event {
    uint32_t writer;
    uint32_t number; /* 0, 1, 2 … of this writer */
    uint32_t length; /* of the whole event */
    uint32_t sum;
    unsigned char payload[EVENT_LONGEST - 16];
};

static inline uint32_t event_sum(const struct event *event)
{
    uint32_t sum = event->writer * 31 + event->number * 17 + event->length;

    for (uint32_t i = 0; i + 16 < event->length; i++)
        sum = sum * 33 + event->payload[i];
    return sum;
}

static inline void event_make(struct event *event, uint32_t writer, uint32_t number)
{
    event->writer = writer;
    event->number = number;
    event->length = 16 + (writer * 7 + number * 5) % (EVENT_LONGEST - 15);
    for (uint32_t i = 0; i + 16 < event->length; i++)
        event->payload[i] = (unsigned char)(number + i);
    event->sum = event_sum(event);
}

/* What a consumer has received. */
struct tally {
    uint64_t events;
    uint64_t bad;                 /* not intact, twice, out of order */
    uint32_t next[EVENT_WRITERS]; /* the number that each writer's next event must have */
    bool gaps;                    /* numbers may be missing (lost events) but must grow */
};

/* Take the events at the start of the bytes; returns the bytes that were whole events. */
static inline size_t tally_take(struct tally *tally, const unsigned char *bytes, size_t count)
{
    size_t used = 0;
    struct event event;

    while (count - used >= 16) {
        memcpy(&event, bytes + used, 16);
        if (event.length < 16 || event.length > EVENT_LONGEST || event.writer >= EVENT_WRITERS) {
            tally->bad++;
            return count; /* nothing behind it can be trusted */
        }
        if (event.length > count - used)
            break;
        memcpy(&event, bytes + used, event.length);
        used += event.length;
        tally->events++;
        if (event.sum != event_sum(&event) || event.number < tally->next[event.writer] ||
            (!tally->gaps && event.number != tally->next[event.writer]))
            tally->bad++;
        tally->next[event.writer] = event.number + 1;
    }
    return used;
}

#endif
