/* SPDX-License-Identifier: MIT */
/*
 * Whoever reads or changes a buffer on disk stands in its control block, with when it began: by its number
 * alone a later thread could be taken for it. And who is told apart where /proc shows nobody else.
 * Built with a library whose probes call.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ondisk.h"
#include "relay/relay_attach.h"

/* ---- copies and threads ---- */

/* A copy of the channel's block, as another maker's who is dead. */
static union control dead_makers(void)
{
    union control ret;

    memcpy(&ret, relay_cpu_buf(chan, 0)->ctl, PAGE);
    ret.head.maker.boot[0] ^= 1;
    return ret;
}

static void put_copy(const union control *control)
{
    static const union control nothing;

    put_file("copy0", &nothing, PAGE);
    put_file("copy0.ctl", control, PAGE);
}

static void forget_copy(void)
{
    unlink(in_dir("copy0"));
    unlink(in_dir("copy0.ctl"));
}

static void run(void *(*act)(void *))
{
    pthread_t thread;

    NEED(pthread_create(&thread, NULL, act, NULL) == 0);
    pthread_join(thread, NULL);
}

/* ---- what stands in the block at a probe ---- */

static struct relay_ctl *watched; /* NULL: no longer */
static int watched_probe;
static unsigned met;
static bool is_foreign;

static uint32_t own_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

/* When the calling thread began, read in another way than the library does. */
static unsigned long long own_birth(void)
{
    char name[64], text[1024] = "", *at;
    FILE *stat;

    snprintf(name, sizeof(name), "/proc/%d/task/%u/stat", getpid(), own_id());
    stat = fopen(name, "r");
    NEED(stat && fgets(text, sizeof(text), stat));
    fclose(stat);
    at = strtok(strrchr(text, ')') + 2, " ");
    for (int field = 3; field < 22; field++)
        at = strtok(NULL, " ");
    return strtoull(at, NULL, 10);
}

void relay_probe_hit(int id)
{
    if (!watched || id != watched_probe)
        return;
    met++;
    if (id == RELAY_PROBE_READ_ENTER) {
        CHECK_EQ(relay_load(&watched->turn), own_id());
        CHECK_EQ(relay_load(&watched->turn_born), own_birth());
        return;
    }
    CHECK_EQ(relay_load(&watched->lock), own_id());
    CHECK_EQ(relay_load(&watched->holder_born), is_foreign ? own_birth() : 0);
    CHECK_EQ(relay_load(&watched->not_writing), own_id());
}

static void read_and_release(const char *name)
{
    struct relay_file *file = kit_file_in(dir, name, O_RDONLY);

    watched = relay_file_buf(file)->ctl;
    met = 0;
    watched_probe = RELAY_PROBE_READ_ENTER;
    kit_read(file, 16);
    CHECK_EQ(met, 1);
    CHECK_EQ(watched->turn, 0);
    CHECK_EQ(watched->turn_born, 0);
    watched_probe = RELAY_PROBE_CONSUME_CLAMPED;
    relay_file_subbufs_consumed(file, 1);
    CHECK_EQ(met, 2);
    CHECK_EQ(watched->lock, 0);
    CHECK_EQ(watched->holder_born, 0);
    CHECK_EQ(watched->not_writing, 0);
    watched = NULL;
    relay_file_close(file);
}

/* The channel's own file, and a copy of it that is another maker's. */
static void read_both(void)
{
    is_foreign = false;
    read_and_release("cpu0");
    is_foreign = true;
    read_and_release("copy0");
}

static void *read_in_thread(void *arg)
{
    read_both();
    return arg;
}

/* As soon as a tick has passed a child began at another time than we did. */
static bool read_in_child(void)
{
    unsigned long long birth = own_birth();
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        is_foreign = true;
        read_and_release("copy0");
        _exit(check_failures ? 1 : own_birth() == birth ? 2 : 0);
    }
    NEED(waitpid(child, &status, 0) == child && WIFEXITED(status));
    CHECK(WEXITSTATUS(status) != 1);
    return WEXITSTATUS(status) == 0;
}

