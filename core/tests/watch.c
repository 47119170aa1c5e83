/* SPDX-License-Identifier: MIT */
/*
 * What a look at another's buffer tells of who is at it, and how long it takes: damage that is proved is
 * told at once, what may be a change that goes on has its time.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ondisk.h"
#include "relay/relay_attach.h"

struct look {
    struct relay_attached_info info;
    struct relay_buf_info buf;
    struct relay_subbuf_info subbufs[SUBBUFS];
};

/* ---- who is at the buffer ---- */

enum { NOBODY = 4194305 }; /* no thread has such a number */

struct holder {
    enum relay_alive alive; /* the maker */
    uint32_t writing, lock, not_writing;
    uint64_t born;
    enum relay_doing doing;
    bool finalized;
    bool is_torn, is_moving; /* what a look tells */
};

/* The channel's block becomes one with that holder, and is looked at. */
static void check_holder(struct relay_ctl *ctl, const struct holder *it)
{
    struct relay_attached *attached;
    struct look look;

    ctl->maker.boot[0] ^= it->alive == RELAY_ALIVE_NO;
    ctl->maker.pid_ns ^= it->alive == RELAY_ALIVE_UNKNOWN;
    ctl->writing = it->writing;
    ctl->lock = it->lock;
    ctl->not_writing = it->not_writing;
    ctl->holder_born = it->born;
    ctl->doing = it->doing;
    ctl->switches += it->doing != RELAY_DOING_NOTHING;
    ctl->finalized = it->finalized;
    ctl->limit = it->finalized ? 0 : SUBBUF + 1;
    NEED(relay_attach(in_dir("cpu0"), &attached) == 0);
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), 0);
    CHECK_EQ(look.info.alive, it->alive);
    CHECK_EQ(look.info.doing, it->doing);
    CHECK_EQ(look.info.holder, it->lock);
    CHECK_EQ(look.info.writing, it->writing);
    CHECK_EQ(look.info.is_consumer, it->born != 0);
    CHECK_EQ(look.info.is_torn, it->is_torn);
    CHECK_EQ(look.info.is_moving, it->is_moving);
    CHECK_EQ(look.buf.account.accepted.events,
             it->alive == RELAY_ALIVE_NO || it->is_moving ? 2 : 3);
    relay_detach(attached);
}

/* Two events, and a third that is counted and has no bytes yet: none, unless its writer goes on. */
static void who_is_at_it(void)
{
    struct relay_ctl *ctl = relay_cpu_buf(chan, 0)->ctl;
    uint32_t me = (uint32_t)getpid();
    uint64_t born = ctl->maker.born;
    const struct holder holders[] = {
        {.alive = RELAY_ALIVE_NO},
        {.alive = RELAY_ALIVE_NO, .writing = 1, .is_torn = true},
        {.alive = RELAY_ALIVE_NO, .writing = 1, .finalized = true},
        {.alive = RELAY_ALIVE_NO, .lock = NOBODY, .is_torn = true},
        {.alive = RELAY_ALIVE_NO, .lock = NOBODY, .not_writing = 1, .is_torn = true},
        {.alive = RELAY_ALIVE_NO, .lock = NOBODY, .not_writing = NOBODY},
        {.alive = RELAY_ALIVE_NO, .lock = NOBODY, .born = 1},
        {.alive = RELAY_ALIVE_NO, .lock = NOBODY, .doing = RELAY_DOING_RELEASE},
        {.alive = RELAY_ALIVE_NO, .lock = NOBODY, .finalized = true},
        {.alive = RELAY_ALIVE_YES},
        {.alive = RELAY_ALIVE_YES, .writing = 1},
        {.alive = RELAY_ALIVE_YES, .lock = NOBODY},
        {.alive = RELAY_ALIVE_YES, .lock = me, .born = born},
        {.alive = RELAY_ALIVE_YES, .lock = me, .doing = RELAY_DOING_RELEASE, .is_moving = true},
        {.alive = RELAY_ALIVE_YES,
         .lock = me,
         .born = born,
         .doing = RELAY_DOING_RELEASE,
         .is_moving = true},
        {.alive = RELAY_ALIVE_UNKNOWN,
         .lock = NOBODY,
         .born = 1,
         .doing = RELAY_DOING_RELEASE,
         .is_moving = true},
    };
    union control good;

    kit_put(chan, 0, 'a', 20);
    kit_put(chan, 0, 'b', 20);
    memcpy(&good, ctl, PAGE);
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
        int failures = check_failures;

        ctl->events = 3;
        ctl->committing = 3ull << 32 | 60;
        check_holder(ctl, &holders[i]);
        if (check_failures != failures)
            fprintf(stderr, "  holder %zu\n", i);
        memcpy(ctl, &good, PAGE);
    }
}

