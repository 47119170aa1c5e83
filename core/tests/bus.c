/* SPDX-License-Identifier: MIT */
/*
 * Bus errors that are none of the library's go to whoever had the signal before: a handler of either kind,
 * or nobody, and then they are deadly. One process for each, for the library asks once.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ondisk.h"

enum { CAME = 42, WRONG = 43, WENT_ON = 44 };

static unsigned char *others; /* a mapping behind the end of its file */

static void plain(int number)
{
    _exit(number == SIGBUS ? CAME : WRONG);
}

static void informed(int number, siginfo_t *info, void *context)
{
    _exit(number == SIGBUS && info->si_addr == others && context ? CAME : WRONG);
}

/* At an address where nothing is, or anywhere. */
static void touch_others(void *at)
{
    int fd = open(in_dir("other"), O_RDWR | O_CREAT, 0600);

    others = mmap(at, PAGE, PROT_READ, MAP_SHARED | (at ? MAP_FIXED_NOREPLACE : 0), fd, 0);
    NEED(fd >= 0 && others != MAP_FAILED);
    _exit(*(volatile unsigned char *)others ? WRONG : WENT_ON);
}

/* How a process ends that had this for the signal when it opened its channel. */
static int ends_with(const struct sigaction *action)
{
    const struct rlimit none = {0, 0}; /* no core files */
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &none);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        NEED(sigaction(SIGBUS, action, NULL) == 0);
        dir = relay_directory_at(path, NULL);
        NEED(open_in(dir, "cpu"));
        touch_others(NULL);
    }
    CHECK(waitpid(child, &status, 0) == child);
    unlink(in_dir("other"));
    dir = relay_directory_at(path, NULL);
    CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
    relay_dentry_put(dir);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void begin(void)
{
    strcpy(path, "/dev/shm/relay-bus-XXXXXX");
    NEED(mkdtemp(path));
    alarm(WATCHDOG_S);
}

static void end(void)
{
    CHECK_EQ(rmdir(path), 0);
    alarm(0);
}

static void whoever_had_it_before(void)
{
    CHECK_EQ(ends_with(&(struct sigaction){.sa_handler = plain}), CAME);
    CHECK_EQ(ends_with(&(struct sigaction){.sa_sigaction = informed, .sa_flags = SA_SIGINFO}),
             CAME);
}

static void nobody_had_it(void)
{
    CHECK_EQ(ends_with(&(struct sigaction){.sa_handler = SIG_DFL}), -SIGBUS);
    CHECK_EQ(ends_with(&(struct sigaction){.sa_handler = SIG_IGN}), -SIGBUS);
}

/* Where data were there are zeros, and nothing else. */
static void lose_data(void)
{
    static const unsigned char zeros[PAGE];
    struct rchan_buf *buf;

    dir = relay_directory_at(path, NULL);
    chan = open_in(dir, "cpu");
    NEED(chan && kit_put(chan, 0, 'x', 60) == RELAY_STORED);
    buf = relay_cpu_buf(chan, 0);
    NEED(truncate(in_dir("cpu0"), 0) == 0);
    CHECK(memcmp(buf->start, zeros, PAGE) == 0);
    CHECK_EQ(buf->ctl->events, 1);
    relay_close(chan);
    relay_dentry_put(dir);
    _exit(check_failures ? 1 : 0);
}

/* … where the system has no memory to put there instead. */
static void lose_data_for_good(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    dir = relay_directory_at(path, NULL);
    chan = open_in(dir, "cpu");
    NEED(chan && truncate(in_dir("cpu0"), 0) == 0 && setrlimit(RLIMIT_AS, &none) == 0);
    _exit(*(volatile unsigned char *)relay_cpu_buf(chan, 0)->start ? WRONG : WENT_ON);
}

static int in_child(void (*act)(void))
{
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        alarm(WATCHDOG_S);
        act();
    }
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

static void data_that_are_cut(void)
{
    CHECK_EQ(in_child(lose_data), 0);
}

static void no_memory_instead(void)
{
    int status = in_child(lose_data_for_good);

    if (WIFEXITED(status)) /* of a sanitizer, which has the signal then */
        CHECK(WEXITSTATUS(status) != WRONG && WEXITSTATUS(status) != WENT_ON);
    else
        CHECK_EQ(WTERMSIG(status), SIGBUS);
    dir = relay_directory_at(path, NULL);
    CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
    relay_dentry_put(dir);
}

static void expect_others(void)
{
    const struct sigaction action = {.sa_sigaction = informed, .sa_flags = SA_SIGINFO};

    NEED(sigaction(SIGBUS, &action, NULL) == 0);
    dir = relay_directory_at(path, NULL);
    chan = open_in(dir, "cpu");
    NEED(chan);
}

/* What was ours is another's by now: a mapping, … */
static void where_a_mapping_was(void)
{
    struct dentry *entry;
    struct relay_file *file;
    struct relay_mapping *mapping;
    void *at;

    expect_others();
    entry = relay_lookup(dir, "cpu0");
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0 &&
         relay_file_mmap(file, PAGE, PROT_READ, MAP_SHARED, 0, &mapping) == 0);
    at = relay_mapping_address(mapping);
    relay_mapping_close(mapping);
    touch_others(at);
}

/* … or a buffer. */
static void where_a_buffer_was(void)
{
    void *at;

    expect_others();
    at = relay_cpu_buf(chan, 0)->start;
    relay_close(chan);
    touch_others(at);
}

static void what_was_ours_once(void)
{
    void (*const acts[])(void) = {where_a_mapping_was, where_a_buffer_was};

    for (int i = 0; i < 2; i++) {
        int status = in_child(acts[i]);

        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), CAME);
        unlink(in_dir("other"));
        dir = relay_directory_at(path, NULL);
        CHECK_EQ(relay_directory_clean(dir, "cpu"), i == 0 ? 1 : -ENOENT);
        relay_dentry_put(dir);
    }
}

static const struct check_test tests[] = {
    TEST(data_that_are_cut), TEST(no_memory_instead),  TEST(whoever_had_it_before),
    TEST(nobody_had_it),     TEST(what_was_ours_once),
};

int main(int argc, char **argv)
{
    if (CHECK_TSAN)
        return CHECK_SKIP; /* which has such signals itself */
    return check_run(argc, argv, tests, sizeof(tests) / sizeof(*tests), begin, end);
}
