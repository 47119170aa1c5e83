/* SPDX-License-Identifier: MIT */
/*
 * A change that was left half done becomes the whole one, or none: the control blocks before and after
 * an operation are the maker's own, and every state that a death leaves between the two is put in order
 * by who takes the lock, and by an observer. All of the block has to be as the one or the other.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "half.h"

enum { HEADER = 4, EVENT = 16 };

/* ---- the channel that is left behind, whose client does as kit says ---- */

static struct rchan *left;

static void open_left(size_t header)
{
    kit.header = header;
    left = relay_open_on("left", dir, SUBBUF, SUBBUFS, &kit_logged, NULL,
                         &(struct relay_options){.cpus = 1});
    NEED(left);
}

static void write_events(unsigned count, size_t length)
{
    while (count--)
        CHECK_EQ(kit_put(left, 0, 'e', length), RELAY_STORED);
}

/* Into the second lap: a sub-buffer that was read, one that was released unread, two that wait. */
static void be_amid(void)
{
    struct relay_file *file = NULL;
    struct dentry *entry = relay_lookup(dir, "left0");

    write_events(4, EVENT); /* three to a sub-buffer */
    NEED(relay_file_open(entry, O_RDONLY, &file) == 0);
    kit_read(file, HEADER + 3 * EVENT);
    relay_file_close(file);
    relay_dentry_put(entry);
    write_events(7, EVENT);
    relay_subbufs_consumed(left, 0, 1);
    write_events(4, EVENT);
}

static struct block now(void)
{
    struct block ret;

    memcpy(&ret, relay_cpu_buf(left, 0)->ctl, sizeof(ret));
    return ret;
}

static void flush_with(int answer)
{
    kit.answer = answer;
    relay_flush(left);
}

/* ---- a switch ---- */

/* Without a next sub-buffer it is as after a refusal, wherever `offset` was. */
static void check_switch_without_a_next(void)
{
    const struct field finish[] = {IN_HEAD(prev_padding), IN_HEAD(file_size_before),
                                   IN_SLOT(0, padding),   FINISH(0),
                                   IN_HEAD(produced),     IN_HEAD(file_size)};
    const uint64_t offsets[] = {0, HEADER, HEADER + EVENT, SUBBUF, SUBBUF + 1};
    struct block was = now(), blocked, half;

    CHECK_EQ(was.head.current, 0);
    flush_with(KIT_REFUSE);
    blocked = now();
    CHECK_EQ(blocked.head.offset, SUBBUF + 1);
    DIE_ALONG(&was, &blocked, finish, 9, RELAY_DOING_SWITCH);
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        half = blocked;
        half.head.offset = offsets[i];
        becomes(&half, RELAY_DOING_SWITCH, &blocked);
        half.head.base = SUBBUF; /* and it was to go on there */
        becomes(&half, RELAY_DOING_SWITCH, &blocked);
        half.head.current = 1;
        becomes(&half, RELAY_DOING_SWITCH, &blocked);
    }
}

/* As soon as the next one has its number it has begun. */
static void check_switch_to_a_next(const struct block *blocked)
{
    enum { CLEARED = 6, NUMBERED = 10, WITH_HEADER = 11 };
    const struct field begin[] = {
        IN_HEAD(offset),     IN_HEAD(base),     IN_HEAD(current),   IN_SLOT(1, lost),
        IN_SLOT(1, events),  IN_SLOT(1, bytes), IN_SLOT(1, read),   IN_SLOT(1, reserved),
        IN_SLOT(1, used),    IN_SLOT(1, lap),   IN_SLOT(1, header), IN_SLOT(1, fate),
        IN_SLOT(1, padding),
    };
    struct block begun = now();

    CHECK_EQ(begun.head.current, 1);
    for (size_t i = 0; i <= sizeof(begin) / sizeof(begin[0]); i++) {
        struct block want = *blocked, half = between(blocked, &begun, begin, i);

        if (i >= CLEARED && i < WITH_HEADER)
            half.slots[1].header = 0;
        want.slots[1] = half.slots[1];
        becomes(&half, RELAY_DOING_SWITCH, i < NUMBERED ? &want : &begun);
        if (i < NUMBERED)
            continue;
        half.head.base = blocked->head.base; /* where events go follows from the number */
        becomes(&half, RELAY_DOING_SWITCH, &begun);
        half.head.current = blocked->head.current;
        becomes(&half, RELAY_DOING_SWITCH, &begun);
    }
}