/* A consumer died amid a release; its maker lives, and goes on with what it has. */
static void a_consumer_that_died(void)
{
    struct relay_ctl *ctl = relay_cpu_buf(chan, 0)->ctl;
    struct relay_attached *attached;
    struct look look;

    for (int i = 0; i < 5; i++)
        kit_put(chan, 0, 'a', 60);
    ctl->doing = RELAY_DOING_RELEASE;
    ctl->switches++;
    ctl->lock = NOBODY;
    ctl->holder_born = 1;
    relay_ctl_slot(ctl, 0)->fate = RELAY_CONSUMED;
    ctl->account[RELAY_CONSUMED] = (struct relay_count){1, 60};
    NEED(relay_attach(in_dir("cpu0"), &attached) == 0);
    for (uint64_t what = 0; what < 2; what++) { /* and once it has done nothing at all */
        CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), 0);
        CHECK(look.info.is_consumer && !look.info.is_moving && !look.info.is_torn);
        CHECK_EQ(look.info.alive, RELAY_ALIVE_YES);
        CHECK_EQ(look.buf.consumed, 1);
        ctl->consumed = 1;
        ctl->doing = RELAY_DOING_NOTHING;
        ctl->switches += ctl->switches % 2;
    }
    relay_detach(attached);
    ctl->lock = 0;
    ctl->holder_born = 0;
}

/* An event that is on its way is taken back when its maker is dead, by whoever opens the buffer. */
static void an_event_on_its_way(void)
{
    static const unsigned char nothing[PAGE];
    union control control;

    kit_put(chan, 0, 'a', 20);
    put_file("copy0", nothing, PAGE);
    for (int turn = 0; turn < 2; turn++) {
        bool is_dead = turn > 0;
        struct dentry *entry;
        const struct relay_ctl *ctl;
        struct relay_file *file = NULL;

        memcpy(&control, relay_cpu_buf(chan, 0)->ctl, PAGE);
        control.head.maker.boot[0] ^= is_dead;
        control.head.writing = 1;
        control.head.events = 2;
        control.head.committing = 2ull << 32 | 40;
        put_file("copy0.ctl", &control, PAGE);
        entry = relay_lookup(dir, "copy0");
        NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
        ctl = relay_file_buf(file)->ctl;
        CHECK_EQ(ctl->events, is_dead ? 1 : 2);
        CHECK_EQ(ctl->committing == 0, is_dead);
        relay_file_close(file);
        relay_dentry_put(entry);
    }
    unlink(in_dir("copy0"));
    unlink(in_dir("copy0.ctl"));
}

/* What is fixed when a buffer is made is no other's later, to the last byte. */
static void what_cannot_change(void)
{
    const struct {
        size_t at, size;
    } fixed[] = {
        {0, offsetof(struct relay_ctl, alloc_size) + sizeof(uint64_t)},
        {offsetof(struct relay_ctl, maker), sizeof(struct relay_maker)},
    };
    unsigned char *ctl = (unsigned char *)relay_cpu_buf(chan, 0)->ctl;
    struct relay_attached *attached;
    struct look look;

    NEED(relay_attach(in_dir("cpu0"), &attached) == 0);
    for (int part = 0; part < 2; part++)
        for (size_t at = fixed[part].at; at < fixed[part].at + fixed[part].size; at++) {
            ctl[at] ^= 1;
            if (!CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs),
                          -EBADMSG))
                fprintf(stderr, "  with another byte %zu\n", at);
            ctl[at] ^= 1;
        }
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), 0);
    relay_detach(attached);
}

