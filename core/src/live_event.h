/* SPDX-License-Identifier: MIT */
/*
 * An event of the live pool: words of 64 bits in host order, at any address.
 *
 *   word 0   number << 16 | CPU
 *   word 1   checksum << 32 | length in bytes
 *   word i   base + i * STEP; the last one may be cut short
 *
 * Checksum and base are made from the first word, the length and the pool, so that the whole event
 * follows from its first 16 bytes.
 */
#ifndef RELAY_LIVE_EVENT_H
#define RELAY_LIVE_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "relay/relay_live.h"

#define LIVE_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t live_mix(uint64_t value)
{
    value = (value ^ (value >> 31)) * UINT64_C(0xd6e8feb86659fd93);
    return value ^ (value >> 32);
}

static inline uint64_t live_base(uint64_t first, uint32_t length, uint64_t session)
{
    return live_mix(first ^ session ^ (uint64_t)length << 40);
}

static inline uint64_t live_second(uint64_t base, uint32_t length)
{
    return (base * LIVE_STEP & ~(uint64_t)UINT32_MAX) | length;
}

/* Whole words are stored: room for RELAY_LIVE_LONGEST + 8 bytes. */
static inline void live_event_make(uint64_t *event, unsigned cpu, uint64_t number, uint32_t length,
                                   uint64_t session)
{
    uint64_t first = number << 16 | cpu, base = live_base(first, length, session);
    uint32_t words = (length + 7) / 8;

    event[0] = first;
    event[1] = live_second(base, length);
    for (uint32_t i = 2; i < words; i++)
        event[i] = base + i * LIVE_STEP;
}

/* The first words of what may be an event. */
struct live_head {
    unsigned cpu;
    uint32_t length;
    uint64_t number, base;
};

static inline bool live_event_head(const unsigned char *bytes, uint64_t session,
                                   struct live_head *head)
{
    uint64_t words[2];

    memcpy(words, bytes, sizeof(words));
    head->length = (uint32_t)words[1];
    if (head->length < RELAY_LIVE_SHORTEST || head->length > RELAY_LIVE_LONGEST)
        return false;
    head->base = live_base(words[0], head->length, session);
    head->cpu = (unsigned)(words[0] & 0xffff);
    head->number = words[0] >> 16;
    return words[1] == live_second(head->base, head->length);
}

/* How many of the first `count` bytes (not less than 16) are those of the event. */
static inline uint32_t live_event_matches(const unsigned char *bytes, const struct live_head *head,
                                          uint32_t count)
{
    uint32_t at = 16;
    uint64_t want[4], got[4];

    for (; at + 32 <= count; at += 32) {
        uint64_t differs = 0;

        memcpy(got, bytes + at, 32);
        for (uint32_t i = 0; i < 4; i++)
            differs |= got[i] ^ (head->base + (at / 8 + i) * LIVE_STEP);
        if (differs)
            break;
    }
    for (; at < count; at += 8) {
        uint32_t part = count - at < 8 ? count - at : 8, same = 0;

        want[0] = head->base + at / 8 * LIVE_STEP;
        memcpy(got, bytes + at, part);
        while (same < part && ((unsigned char *)got)[same] == ((unsigned char *)want)[same])
            same++;
        if (same < part)
            return at + same;
    }
    return count;
}

#endif