static void a_switch_is_whole_or_none(void)
{
    struct block blocked;

    open_left(HEADER);
    be_amid();
    check_switch_without_a_next();
    blocked = now();
    flush_with(KIT_ACCEPT);
    check_switch_to_a_next(&blocked);
    relay_close(left);
}

/* Events that are decided to be lost are lost, and so their place is the next one's. */
static void what_is_overwritten_is_lost(void)
{
    const struct field next[] = {IN_SLOT(1, read), IN_SLOT(1, reserved), IN_SLOT(1, lap)};
    struct block was, begun, half;
    struct relay_slot *slot = &half.slots[1];
    struct relay_count *row = &half.head.account[RELAY_OVERWRITTEN];

    open_left(HEADER);
    kit.answer = KIT_ACCEPT;
    write_events(13, EVENT);
    CHECK(relay_reserve_on(left, 0, EVENT, NULL));
    was = now();
    was.slots[1].read = was.slots[1].reserved = EVENT; /* some of it was */
    flush_with(KIT_ACCEPT);
    begun = now();
    CHECK_EQ(begun.head.current, 1);
    CHECK_EQ(begun.head.account[RELAY_OVERWRITTEN].events, 6);
    for (unsigned told = 0; told < 4; told++) { /* of the decision: the fate, events, bytes */
        half = begun;
        *slot = was.slots[1];
        slot->lost = 3;
        half.head.deciding = 1 + RELAY_OVERWRITTEN;
        half.head.deciding_slot = 1;
        slot->fate = told > 0 ? RELAY_OVERWRITTEN : RELAY_N_FATES;
        row->events -= told > 1 ? 0 : 3;
        row->bytes -= told > 2 ? 0 : 3 * EVENT;
        becomes(&half, RELAY_DOING_SWITCH, &begun);
    }
    half.head.deciding = 0;
    was = half;
    DIE_ALONG(&was, &begun, next, 0, RELAY_DOING_SWITCH);
    relay_close(left);
}

/* ---- releases ---- */

static void check_release(const struct block *was, const struct block *then, enum relay_fate fate,
                          uint32_t slot)
{
    struct block half = *was;
    const struct relay_count *row = &then->head.account[fate];

    becomes(&half, RELAY_DOING_RELEASE, was);
    half.head.deciding = 1 + (uint32_t)fate;
    half.head.deciding_slot = slot;
    becomes(&half, RELAY_DOING_RELEASE, then);
    half.slots[slot].fate = fate;
    becomes(&half, RELAY_DOING_RELEASE, then);
    half.head.account[fate].events = row->events;
    becomes(&half, RELAY_DOING_RELEASE, then);
    half.head.account[fate].bytes = row->bytes;
    becomes(&half, RELAY_DOING_RELEASE, then);
    half.head.deciding = 0;
    becomes(&half, RELAY_DOING_RELEASE, then);
    half.head.consumed++;
    becomes(&half, RELAY_DOING_RELEASE, then);
    becomes(&half, RELAY_DOING_NOTHING, then);
}

static void a_release_is_whole_or_none(void)
{
    struct block was, then;

    open_left(HEADER);
    be_amid();
    was = now();
    CHECK_EQ(was.head.produced, 4);
    CHECK_EQ(was.head.consumed, 2);
    relay_subbufs_consumed(left, 0, 1);
    then = now();
    check_release(&was, &then, RELAY_RELEASED_UNREAD, 2);
    relay_subbufs_consumed(left, 0, 1); /* and it is empty: the one being written is not */
    was = then;
    then = now();
    check_release(&was, &then, RELAY_RELEASED_UNREAD, 3);
    relay_close(left);
}

