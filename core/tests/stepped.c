/* SPDX-License-Identifier: MIT */
/*
 * A process that could be killed behind any instruction. A script single-steps itself, and whenever the
 * control block has changed it keeps what a kill at that moment would leave. When it is dead, each of
 * these is looked at, opened, put in order and read: each event is accounted for, with its bytes, once,
 * and nothing is told that was not so before the operation, and not after it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_attach.h"

enum { SUBBUF = 64, SUBBUFS = 4, EVENT = 16, DATA = 4096, CONTROL = 4096, WATCHDOG_S = 300 };
enum { HEAD = sizeof(struct relay_ctl) + SUBBUFS * sizeof(struct relay_slot), ROOM = 20000 };

static char path[64];
static struct dentry *dir;

/* What a kill would leave, and what the script says of itself then. */
struct left {
    uint64_t begun;     /* events whose write was begun */
    uint64_t committed; /* events whose write said that they were stored */
    uint64_t operation; /* of the script, counted from 1 */
    uint64_t instructions;
    uint64_t refused, wrong; /* looks so far, while the script stood there */
    unsigned char data[SUBBUF * SUBBUFS], control[HEAD];
};
/* In memory that outlives the script. */
struct log {
    uint64_t count;
    struct left left[ROOM];
};
static struct log *kept;
static struct left now; /* its last row is this at the time */

static const struct rchan_callbacks *script_cb;
static enum relay_writers script_writers;
static bool script_reserves;