/* How often this thread has slept. */
static long pauses(void)
{
    struct rusage usage;

    NEED(getrusage(RUSAGE_THREAD, &usage) == 0);
    return usage.ru_nvcsw;
}

enum { SAME = 8, FEW = 2, OFTEN = 100 };

/* Of a look at damage. A busy machine lets the time pass before that is proved: then once more. */
static long pauses_of_a_look(struct relay_attached *attached)
{
    unsigned turn = 0;
    struct look look;
    long before_it;
    int result;

    do {
        before_it = pauses();
        result = relay_attached_look(attached, &look.info, &look.buf, look.subbufs);
    } while (result == -EAGAIN && ++turn < OFTEN);
    CHECK_EQ(result, -EBADMSG);
    CHECK_EQ(relay_error(), RELAY_ERR_DAMAGED);
    return pauses() - before_it;
}

/* What cannot be is told at once where no change falls into a copy; else when it stays the same. */
static void how_long_damage_is_looked_at(void)
{
    struct relay_ctl *ctl = relay_cpu_buf(chan, 0)->ctl;
    struct relay_attached *attached;
    struct look look;
    long slept;

    NEED(relay_attach(in_dir("cpu0"), &attached) == 0);
    ctl->base = 1;
    CHECK(pauses_of_a_look(attached) <= FEW);
    ctl->lock = NOBODY;
    ctl->holder_born = 1; /* a consumer that has died */
    CHECK(pauses_of_a_look(attached) <= FEW);
    ctl->holder_born = 0;
    ctl->lock = (uint32_t)getpid();
    ctl->switches++;
    ctl->offset = SUBBUF + 2; /* which nothing puts in order */
    for (int i = 0; i < 2; i++) {
        slept = pauses_of_a_look(attached);
        CHECK(slept >= SAME && slept <= SAME + FEW);
    }
    ctl->base = ctl->offset = 0;
    CHECK_EQ(relay_attached_look(attached, &look.info, &look.buf, look.subbufs), 0);
    CHECK(look.info.is_moving);
    ctl->switches++;
    ctl->lock = 0;
    relay_detach(attached);
}

static unsigned maps(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    unsigned count = 0;
    char line[512];

    NEED(file);
    while (fgets(line, sizeof(line), file))
        count += strstr(line, path) != NULL;
    fclose(file);
    return count;
}

/* Nothing of it stays, of one that was refused either. */
static void what_was_attached_is_let_go(void)
{
    struct relay_attached *attached;
    size_t descriptors = kit_descriptors();
    unsigned before_it = maps();

    NEED(relay_attach(in_dir("cpu0"), &attached) == 0);
    CHECK_EQ(maps(), before_it + 2);
    CHECK_EQ(kit_descriptors(), descriptors);
    relay_detach(attached);
    CHECK_EQ(maps(), before_it);
    relay_cpu_buf(chan, 0)->ctl->maker.cpus = 0;
    CHECK_EQ(relay_attach(in_dir("cpu0"), &attached), -EBADMSG);
    relay_cpu_buf(chan, 0)->ctl->maker.cpus = 1;
    CHECK_EQ(maps(), before_it);
    CHECK_EQ(kit_descriptors(), descriptors);
}

static const struct check_test tests[] = {
    TEST(who_is_at_it),
    TEST(an_event_on_its_way),
    TEST(what_cannot_change),
    TEST(a_consumer_that_died),
    TEST(how_long_damage_is_looked_at),
    TEST(what_was_attached_is_let_go),
};
CHECK_MAIN(tests, before, after)