/* The position goes on with a reader's release, and only then. */
static void a_readers_release_is_whole_or_none(void)
{
    struct relay_file *file = NULL;
    struct dentry *entry;
    struct block was, then, half;

    open_left(HEADER);
    be_amid();
    entry = relay_lookup(dir, "left0");
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
    was = now();
    kit_read(file, HEADER + 3 * EVENT);
    then = now();
    CHECK_EQ(then.head.consumed, was.head.consumed + 1);
    CHECK_EQ(then.head.bytes_consumed, 0);
    was.head.bytes_consumed = was.slots[2].read = HEADER + 3 * EVENT;
    half = was;
    half.head.release_to = was.head.consumed + 1;
    becomes(&half, RELAY_DOING_NOTHING, &was); /* it has not begun: the position stays */
    becomes(&half, RELAY_DOING_RELEASE, &was);
    half.slots[2].fate = RELAY_CONSUMED;
    half.head.account[RELAY_CONSUMED] = then.head.account[RELAY_CONSUMED];
    becomes(&half, RELAY_DOING_RELEASE, &then);
    half.head.consumed++;
    becomes(&half, RELAY_DOING_RELEASE, &then);
    becomes(&half, RELAY_DOING_NOTHING, &then);
    half.head.release_to = 0; /* and has come to its end, or is not a reader's */
    half.head.bytes_consumed = then.head.bytes_consumed = HEADER;
    becomes(&half, RELAY_DOING_RELEASE, &then);
    becomes(&half, RELAY_DOING_NOTHING, &then);
    relay_file_close(file);
    relay_dentry_put(entry);
    relay_close(left);
}

/* ---- losses ---- */

static void a_loss_is_counted_once(void)
{
    const struct field fields[] = {IN_HEAD(account[RELAY_REFUSED_FULL].events),
                                   IN_HEAD(account[RELAY_REFUSED_FULL].bytes)};
    struct block was, then;

    open_left(HEADER);
    be_amid();
    flush_with(KIT_REFUSE);
    CHECK_EQ(kit_put(left, 0, 'r', EVENT - 1), RELAY_LOST_FULL);
    was = now();
    CHECK_EQ(kit_put(left, 0, 'r', EVENT), RELAY_LOST_FULL);
    then = now();
    becomes(&was, RELAY_DOING_NOTHING, &was);
    was.head.losing = then.head.account[RELAY_REFUSED_FULL];
    was.head.deciding = 1 + RELAY_REFUSED_FULL;
    DIE_ALONG(&was, &then, fields, 0, RELAY_DOING_NOTHING);
    relay_close(left);
}

/* ---- all that is unread goes ---- */

/* Sub-buffers 2 and 3 wait, 0 is being written and may be full to its last byte. */
static void check_discard(const struct block *was, const struct block *finished,
                          const struct block *then, enum relay_fate fate, enum relay_doing doing)
{
    const struct field finish[] = {FINISH(0)};
    const uint32_t slots[] = {0, 2, 3};
    struct block half;
    struct relay_count *row = &half.head.account[fate];

    for (size_t i = 0; i <= 5; i++) {
        half = between(was, finished, finish, i);
        becomes(&half, doing, then);
    }
    for (size_t i = 0; i < 3; i++) {
        struct relay_slot *slot = &half.slots[slots[i]];

        half.head.deciding = 1 + (uint32_t)fate;
        half.head.deciding_slot = slots[i];
        becomes(&half, doing, then);
        slot->fate = fate;
        becomes(&half, doing, then);
        row->events += slot->events;
        becomes(&half, doing, then);
        row->bytes += slot->bytes;
        becomes(&half, doing, then);
        half.head.deciding = 0;
        becomes(&half, doing, then);
    }
    CHECK_EQ(row->events, then->head.account[fate].events);
}

