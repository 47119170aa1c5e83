/* SPDX-License-Identifier: MIT */
/*
 * Who takes a name or gives it up has the directory for itself meanwhile: he waits for whoever has it,
 * however often a signal comes.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ondisk.h"

enum { TICKS = 20, TICK_US = 1000 };

static volatile sig_atomic_t ticks;
static int done[2];

/* Whoever has the directory is told to let go when we have waited for so long. */
static void on_tick(int number)
{
    (void)number;
    if (++ticks == TICKS && write(done[1], "", 1) != 1)
        _exit(1);
}

static void hold_directory(int ready)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    char byte;

    NEED(fd >= 0 && flock(fd, LOCK_EX) == 0 && write(ready, "", 1) == 1);
    NEED(read(done[0], &byte, 1) == 1);
    _exit(0);
}

static void check_waits(void (*act)(void))
{
    const struct sigaction action = {.sa_handler = on_tick}; /* which interrupts calls */
    const struct itimerval often = {{0, TICK_US}, {0, TICK_US}}, never = {{0, 0}, {0, 0}};
    int ready[2];
    pid_t holder;
    char byte;

    NEED(pipe(ready) == 0 && pipe(done) == 0);
    fflush(NULL);
    holder = fork();
    if (holder == 0)
        hold_directory(ready[1]);
    NEED(holder > 0 && read(ready[0], &byte, 1) == 1);
    ticks = 0;
    NEED(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &often, NULL) == 0);
    act();
    CHECK(ticks >= TICKS);
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_DFL);
    kill(holder, SIGKILL);
    NEED(waitpid(holder, NULL, 0) == holder);
    close(ready[0]);
    close(ready[1]);
    close(done[0]);
    close(done[1]);
}

static struct rchan *other;

static void open_it(void)
{
    other = open_in(dir, "other");
    NEED(other);
}

static void close_it(void)
{
    relay_close(other);
}

static void clean_it(void)
{
    CHECK(relay_directory_clean(dir, "other") < 0); /* there is none */
}

static void who_opens_waits(void)
{
    check_waits(open_it);
    relay_close(other);
}

static void who_closes_waits(void)
{
    open_it();
    check_waits(close_it);
}

static void who_cleans_waits(void)
{
    check_waits(clean_it);
}

static const struct check_test tests[] = {
    TEST(who_opens_waits),
    TEST(who_closes_waits),
    TEST(who_cleans_waits),
};

int main(int argc, char **argv)
{
    if (CHECK_TSAN)
        return CHECK_SKIP; /* which keeps signals until a call that waits has returned */
    return check_run(argc, argv, tests, sizeof(tests) / sizeof(*tests), before, after);
}
