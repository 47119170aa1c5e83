/* SPDX-License-Identifier: MIT */
/* Events that a test writes itself: it knows the session of a simulated pool. */
#ifndef RELAY_TESTS_LIVE_EVENTS_H
#define RELAY_TESTS_LIVE_EVENTS_H

#include "../../src/live/event.h"
#include "load.h"

enum { SESSION = 1 };

static inline const unsigned char *event_of(unsigned cpu, uint64_t number, uint32_t length)
{
    static unsigned char event[RELAY_LIVE_LONGEST + LIVE_BLOCK];

    live_event_make(event, cpu, number, length, SESSION);
    return event;
}

#endif
