/* SPDX-License-Identifier: MIT */
/*
 * What other processes have of a directory on disk: thousands of buffers under a low limit of
 * descriptors, sleepers that the writer's end wakes, and a PID namespace that is not the maker's.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_attach.h"

enum { MANY = 4096, LIMIT = 1024, WATCHDOG_S = 300 };

static char path[64];
static struct dentry *dir;
static int pipes[2]; /* a child tells, the parent hears */

static void before(void)
{
    kit_before();
    alarm(WATCHDOG_S);
    strcpy(path, "/dev/shm/relay-elsewhere-XXXXXX");
    NEED(mkdtemp(path) && pipe(pipes) == 0);
    dir = relay_directory_at(path, NULL);
    NEED(dir);
}

static void after(void)
{
    CHECK_EQ(relay_remove(dir), 0);
    relay_dentry_put(dir);
    close(pipes[0]);
    close(pipes[1]);
    alarm(0);
    kit_after();
}

static pid_t spawn(void (*act)(void))
{
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        act();
        _exit(check_failures ? 1 : 0);
    }
    NEED(child > 0);
    return child;
}

static void tell(void)
{
    NEED(write(pipes[1], "", 1) == 1);
}

static void hear(void)
{
    char byte;

    NEED(read(pipes[0], &byte, 1) == 1);
}

static void ends_well(pid_t child)
{
    int status = -1;

    CHECK(waitpid(child, &status, 0) == child);
    CHECK_EQ(status, 0);
}