static void before(void)
{
    kit_before();
    alarm((unsigned)(WATCHDOG_S * kit_soak()));
    strcpy(path, "/dev/shm/relay-stepped-XXXXXX");
    NEED(mkdtemp(path));
    dir = relay_directory_at(path, NULL);
    kept = mmap(NULL, sizeof(*kept), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(dir && kept != MAP_FAILED);
}

static void after(void)
{
    munmap(kept, sizeof(*kept));
    relay_directory_clean(dir, "cpu");
    CHECK_EQ(relay_remove(dir), 0);
    relay_dentry_put(dir);
    alarm(0);
    kit_after();
}

/* ---- the script, in the process that steps itself ---- */

static struct rchan_buf *stepped;
static struct relay_attached
    *observer; /* of the script, which lives and does not go on meanwhile */

/* Such a writer may have been put to sleep there: that is no damage, and the account holds. */
static void look_meanwhile(void)
{
    struct relay_attached_info info;
    struct relay_buf_info buf;

    if (relay_attached_look(observer, &info, &buf, NULL) != 0)
        now.refused++;
    else if (!kit_conserved(&buf.account) || info.alive != RELAY_ALIVE_YES)
        now.wrong++;
}

static void on_step(int number)
{
    (void)number;
    now.instructions++;
    if (memcmp(now.control, stepped->ctl, HEAD) == 0 || kept->count == ROOM)
        return;
    memcpy(now.control, stepped->ctl, HEAD);
    memcpy(now.data, stepped->start, sizeof(now.data));
    look_meanwhile();
    kept->left[kept->count++] = now;
}

static void step_from_here(bool on)
{
#ifdef __x86_64__
    const unsigned long long trap = 0x100;
    unsigned long long flags = __builtin_ia32_readeflags_u64();

    __builtin_ia32_writeeflags_u64(on ? flags | trap : flags & ~trap);
#else
    (void)on;
#endif
}

static void store(struct rchan *chan, const uint64_t event[2], enum relay_outcome *outcome)
{
    void *slot = relay_reserve_on(chan, 0, EVENT, outcome);

    if (slot)
        memcpy(slot, event, EVENT);
}

static void write_next(struct rchan *chan)
{
    uint64_t event[2] = {now.begun, ~now.begun};
    enum relay_outcome outcome;

    now.operation++;
    now.begun++;
    if (script_reserves)
        store(chan, event, &outcome);
    else
        outcome = relay_write_on(chan, 0, event, EVENT);
    if (outcome == RELAY_STORED)
        now.committed = now.begun;
    else
        now.begun--;
}

static void read_some(struct relay_file *file, unsigned count)
{
    uint64_t event[2];

    now.operation++;
    while (count-- && relay_file_read(file, event, EVENT) == EVENT)
        ;
}

static void act(struct rchan *chan, struct relay_file *file)
{
    for (int i = 0; i < 6; i++)
        write_next(chan);
    read_some(file, 5);
    for (int i = 0; i < 20; i++)
        write_next(chan);
    now.operation++;
    relay_flush(chan);
    read_some(file, 7);
    for (int i = 0; i < 3; i++)
        write_next(chan);
    now.operation++;
    relay_reset(chan);
    for (int i = 0; i < 11; i++)
        write_next(chan);
    now.operation++;
    relay_subbufs_consumed(chan, 0, 1); /* which leaves the position within a sub-buffer: it is 0 */
    for (int i = 0; i < 3; i++)
        write_next(chan);
}

static void script(void)
{
    struct relay_options opt = {.cpus = 1, .writers = script_writers};
    struct rchan *chan = relay_open_on("cpu", dir, SUBBUF, SUBBUFS, script_cb, NULL, &opt);
    struct dentry *entry = relay_lookup(dir, "cpu0");
    struct relay_file *file;
    char whole[96];

    NEED(chan && relay_file_open(entry, O_RDONLY, &file) == 0);
    stepped = relay_cpu_buf(chan, 0);
    snprintf(whole, sizeof(whole), "%s/cpu0", path);
    NEED(relay_attach(whole, &observer) == 0);
    signal(SIGTRAP, on_step);
    step_from_here(true);
    act(chan, file);
    step_from_here(false);
    _exit(0);
}

/* ---- what is left behind each instruction ---- */

static int open_in(const char *name, int flags)
{
    char whole[96];
    int fd;

    snprintf(whole, sizeof(whole), "%s/%s", path, name);
    fd = open(whole, flags, 0600);
    NEED(fd >= 0);
    return fd;
}

static void put(int fd, const void *bytes, size_t size)
{
    NEED(pwrite(fd, bytes, size, 0) == (ssize_t)size);
}

/* Each event has 16 bytes, and has become one thing. */
static void check_account(const struct relay_account *told, const struct relay_account *then,
                          const struct left *left)
{
    CHECK(kit_conserved(told));
    CHECK_EQ(told->accepted.bytes, told->accepted.events * EVENT);
    CHECK_EQ(told->unread.bytes, told->unread.events * EVENT);
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++) {
        CHECK_EQ(told->fate[fate].bytes, told->fate[fate].events * EVENT);
        CHECK(told->fate[fate].events >= then->fate[fate].events);
    }
    CHECK(told->accepted.events >= then->accepted.events);
    CHECK(told->accepted.events >= left->committed && told->accepted.events <= left->begun);
}

static struct relay_buf_info look(void)
{
    struct relay_attached_info info;
    struct relay_attached *attached;
    struct relay_buf_info buf = {0};
    char whole[96];

    snprintf(whole, sizeof(whole), "%s/left0", path);
    NEED(relay_attach(whole, &attached) == 0);
    CHECK_EQ(relay_attached_look(attached, &info, &buf, NULL), 0);
    CHECK_EQ(info.alive, RELAY_ALIVE_NO);
    CHECK(!info.is_moving);
    relay_detach(attached);
    return buf;
}

/* Whole events in order, of those that are not lost; the last that was committed is among them. */
static void check_events(struct relay_file *file, uint64_t unread, const struct left *left)
{
    uint64_t event[2], next = 0, count = 0;
    ssize_t got;

    while ((got = relay_file_read(file, event, EVENT)) == EVENT) {
        CHECK(count == 0 || event[0] == next);
        CHECK_EQ(event[1], ~event[0]);
        next = event[0] + 1;
        count++;
    }
    CHECK_EQ(got, 0);
    CHECK(count <= unread);
    if (count)
        CHECK(next >= left->committed && next <= left->begun);
}