/* The last of the sub-buffers has `room` bytes left. */
static void fill_to(size_t room)
{
    open_left(0);
    write_events(9, EVENT);
    relay_subbufs_consumed(left, 0, 2);
    write_events(11, EVENT - room / 4);
    CHECK_EQ(relay_cpu_buf(left, 0)->ctl->current, 0);
    CHECK_EQ(relay_cpu_buf(left, 0)->ctl->offset, SUBBUF - room);
}

/* What it would be with the current sub-buffer finished; it goes on as it was. */
static struct block finished(const struct block *was)
{
    struct block ret;

    flush_with(KIT_REFUSE);
    ret = now();
    memcpy(relay_cpu_buf(left, 0)->ctl, was, sizeof(*was));
    kit.answer = KIT_ACCEPT;
    return ret;
}

static void check_reset_with(size_t room)
{
    const struct field clear[] = {IN_HEAD(committing),     IN_HEAD(produced), IN_HEAD(consumed),
                                  IN_HEAD(bytes_consumed), IN_HEAD(stat_big), IN_HEAD(current),
                                  IN_HEAD(base),           IN_HEAD(offset),   IN_SLOT(0, lap),
                                  IN_SLOT(0, padding)};
    struct block was, whole, then;

    fill_to(room);
    was = now();
    whole = finished(&was);
    relay_reset(left);
    then = now();
    check_discard(&was, &whole, &then, RELAY_DISCARDED_RESET, RELAY_DOING_START);
    memcpy(was.head.account, then.head.account, sizeof(then.head.account));
    was.head.events_begin = then.head.events_begin;
    was.head.bytes_done = then.head.bytes_done;
    was.slots[0].fate = was.slots[2].fate = was.slots[3].fate = RELAY_DISCARDED_RESET;
    DIE_ALONG(&was, &then, clear, 0, RELAY_DOING_START);
    relay_close(left);
}

static void a_reset_comes_to_its_end(void)
{
    check_reset_with(0);
    check_reset_with(4);
}

/* Nobody is left who could read. */
static void check_close_with(size_t room)
{
    struct block was, whole, then, *seen;
    int fd = -1;

    fill_to(room);
    was = now();
    whole = finished(&was);
    fd = open(in_dir("left0.ctl"), O_RDONLY);
    seen = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    NEED(fd >= 0 && seen != MAP_FAILED && close(fd) == 0);
    relay_close(left);
    memcpy(&then, seen, sizeof(then));
    munmap(seen, PAGE);
    was.head.finalized = 1;
    check_discard(&was, &whole, &then, RELAY_DISCARDED_CLOSE, RELAY_DOING_DISCARD);
}

static void a_close_comes_to_its_end(void)
{
    check_close_with(0);
    check_close_with(4);
}

/* ---- an event that was counted and not committed ---- */

static void an_event_without_bytes_is_none(void)
{
    struct block was, without, half;
    uint64_t events, offset;

    open_left(HEADER);
    be_amid();
    was = without = half = now();
    events = was.head.events;
    offset = was.head.offset;
    without.head.events--;
    half.head.committing = events << 32 | (offset + EVENT);
    becomes(&half, RELAY_DOING_NOTHING, &without);
    half.head.committing = events << 32 | offset; /* it has them */
    becomes(&half, RELAY_DOING_NOTHING, &was);
    half.head.committing = (events + 1) << 32 | (offset + EVENT); /* it was not counted */
    becomes(&half, RELAY_DOING_NOTHING, &was);
    half.head.committing = (events - 1) << 32 | (offset - EVENT);
    becomes(&half, RELAY_DOING_NOTHING, &was);
    relay_close(left);
}

static const struct check_test tests[] = {
    TEST(a_switch_is_whole_or_none),  TEST(what_is_overwritten_is_lost),
    TEST(a_release_is_whole_or_none), TEST(a_readers_release_is_whole_or_none),
    TEST(a_loss_is_counted_once),     TEST(a_reset_comes_to_its_end),
    TEST(a_close_comes_to_its_end),   TEST(an_event_without_bytes_is_none),
};
CHECK_MAIN(tests, before, after)
