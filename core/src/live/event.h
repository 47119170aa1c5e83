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

/* Payload words are made and compared in blocks of 8, as vectors that every processor has. */
typedef uint64_t live_pair __attribute__((vector_size(16)));
typedef live_pair live_pair_anywhere __attribute__((aligned(1), may_alias));
enum { LIVE_BLOCK = 64 }; /* bytes */

struct live_block {
    live_pair pairs[4];
};

/* The words from number `i` on. */
static inline struct live_block live_block_at(uint64_t base, uint32_t i)
{
    const live_pair steps = {0, LIVE_STEP};
    uint64_t first = base + i * LIVE_STEP;
    struct live_block block;

    for (uint32_t k = 0; k < 4; k++)
        block.pairs[k] = (live_pair){first, first} + steps + 2 * k * LIVE_STEP;
    return block;
}

static inline void live_block_advance(struct live_block *block)
{
    for (uint32_t k = 0; k < 4; k++)
        block->pairs[k] += 8 * LIVE_STEP;
}

/* Whole blocks are stored: room for the length and LIVE_BLOCK bytes. */
static inline void live_event_make(unsigned char *event, unsigned cpu, uint64_t number,
                                   uint32_t length, uint64_t session)
{
    uint64_t words[2] = {number << 16 | cpu, 0}, base = live_base(words[0], length, session);
    struct live_block block = live_block_at(base, 2);

    words[1] = live_second(base, length);
    memcpy(event, words, sizeof(words));
    for (uint32_t at = 16; at < length; at += LIVE_BLOCK) {
        live_pair_anywhere *to = (live_pair_anywhere *)(void *)(event + at);

        for (uint32_t k = 0; k < 4; k++)
            to[k] = block.pairs[k];
        live_block_advance(&block);
    }
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

/* How many of at most 8 bytes are those of word `i`. */
static inline uint32_t live_word_matches(const unsigned char *bytes, uint64_t base, uint32_t i,
                                         uint32_t count)
{
    unsigned char want[8];
    uint64_t word = base + i * LIVE_STEP;
    uint32_t same = 0;

    memcpy(want, &word, sizeof(want));
    while (same < count && bytes[same] == want[same])
        same++;
    return same;
}

static inline bool live_block_matches(const unsigned char *bytes, const struct live_block *want)
{
    const live_pair_anywhere *got = (const live_pair_anywhere *)(const void *)bytes;
    live_pair differs = {0, 0};

    for (uint32_t k = 0; k < 4; k++)
        differs |= got[k] ^ want->pairs[k];
    return (differs[0] | differs[1]) == 0;
}

/* How many of the first `count` bytes (16 or more) are those of the event. */
static inline uint32_t live_event_matches(const unsigned char *bytes, const struct live_head *head,
                                          uint32_t count)
{
    uint32_t at = 16;

    if (at + LIVE_BLOCK <= count) {
        struct live_block want = live_block_at(head->base, 2);

        for (; at + LIVE_BLOCK <= count && live_block_matches(bytes + at, &want); at += LIVE_BLOCK)
            live_block_advance(&want);
    }
    for (; at + 8 <= count; at += 8) {
        uint64_t word;

        memcpy(&word, bytes + at, sizeof(word));
        if (word != head->base + at / 8 * LIVE_STEP)
            return at + live_word_matches(bytes + at, head->base, at / 8, 8);
    }
    return at + live_word_matches(bytes + at, head->base, at / 8, count - at);
}

#endif