static void check_left(const struct left *left, const int copies[2], struct relay_account *last)
{
    struct relay_buf_info own, seen;
    struct relay_file *file;
    struct dentry *entry;

    put(copies[0], left->data, sizeof(left->data));
    put(copies[1], left->control, sizeof(left->control));
    CHECK_EQ(left->refused, 0);
    CHECK_EQ(left->wrong, 0);
    seen = look();
    entry = relay_lookup(dir, "left0");
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
    relay_file_subbufs_consumed(file, 0); /* which takes the lock */
    relay_buf_snapshot(relay_file_buf(file), &own, NULL);
    CHECK(memcmp(&own.account, &seen.account, sizeof(own.account)) == 0);
    CHECK_EQ(seen.offset, own.offset);
    CHECK_EQ(seen.produced, own.produced);
    CHECK_EQ(seen.consumed, own.consumed);
    CHECK_EQ(seen.file_size, own.file_size);
    CHECK(relay_file_is_valid(file));
    check_account(&own.account, last, left);
    *last = own.account;
    if (!script_reserves) /* whose events are committed before they have bytes */
        check_events(file, own.account.unread.events, left);
    CHECK(relay_file_is_valid(file));
    relay_file_close(file);
    relay_dentry_put(entry);
}

static void run_script(void)
{
    int status;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0)
        script();
    NEED(waitpid(child, &status, 0) == child && status == 0);
}

static void step_through(const struct rchan_callbacks *cb, enum relay_writers writers,
                         bool reserves)
{
    int copies[2], failures = check_failures;
    struct relay_account last = {0};

    script_cb = cb;
    script_writers = writers;
    script_reserves = reserves;
    run_script();
    copies[0] = open_in("left0", O_RDWR | O_CREAT);
    copies[1] = open_in("left0.ctl", O_RDWR | O_CREAT);
    NEED(ftruncate(copies[0], DATA) == 0 && ftruncate(copies[1], CONTROL) == 0);
    for (uint64_t i = 0; i < kept->count && check_failures == failures; i++) {
        const struct left *left = &kept->left[i];

        check_left(left, copies, &last);
        if (check_failures != failures)
            fprintf(stderr, "… behind instruction %llu, operation %llu\n",
                    (unsigned long long)left->instructions, (unsigned long long)left->operation);
    }
    CHECK(kept->count > 500 && kept->count < ROOM && last.accepted.events >= 20);
    close(copies[0]);
    close(copies[1]);
    CHECK_EQ(relay_directory_clean(dir, "left"), 1);
}

static void one_writer_stops(void)
{
    step_through(&kit_no_overwrite, RELAY_WRITERS_ONE, false);
}

static void one_writer_overwrites(void)
{
    step_through(&kit_overwrite, RELAY_WRITERS_ONE, false);
}

static void with_locks(void)
{
    step_through(&kit_no_overwrite, RELAY_WRITERS_MANY, false);
}

static void with_locks_overwriting(void)
{
    step_through(&kit_overwrite, RELAY_WRITERS_MANY, false);
}

static void reserving(void)
{
    step_through(&kit_overwrite, RELAY_WRITERS_MANY, true);
}

static void one_writer_reserves(void)
{
    step_through(&kit_no_overwrite, RELAY_WRITERS_ONE, true);
}

static const struct check_test tests[] = {
    TEST(one_writer_stops), TEST(one_writer_overwrites),
    TEST(with_locks),       TEST(with_locks_overwriting),
    TEST(reserving),        TEST(one_writer_reserves),
};

int main(int argc, char **argv)
{
#ifdef __x86_64__
    bool can_step = !CHECK_TSAN; /* which keeps such signals for later */
#else
    bool can_step = false;
#endif
    if (!can_step) {
        printf("skipped: a process cannot step itself here\n");
        return CHECK_SKIP;
    }
    return check_run(argc, argv, tests, sizeof(tests) / sizeof(*tests), before, after);
}