static void who_is_at_work_is_named(void)
{
    union control control;

    for (int i = 0; i < 9; i++)
        kit_put(chan, 0, 'a', 16);
    memcpy(&control, relay_cpu_buf(chan, 0)->ctl, PAGE);
    put_copy(&control);
    read_both();
    run(read_in_thread);
    while (!read_in_child() && !check_failures)
        sched_yield();
    forget_copy();
}

/* ---- whose turn, or lock, it is ---- */

static void *read_own(void *arg)
{
    struct relay_file *file = kit_file_in(dir, "cpu0", O_RDONLY);

    CHECK_STR(kit_read(file, 16), "a*16");
    relay_file_close(file);
    return arg;
}

static void *release_own(void *arg)
{
    struct relay_file *file = kit_file_in(dir, "cpu0", O_RDONLY);

    relay_file_subbufs_consumed(file, 0);
    relay_file_close(file);
    return arg;
}

/* Our number, but not our birth: such a thread has died. */
static void a_number_that_was_anothers(void)
{
    struct relay_ctl *ctl = relay_cpu_buf(chan, 0)->ctl;

    kit_put(chan, 0, 'a', 16);
    relay_store(&ctl->turn, own_id());
    relay_store(&ctl->turn_born, own_birth() + 1);
    run(read_own);
    CHECK_EQ(relay_load(&ctl->turn), 0);
    relay_store(&ctl->lock, own_id());
    relay_store(&ctl->holder_born, own_birth() + 1);
    relay_store(&ctl->doing, RELAY_DOING_RELEASE);
    relay_store(&ctl->switches, relay_load(&ctl->switches) + 1);
    run(release_own);
    CHECK_EQ(relay_load(&ctl->lock), 0);
    CHECK_EQ(relay_load(&ctl->holder_born), 0);
    CHECK_EQ(relay_load(&ctl->doing), RELAY_DOING_NOTHING);
    CHECK_EQ(relay_load(&ctl->switches) % 2, 0);
}

/* A thread of a dead maker is dead, whoever has its number now. */
static void a_number_of_a_dead_maker(void)
{
    union control control;
    struct relay_file *file;
    struct relay_ctl *ctl;

    kit_put(chan, 0, 'a', 60);
    kit_put(chan, 0, 'b', 60);
    control = dead_makers();
    control.head.lock = (uint32_t)getppid();
    put_copy(&control);
    file = kit_file_in(dir, "copy0", O_RDONLY);
    ctl = relay_file_buf(file)->ctl;
    relay_store(&ctl->committing, 2ull << 32 | 64); /* it had not got as far */
    relay_file_subbufs_consumed(file, 1);
    CHECK_EQ(relay_load(&ctl->consumed), 1);
    CHECK_EQ(relay_load(&ctl->lock), 0);
    CHECK_EQ(relay_load(&ctl->events), 1);
    CHECK_EQ(relay_load(&ctl->committing), 0);
    relay_file_close(file);
    forget_copy();
}

/* The event that a writer without lock is at is taken back if he is dead, and only then. */
static void a_writer_without_lock(void)
{
    for (int turn = 0; turn < 2; turn++) {
        bool is_dead = turn > 0;
        union control control;
        struct relay_file *file;
        struct relay_ctl *ctl;

        relay_reset(chan);
        kit_put(chan, 0, 'a', 20);
        control = dead_makers();
        control.head.maker.boot[0] ^= 1;
        put_copy(&control);
        file = kit_file_in(dir, "copy0", O_RDONLY);
        ctl = relay_file_buf(file)->ctl;
        ctl->maker.boot[0] ^= is_dead; /* since */
        relay_store(&ctl->writing, 1);
        relay_store(&ctl->events, ctl->events + 1);
        relay_store(&ctl->committing, ctl->events << 32 | 40);
        relay_file_subbufs_consumed(file, 0);
        CHECK_EQ(relay_load(&ctl->events), control.head.events + !is_dead);
        CHECK_EQ(relay_load(&ctl->committing) == 0, is_dead);
        CHECK_EQ(relay_file_poll(file) & POLLERR, is_dead ? POLLERR : 0);
        relay_store(&ctl->writing, 0);
        relay_file_close(file);
        forget_copy();
    }
}

