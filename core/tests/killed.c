/* SPDX-License-Identifier: MIT */
/*
 * Processes that are killed: a script that dies at each probe that it comes to, one after the other,
 * and producers that die at random moments. What they had committed is all there, in order and once;
 * what a consumer held is free. Built with a library whose probes call.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/internal.h"
#include "check.h"
#include "kit.h"
#include "relay/relay_attach.h"

enum { SUBBUF = 64, EVENT = 16, WATCHDOG_S = 120 };

static char path[64];
static struct dentry *dir;

/* What a producer says of itself, in memory that outlives it. */
struct said {
    uint64_t begun;     /* events whose write was begun */
    uint64_t committed; /* events whose write said that they were stored */
    uint64_t probes;    /* that it came to */
    uint64_t probe;     /* the last of them */
    uint64_t taken;     /* events that a consumer had */
    bool is_open, may_write;
};
static struct said *said;

static uint64_t die_at; /* at that probe; 0: never */
static unsigned torn;   /* deaths within a write, as observers tell */

void relay_probe_hit(int id)
{
    if (!die_at)
        return;
    said->probe = (uint64_t)id;
    if (++said->probes == die_at)
        raise(SIGKILL);
}

static void before(void)
{
    kit_before();
    alarm((unsigned)(WATCHDOG_S * kit_soak())); /* what waits for the dead ends the program */
    strcpy(path, "/dev/shm/relay-killed-XXXXXX");
    NEED(mkdtemp(path));
    dir = relay_directory_at(path, NULL);
    said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(dir && said != MAP_FAILED);
}

static void after(void)
{
    munmap(said, sizeof(*said));
    CHECK_EQ(relay_remove(dir), 0);
    relay_dentry_put(dir);
    alarm(0);
    kit_after();
}

static struct rchan *open_channel(const struct rchan_callbacks *cb, enum relay_writers writers)
{
    struct relay_options opt = {.cpus = 1, .writers = writers};

    return relay_open_on("cpu", dir, SUBBUF, 4, cb, NULL, &opt);
}

static struct relay_file *open_file(void)
{
    struct dentry *entry = relay_lookup(dir, "cpu0");
    struct relay_file *file = NULL;

    if (entry && relay_file_open(entry, O_RDONLY, &file) != 0)
        file = NULL;
    relay_dentry_put(entry);
    return file;
}

/* ---- events that say which they are ---- */

static void write_next(struct rchan *chan)
{
    uint64_t event[2] = {said->begun, ~said->begun};

    said->begun++;
    if (relay_write_on(chan, 0, event, sizeof(event)) == RELAY_STORED)
        said->committed = said->begun;
    else
        said->begun--; /* the next one has its number */
}

/* Whole events from number *next on. */
static void check_events(struct relay_file *file, uint64_t *next)
{
    uint64_t event[2];
    ssize_t count;

    while ((count = relay_file_read(file, event, sizeof(event))) == sizeof(event)) {
        CHECK_EQ(event[0], *next);
        CHECK_EQ(event[1], ~event[0]);
        *next = event[0] + 1;
    }
    CHECK_EQ(count, 0);
}

/* All that was committed was read, and at most the one that was being written besides. */
static void check_all(struct relay_file *file, uint64_t next)
{
    CHECK(next >= said->committed);
    CHECK(next <= said->begun);
    relay_file_subbufs_consumed(file, 0); /* which takes the lock */
    CHECK(relay_file_is_valid(file));
}

static pid_t spawn(void (*act)(void))
{
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        act();
        _exit(0);
    }
    NEED(child > 0);
    return child;
}

/* ---- at each probe ---- */

static const struct rchan_callbacks *script_cb;
static enum relay_writers script_writers;
static uint64_t script_begin; /* the probe of the script that it dies at */

/* Writes over several laps, reads some, flushes; with resets those before do not count. */
static void script(void)
{
    struct rchan *chan = open_channel(script_cb, script_writers);
    struct relay_file *file = open_file();
    uint64_t read = 0;

    die_at = script_begin;
    for (int i = 0; i < 18; i++)
        write_next(chan);
    if (script_cb == &kit_no_overwrite)
        check_events(file, &read);
    relay_flush(chan);
    for (int i = 0; i < 7; i++)
        write_next(chan);
    relay_subbufs_consumed(chan, 0, 0);
    die_at = 0;
    said->probes = 0; /* it came to its end */
}

static uint64_t first_of(struct relay_file *file)
{
    uint64_t event[2];

    return relay_file_read(file, event, sizeof(event)) == sizeof(event) ? event[0] : UINT64_MAX;
}

/* What an observer sees before anybody has put anything in order: the same as after that. */
static struct relay_buf_info look_before(void)
{
    struct relay_attached_info info;
    struct relay_attached *attached;
    struct relay_buf_info look;
    char data_path[80];