static void killed(pid_t child)
{
    int status;

    kill(child, SIGKILL);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

static struct rchan *open_channel(unsigned cpus)
{
    struct relay_options opt = {.cpus = cpus};

    return relay_open_on("cpu", dir, 64, 2, &kit_no_overwrite, NULL, &opt);
}

static struct relay_file *open_file(const char *name)
{
    struct dentry *entry = relay_lookup(dir, name);
    struct relay_file *file = NULL;

    if (entry)
        CHECK_EQ(relay_file_open(entry, O_RDONLY, &file), 0);
    relay_dentry_put(entry);
    return file;
}

/* ---- thousands ---- */

static void with_few_descriptors(void)
{
    struct rlimit few = {LIMIT, LIMIT};

    NEED(setrlimit(RLIMIT_NOFILE, &few) == 0);
}

static void produces_many(void)
{
    struct rchan *chan;

    with_few_descriptors();
    chan = open_channel(MANY);
    NEED(chan);
    for (unsigned cpu = 0; cpu < MANY; cpu++)
        kit_put(chan, cpu, (char)('a' + cpu % 26), 1 + cpu % 40);
    tell();
    pause();
}

/* All of them at once: what each holds is its own. */
static void consumes_many(void)
{
    static struct relay_file *files[MANY];

    with_few_descriptors();
    for (unsigned cpu = 0; cpu < MANY; cpu++) {
        char name[16];

        snprintf(name, sizeof(name), "cpu%u", cpu);
        files[cpu] = open_file(name);
        NEED(files[cpu]);
    }
    for (unsigned cpu = 0; cpu < MANY; cpu++) {
        char bytes[64] = "";

        CHECK_EQ(relay_file_read(files[cpu], bytes, sizeof(bytes)), 1 + cpu % 40);
        CHECK_EQ(bytes[cpu % 40], 'a' + cpu % 26);
        CHECK_EQ(relay_file_poll(files[cpu]), 0);
    }
    for (unsigned cpu = 0; cpu < MANY; cpu++)
        relay_file_close(files[cpu]);
}

static void watches_many(void)
{
    static struct relay_attached *attached[MANY];

    with_few_descriptors();
    for (unsigned cpu = 0; cpu < MANY; cpu++) {
        char file[96];

        snprintf(file, sizeof(file), "%s/cpu%u", path, cpu);
        NEED(relay_attach(file, &attached[cpu]) == 0);
    }
    for (unsigned cpu = 0; cpu < MANY; cpu++) {
        struct relay_attached_info info;
        struct relay_subbuf_info subbufs[2];
        struct relay_buf_info buf;
        char byte = 0;

        CHECK_EQ(relay_attached_look(attached[cpu], &info, &buf, subbufs), 0);
        CHECK_EQ(buf.cpu, cpu);
        CHECK_EQ(buf.offset, 1 + cpu % 40);
        CHECK_EQ(relay_attached_read(attached[cpu], &byte, 1, 0), 1);
        CHECK_EQ(byte, 'a' + cpu % 26);
        relay_detach(attached[cpu]);
    }
}

static void thousands_of_cpus(void)
{
    pid_t producer = spawn(produces_many);

    hear();
    ends_well(spawn(watches_many));
    ends_well(spawn(consumes_many));
    killed(producer);
    CHECK_EQ(relay_directory_clean(dir, "cpu"), MANY);
}

/* ---- sleepers ---- */

static void produces(void)
{
    struct rchan *chan = open_channel(1);

    NEED(chan);
    kit_put(chan, 0, 'n', 10);
    tell();
    pause();
}

static void sleeps(void)
{
    struct relay_file *file = open_file("cpu0");
    bool woken = false;

    NEED(file);
    CHECK_EQ(relay_file_poll(file), 0);
    CHECK_EQ(relay_file_wait(file, -1, &woken), POLLERR);
    CHECK(woken);
    relay_file_close(file);
}

/* Asleep for ever, were it not that nobody is left who could wake it. */
static void the_writer_dies_meanwhile(void)
{
    pid_t producer = spawn(produces), sleeper;
    struct relay_file *file;

    hear();
    file = open_file("cpu0");
    NEED(file);
    sleeper = spawn(sleeps);
    while (relay_load(&relay_file_buf(file)->ctl->waiters) == 0)
        usleep(100);
    killed(producer);
    ends_well(sleeper);
    CHECK_EQ(relay_load(&relay_file_buf(file)->ctl->waiters), 0);
    relay_file_close(file);
    CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
}

/* ---- another PID namespace ---- */

/* Numbers of threads mean others there: consuming is refused, looking is not. */
static void looks_from_there(void)
{
    struct relay_attached *attached;
    struct relay_attached_info info;
    struct relay_buf_info buf;
    char file[96];

    CHECK_EQ(getpid(), 1);
    CHECK(!relay_lookup(dir, "cpu0"));
    CHECK_EQ(relay_error(), RELAY_ERR_FOREIGN);
    CHECK(strstr(relay_error_text(relay_error()), "PID namespace"));
    snprintf(file, sizeof(file), "%s/cpu0", path);
    NEED(relay_attach(file, &attached) == 0);
    CHECK_EQ(relay_attached_look(attached, &info, &buf, NULL), 0);
    CHECK_EQ(info.alive, RELAY_ALIVE_UNKNOWN);
    CHECK_EQ(buf.account.accepted.events, 1);
    relay_detach(attached);
    CHECK(!open_channel(1)); /* it may run: nothing of it is taken away */
    CHECK_EQ(relay_error(), RELAY_ERR_EXISTS);
    CHECK_EQ(relay_directory_clean(dir, "cpu"), -EEXIST);
}

enum { NOT_ALLOWED = 3 };

static void enters_another(void)
{
    int flags = geteuid() == 0 ? CLONE_NEWPID : CLONE_NEWPID | CLONE_NEWUSER;

    if (unshare(flags) != 0)
        _exit(NOT_ALLOWED);
    ends_well(spawn(looks_from_there));
}

static void from_another_namespace(void)
{
    pid_t producer = spawn(produces), child;
    int status;

    hear();
    child = spawn(enters_another);
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED)
        printf("skip from_another_namespace: unshare(CLONE_NEWPID) is not allowed here\n");
    else
        CHECK_EQ(status, 0);
    killed(producer);
    CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
}

static const struct check_test tests[] = {
    TEST(thousands_of_cpus),
    TEST(the_writer_dies_meanwhile),
    TEST(from_another_namespace),
};
CHECK_MAIN(tests, before, after)