/* Who has our number and the lock has died with it: what he was at is put in order. */
static void our_own_number(void)
{
    union control control = dead_makers();
    struct relay_file *file;
    struct relay_ctl *ctl;

    control.head.maker.boot[0] ^= 1;
    put_copy(&control);
    file = kit_file_in(dir, "copy0", O_RDONLY);
    ctl = relay_file_buf(file)->ctl;
    relay_store(&ctl->lock, own_id());
    relay_store(&ctl->doing, RELAY_DOING_RELEASE);
    relay_store(&ctl->switches, ctl->switches + 1);
    relay_store(&ctl->release_to, 1);
    relay_file_subbufs_consumed(file, 0);
    CHECK_EQ(relay_load(&ctl->lock), 0);
    CHECK_EQ(relay_load(&ctl->release_to), 0);
    CHECK_EQ(relay_load(&ctl->switches) % 2, 0);
    CHECK(relay_file_is_valid(file));
    relay_file_close(file);
    forget_copy();
}

/* ---- where /proc shows nobody else ---- */

enum { NOBODY_ELSE = 65534, NOT_ALLOWED = 3 };

static int told[2], asked[2];

static void make_and_wait(void)
{
    struct rchan *made = open_in(dir, "made");

    NEED(made && write(told[1], "", 1) == 1);
    pause();
}

static void hide(pid_t pid)
{
    char name[64];

    snprintf(name, sizeof(name), "/proc/%d", pid);
    if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", name, "tmpfs", 0, NULL) != 0)
        _exit(NOT_ALLOWED);
    strcat(name, "/stat");
    CHECK(access(name, F_OK) != 0);
}

static struct relay_attached *attach_to(const char *name)
{
    struct relay_attached *attached;

    NEED(relay_attach(in_dir(name), &attached) == 0);
    return attached;
}

/* Whether the maker lives, and the thread that changes the copy goes on. */
static void check_lives(struct relay_attached *made, struct relay_attached *copy, bool lives)
{
    struct relay_attached_info info;
    struct relay_buf_info buf;

    CHECK_EQ(relay_attached_look(made, &info, &buf, NULL), 0);
    CHECK_EQ(info.alive, lives ? RELAY_ALIVE_YES : RELAY_ALIVE_NO);
    CHECK_EQ(relay_attached_look(copy, &info, &buf, NULL), 0);
    CHECK_EQ(info.alive, RELAY_ALIVE_YES);
    CHECK(info.is_consumer);
    CHECK_EQ(info.is_moving, lives);
    relay_detach(made);
    relay_detach(copy);
}

/* In a process that can read nothing of `maker`, and then may not even send it a signal. */
static void look_at_hidden(pid_t maker)
{
    struct relay_attached *made[3], *copy[3];
    char byte;

    hide(maker);
    for (int i = 0; i < 3; i++) {
        made[i] = attach_to("made0");
        copy[i] = attach_to("copy0");
    }
    check_lives(made[0], copy[0], true);
    CHECK_EQ(setuid(geteuid() == 0 ? NOBODY_ELSE : geteuid()), 0);
    check_lives(made[1], copy[1], true);
    NEED(write(told[1], "", 1) == 1 && read(asked[0], &byte, 1) == 1);
    check_lives(made[2], copy[2], false);
    _exit(check_failures ? 1 : 0);
}

static pid_t fork_it(void)
{
    pid_t child;

    fflush(NULL);
    child = fork();
    NEED(child >= 0);
    return child;
}

/* A consumer, who is the maker of another channel, is amid a release of ours. */
static void put_consumed_by(pid_t consumer)
{
    union control control = dead_makers();

    control.head.maker.boot[0] ^= 1;
    control.head.lock = (uint32_t)consumer;
    control.head.holder_born = 1;
    control.head.doing = RELAY_DOING_RELEASE;
    control.head.switches |= 1;
    put_copy(&control);
}

