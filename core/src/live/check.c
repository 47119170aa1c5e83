/* SPDX-License-Identifier: MIT */
/*
 * What readers find out about the bytes they get: which events came whole, in part, again or not at
 * all, and which bytes are no event's.
 *
 * Bytes come as a stream without marks between sub-buffers. Where no event begins, the next one is
 * searched for byte by byte. The bytes in between are the rest of a torn event; or a header that the
 * client had reserved; or, when the writer was there while they were read, an event that lost its
 * head; else nobody wrote them.
 */
#include <stdlib.h>

#include "event.h"
#include "pool.h"

#define WINDOW_MOST (1u << 20)
#define WINDOW_LEAST 4096u

/* ---------------------------------------------------------------- numbers */

static bool is_seen(const struct live_check *check, uint64_t number)
{
    uint64_t at = number & (check->window - 1);

    return check->seen[at / 64] >> at % 64 & 1;
}

static void mark_seen(struct live_check *check, uint64_t number)
{
    uint64_t at = number & (check->window - 1);

    check->seen[at / 64] |= UINT64_C(1) << at % 64;
}

static void forget_seen(struct live_check *check, uint64_t from, uint64_t to)
{
    if (to - from >= check->window) {
        memset(check->seen, 0, check->window / 8);
        return;
    }
    for (uint64_t number = from; number < to;) {
        uint64_t at = number & (check->window - 1);

        if (at % 64 == 0 && to - number >= 64) {
            check->seen[at / 64] = 0;
            number += 64;
        } else {
            check->seen[at / 64] &= ~(UINT64_C(1) << at % 64);
            number++;
        }
    }
}

/* A buffer full of the shortest events, twice; without memory what is old counts as seen. */
static void open_window(struct live_check *check, const struct rchan *chan)
{
    uint64_t window = WINDOW_LEAST;

    while (window < chan->alloc_size / RELAY_LIVE_SHORTEST * 2 && window < WINDOW_MOST)
        window *= 2;
    check->seen = calloc(window / 64, sizeof(uint64_t));
    check->window = check->seen ? window : 0;
}

void live_miss(struct live_check *check, uint64_t end)
{
    if (end <= check->next)
        return;
    live_add(&check->missing, end - check->next);
    if (check->window)
        forget_seen(check, check->next, end);
    check->next = end;
}

/* An event came whole: a record is torn if a later one begins before all of its pieces have come. */
static void take_piece(struct live_check *check, uint64_t records, uint64_t number)
{
    uint64_t pieces = records >> 48, first = records & ((UINT64_C(1) << 48) - 1), record;

    if (pieces < 2 || number < first)
        return;
    record = (number - first) / pieces;
    if (records == check->records && record < check->record)
        return; /* it came late */
    if (records != check->records || record != check->record) {
        if (records == check->records && check->pieces < pieces)
            live_add(&check->torn_records, 1);
        check->records = records;
        check->record = record;
        check->pieces = 0;
    }
    check->pieces++;
}

static void take_event(struct relay_live *live, const struct live_head *head)
{
    struct live_check *check = &live->cpus[head->cpu].c;

    if (!check->window)
        open_window(check, live->chan);
    if (head->number >= check->next) {
        live_miss(check, head->number + 1);
        relay_store(&check->missing, relay_load(&check->missing) - 1);
    } else if (check->window && check->next - head->number <= check->window &&
               !is_seen(check, head->number)) {
        live_add(&check->late, 1);
    } else {
        live_add(&check->twice, 1);
        live_add(&check->twice_bytes, head->length);
        return;
    }
    if (check->window)
        mark_seen(check, head->number);
    take_piece(check, relay_load(&live->cpus[head->cpu].w.records), head->number);
    live_add(&check->intact, 1);
    live_add(&check->intact_bytes, head->length);
}

/* ---------------------------------------------------------------- bytes */

/* An event begins or nothing follows: decide what the bytes before were. */
static void end_junk(struct relay_live *live, struct live_cpu *home)
{
    struct live_reader *reader = &home->r;
    struct live_stream *stream = &reader->stream;
    uint64_t header = relay_load(&live->chan->header_size), junk = stream->junk;

    stream->junk = 0;
    if (stream->broken) {
        live_add(&reader->torn_bytes, junk);
    } else if (junk && header && junk % header == 0) {
        live_add(&reader->header_bytes, junk);
    } else if (junk && (stream->headless || stream->overtaken)) {
        live_add(&home->c.torn, 1);
        live_add(&reader->torn_bytes, junk);
    } else if (junk) {
        header = junk > header ? header : 0;
        live_add(&reader->header_bytes, header);
        live_add(&reader->unwritten, junk - header);
    }
    stream->broken = stream->headless = false;
}

static bool is_event(const struct relay_live *live, const struct live_cpu *home,
                     const unsigned char *bytes, struct live_head *head)
{
    return live_event_head(bytes, live->session, head) &&
           (live->chan->is_global ? head->cpu < live->chan->cpus
                                  : head->cpu == live_cpu_number(live, home));
}

#define BY_CHANCE 4 /* bytes that may be right and are the next event's */

/*
 * Bytes of an event that is not there as a whole: what is right of them belongs to it, and what follows
 * until an event begins. The next one's first bytes can be those that this would have.
 */
static uint32_t take_torn(struct relay_live *live, struct live_cpu *home,
                          const struct live_head *head, uint32_t right)
{
    live_add(&live->cpus[head->cpu].c.torn, 1);
    live_add(&live->cpus[head->cpu].c.displaced, !home->r.stream.overtaken);
    live_add(&home->r.torn_bytes, right);
    home->r.stream.broken = true;
    return right;
}

static void keep(struct live_stream *stream, const unsigned char *bytes, size_t count)
{
    if (count > stream->carry_size) {
        unsigned char *carry = realloc(stream->carry, RELAY_LIVE_LONGEST);

        if (!carry) { /* the event will be found torn */
            stream->carried = 0;
            return;
        }
        stream->carry = carry;
        stream->carry_size = RELAY_LIVE_LONGEST;
    }
    if (count)
        memcpy(stream->carry, bytes, count);
    stream->carried = (uint32_t)count;
}

size_t live_carry(struct live_reader *reader, unsigned char *to)
{
    size_t count = reader->stream.carried;

    if (count)
        memcpy(to, reader->stream.carry, count);
    reader->stream.carried = 0;
    return count;
}

void live_verify(struct relay_live *live, struct live_cpu *home, const unsigned char *bytes,
                 size_t count, bool last)
{
    struct live_stream *stream = &home->r.stream;
    struct live_head head;

    while (count >= RELAY_LIVE_SHORTEST) {
        uint32_t used = 1, right;

        if (!is_event(live, home, bytes, &head)) {
            stream->junk++;
        } else if (head.length > count && !last) {
            break;
        } else {
            end_junk(live, home);
            used = head.length < count ? head.length : (uint32_t)count;
            right = live_event_matches(bytes, &head, used);
            if (right == head.length)
                take_event(live, &head);
            else
                used = take_torn(live, home, &head, right - BY_CHANCE);
        }
        bytes += used;
        count -= used;
    }
    stream->headless |= stream->junk && stream->overtaken;
    if (!last) {
        keep(stream, bytes, count);
        return;
    }
    stream->junk += count;
    end_junk(live, home);
}