    snprintf(data_path, sizeof(data_path), "%s/cpu0", path);
    NEED(relay_attach(data_path, &attached) == 0);
    NEED(relay_attached_look(attached, &info, &look, NULL) == 0);
    CHECK_EQ(info.alive, RELAY_ALIVE_NO);
    CHECK(!info.is_moving);
    /* who has only just taken the lock has not said for what */
    if (info.is_torn && said->probe != RELAY_PROBE_LOCK_TAKEN)
        CHECK_EQ(said->begun, said->committed + 1);
    torn += info.is_torn;
    relay_detach(attached);
    return look;
}

/* What the script left: from some number on all events in order, to the last. */
static void look_at_script(void)
{
    struct relay_file *file = open_file();
    struct rchan_buf *buf;
    struct relay_buf_info look, own;
    struct relay_account account;
    uint64_t first, next;

    NEED(file);
    buf = relay_file_buf(file);
    look = look_before();
    relay_file_subbufs_consumed(file, 0);
    relay_buf_snapshot(buf, &own, NULL);
    CHECK(memcmp(&own.account, &look.account, sizeof(own.account)) == 0);
    CHECK_EQ(look.offset, own.offset);
    CHECK_EQ(look.produced, own.produced);
    CHECK_EQ(look.consumed, own.consumed);
    CHECK_EQ(look.file_size, own.file_size);
    CHECK_EQ(own.file_size, own.account.accepted.bytes - (own.offset <= SUBBUF ? own.offset : 0));
    if (!CHECK(relay_buf_is_valid(buf)))
        fprintf(stderr, "… killed at probe %llu\n", (unsigned long long)script_begin);
    relay_buf_account(buf, &account);
    CHECK(kit_conserved(&account));
    CHECK_EQ(account.accepted.bytes, account.accepted.events * EVENT);
    first = first_of(file);
    if (first != UINT64_MAX) {
        next = first + 1;
        check_events(file, &next);
        CHECK(next >= said->committed && next <= said->begun);
    }
    CHECK(relay_buf_is_valid(buf));
    relay_file_close(file);
}

static void script_dies_everywhere(const struct rchan_callbacks *cb, enum relay_writers writers)
{
    bool ended = false;

    script_cb = cb;
    script_writers = writers;
    torn = 0;
    for (script_begin = 1; !ended && !check_failures; script_begin++) {
        int status;
        pid_t child;

        memset(said, 0, sizeof(*said));
        child = spawn(script);
        NEED(waitpid(child, &status, 0) == child);
        ended = WIFEXITED(status);
        if (ended)
            CHECK_EQ(status, 0);
        look_at_script();
        CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
    }
    CHECK(script_begin > 100);
    CHECK(torn >= 25); /* of each event */
}

static void no_overwrite_with_locks(void)
{
    script_dies_everywhere(&kit_no_overwrite, RELAY_WRITERS_MANY);
}

static void no_overwrite_by_one(void)
{
    script_dies_everywhere(&kit_no_overwrite, RELAY_WRITERS_ONE);
}

static void overwrite_with_locks(void)
{
    script_dies_everywhere(&kit_overwrite, RELAY_WRITERS_MANY);
}

static void overwrite_by_one(void)
{
    script_dies_everywhere(&kit_overwrite, RELAY_WRITERS_ONE);
}

/* A reset that was begun is a reset, or none. */
static void resetting(void)
{
    struct rchan *chan = open_channel(&kit_no_overwrite, RELAY_WRITERS_MANY);

    for (int i = 0; i < 9; i++)
        write_next(chan);
    die_at = script_begin;
    relay_reset(chan);
    die_at = 0;
    said->probes = 0;
}

static void a_reset_dies_everywhere(void)
{
    bool ended = false;

    for (script_begin = 1; !ended && !check_failures; script_begin++) {
        struct relay_file *file;
        uint64_t first;
        int status;
        pid_t child;

        memset(said, 0, sizeof(*said));
        child = spawn(resetting);
        NEED(waitpid(child, &status, 0) == child);
        ended = WIFEXITED(status);
        file = open_file();
        relay_file_subbufs_consumed(file, 0);
        if (!CHECK(relay_file_is_valid(file)))
            fprintf(stderr, "… killed at probe %llu\n", (unsigned long long)script_begin);
        first = first_of(file);
        CHECK(first == 0 || first == UINT64_MAX);
        relay_file_close(file);
        CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
    }
    CHECK(script_begin > 5);
}

/* ---- a writer, at each probe, under a consumer that was there before ---- */

static void writing_when_told(void)
{
    struct rchan *chan = open_channel(&kit_no_overwrite, script_writers);

    relay_store_release(&said->is_open, true);
    while (!relay_load_acquire(&said->may_write))
        usleep(50);
    die_at = script_begin;
    write_next(chan);
    write_next(chan);
    die_at = 0;
    said->probes = 0;
}