static void who_is_hidden_lives(void)
{
    pid_t maker, watcher;
    int status;
    char byte;

    NEED(pipe(told) == 0 && pipe(asked) == 0);
    if ((maker = fork_it()) == 0)
        make_and_wait();
    NEED(read(told[0], &byte, 1) == 1);
    put_consumed_by(maker);
    if ((watcher = fork_it()) == 0)
        look_at_hidden(maker);
    close(told[1]);
    if (read(told[0], &byte, 1) == 1) {
        kill(maker, SIGKILL);
        NEED(waitpid(maker, NULL, 0) == maker && write(asked[1], "", 1) == 1);
        CHECK(waitpid(watcher, &status, 0) == watcher);
        CHECK_EQ(status, 0);
    } else {
        CHECK(waitpid(watcher, &status, 0) == watcher);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED);
        printf("skip who_is_hidden_lives: nothing can be mounted here\n");
        kill(maker, SIGKILL);
        NEED(waitpid(maker, NULL, 0) == maker);
    }
    CHECK_EQ(relay_directory_clean(dir, "made"), 1);
    close(told[0]);
    close(asked[0]);
    close(asked[1]);
    forget_copy();
}

/* ---- processes that have ended, and such that only look so ---- */

static enum relay_alive alive(void)
{
    struct relay_attached *made = attach_to("made0");
    struct relay_attached_info info;
    struct relay_buf_info buf;

    CHECK_EQ(relay_attached_look(made, &info, &buf, NULL), 0);
    relay_detach(made);
    return (enum relay_alive)info.alive;
}

static void *outlive(void *arg)
{
    pause();
    return arg;
}

/* Its first thread ends, another goes on. */
static void make_and_leave_a_thread(void)
{
    pthread_t thread;
    struct rchan *made = open_in(dir, "made");

    NEED(made && pthread_create(&thread, NULL, outlive, NULL) == 0);
    NEED(write(told[1], "", 1) == 1);
    pthread_exit(NULL);
}

static char state_of(pid_t pid)
{
    char name[64], text[1024] = "";
    FILE *stat;

    snprintf(name, sizeof(name), "/proc/%d/stat", pid);
    stat = fopen(name, "r");
    NEED(stat && fgets(text, sizeof(text), stat));
    fclose(stat);
    return *(strrchr(text, ')') + 2);
}

static void a_process_is_its_threads(void)
{
    pid_t maker;
    siginfo_t info;
    char byte;

    if (CHECK_TSAN)
        return; /* a process without its first thread is none for it */
    NEED(pipe(told) == 0);
    if ((maker = fork_it()) == 0)
        make_and_leave_a_thread();
    NEED(read(told[0], &byte, 1) == 1);
    while (state_of(maker) != 'Z')
        sched_yield();
    CHECK_EQ(alive(), RELAY_ALIVE_YES);
    kill(maker, SIGKILL);
    NEED(waitid(P_PID, (id_t)maker, &info, WEXITED | WNOWAIT) == 0);
    CHECK_EQ(state_of(maker), 'Z'); /* nobody has heard of its end yet */
    CHECK_EQ(alive(), RELAY_ALIVE_NO);
    NEED(waitpid(maker, NULL, 0) == maker);
    CHECK_EQ(alive(), RELAY_ALIVE_NO);
    CHECK_EQ(relay_directory_clean(dir, "made"), 1);
    close(told[0]);
    close(told[1]);
}

static const struct check_test tests[] = {
    TEST(who_is_at_work_is_named),  TEST(a_number_that_was_anothers),
    TEST(a_number_of_a_dead_maker), TEST(a_writer_without_lock),
    TEST(our_own_number),           TEST(who_is_hidden_lives),
    TEST(a_process_is_its_threads),
};
CHECK_MAIN(tests, before, after)