static void under_a_consumer(enum relay_writers writers)
{
    bool ended = false;

    script_writers = writers;
    for (script_begin = 1; !ended && !check_failures; script_begin++) {
        struct relay_account account;
        struct relay_file *file;
        int status;
        pid_t child;

        memset(said, 0, sizeof(*said));
        child = spawn(writing_when_told);
        while (!relay_load_acquire(&said->is_open))
            usleep(50);
        file = open_file();
        relay_store_release(&said->may_write, true);
        NEED(waitpid(child, &status, 0) == child);
        ended = WIFEXITED(status);
        while (!(relay_file_poll(file) & POLLERR))
            usleep(1000); /* it is looked at only so often */
        relay_file_subbufs_consumed(file, 0);
        relay_buf_account(relay_file_buf(file), &account);
        CHECK_EQ(account.accepted.bytes, account.accepted.events * EVENT);
        CHECK(account.accepted.events >= said->committed && account.accepted.events <= said->begun);
        CHECK(relay_file_is_valid(file));
        relay_file_close(file);
        CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
    }
    CHECK(script_begin > 10);
}

static void a_consumer_counts_right_with_locks(void)
{
    under_a_consumer(RELAY_WRITERS_MANY);
}

static void a_consumer_counts_right_by_one(void)
{
    under_a_consumer(RELAY_WRITERS_ONE);
}

/* ---- a consumer, at each probe ---- */

static void consuming(void)
{
    struct relay_file *file;
    uint64_t next = 0;

    while (!(file = open_file()) || relay_file_size(file) < 2 * SUBBUF) {
        relay_file_close(file);
        usleep(100);
    }
    die_at = script_begin;
    while (first_of(file) == next)
        said->taken = ++next;
    said->taken = UINT64_MAX; /* what follows releases what nobody read */
    relay_file_subbufs_consumed(file, 1);
    die_at = 0;
    said->probes = 0;
    relay_file_close(file);
}

/* Its writer and other consumers go on. */
static void a_consumer_dies_everywhere(void)
{
    bool ended = false;

    for (script_begin = 1; !ended && !check_failures; script_begin++) {
        struct relay_file *file;
        struct rchan *chan;
        uint64_t next;
        int status;
        pid_t child;

        memset(said, 0, sizeof(*said));
        child = spawn(consuming); /* knows nothing of the channel */
        chan = open_channel(&kit_no_overwrite, RELAY_WRITERS_MANY);
        for (int i = 0; i < 11; i++)
            write_next(chan);
        NEED(waitpid(child, &status, 0) == child);
        ended = WIFEXITED(status);
        for (int i = 0; i < 3; i++)
            write_next(chan);
        if (!CHECK(kit_valid(chan)))
            fprintf(stderr, "… killed at probe %llu\n", (unsigned long long)script_begin);
        file = open_file();
        next = first_of(file);
        CHECK(next == UINT64_MAX || next <= said->committed);
        if (!ended && said->taken != UINT64_MAX) /* one may have been on its way */
            CHECK(next == said->taken || next == said->taken + 1);
        if (next++ != UINT64_MAX)
            check_events(file, &next);
        CHECK_EQ(next, next ? said->committed : 0);
        CHECK(kit_valid(chan));
        relay_file_close(file);
        relay_close(chan);
    }
    CHECK(script_begin > 30);
}

/* ---- at random moments ---- */

static void producing(void)
{
    struct rchan *chan = open_channel(&kit_no_overwrite, script_writers);

    for (;;)
        write_next(chan);
}

static void producers_die(enum relay_writers writers)
{
    unsigned long rounds = 25 * kit_soak();

    script_writers = writers;
    for (unsigned long i = 0; i < rounds && !check_failures; i++) {
        struct relay_file *file;
        uint64_t next = 0;
        pid_t child;

        memset(said, 0, sizeof(*said));
        child = spawn(producing);
        while (!(file = open_file()))
            usleep(50); /* until the producer has opened its channel */
        for (unsigned long end = 20 + i * 7919 % 500; end; end--)
            check_events(file, &next);
        kill(child, SIGKILL);
        NEED(waitpid(child, NULL, 0) == child);
        check_events(file, &next);
        check_events(file, &next);
        check_all(file, next);
        relay_file_close(file);
        CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
    }
}

/* … of a process that reads and has no channel: its children are others than it is. */
static void producers_with_locks(void)
{
    producers_die(RELAY_WRITERS_MANY);
}

static void declared_producers(void)
{
    producers_die(RELAY_WRITERS_ONE);
}

static const struct check_test tests[] = {
    TEST(no_overwrite_with_locks),
    TEST(no_overwrite_by_one),
    TEST(overwrite_with_locks),
    TEST(overwrite_by_one),
    TEST(a_reset_dies_everywhere),
    TEST(a_consumer_dies_everywhere),
    TEST(a_consumer_counts_right_with_locks),
    TEST(a_consumer_counts_right_by_one),
    TEST(producers_with_locks),
    TEST(declared_producers),
};
CHECK_MAIN(tests, before, after)
