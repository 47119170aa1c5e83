/* SPDX-License-Identifier: MIT */
/* Which processes and threads there are, told apart from later ones of the same number. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disk.h"

#define DIGITS "0123456789abcdef"

/* Of /proc/N/stat: fields behind the name, which may have anything in it. */
enum { STATE = 0, THREADS = 17, BEGAN = 19 };

struct task {
    char state;
    unsigned long threads;
    uint64_t born;
};

/* A short file as text; no more than a signal handler may do. */
static bool read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, text, size - 1);

    if (fd >= 0)
        close(fd);
    if (count <= 0)
        return false;
    text[count] = '\0';
    return true;
}

static bool read_task(const char *path, struct task *ret)
{
    char text[1024], *at;

    if (!read_text(path, text, sizeof(text)) || !(at = strrchr(text, ')')))
        return false;
    at += at[1] ? 2 : 1;
    for (int field = STATE; *at && field <= BEGAN; field++) {
        if (field == STATE)
            ret->state = *at;
        else if (field == THREADS)
            ret->threads = strtoul(at, NULL, 10);
        else if (field == BEGAN)
            ret->born = strtoull(at, NULL, 10);
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    return true;
}

static bool task_of(uint32_t id, struct task *ret)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%u/stat", id);
    return read_task(path, ret);
}

static bool is_gone(char state)
{
    return state == 'Z' || state == 'X';
}

bool relay_thread_lives(uint32_t id, uint64_t born)
{
    struct task task;

    if (syscall(SYS_tkill, id, 0) != 0 && errno == ESRCH)
        return false;
    if (!task_of(id, &task)) /* it went meanwhile, or /proc is not for us */
        return syscall(SYS_tkill, id, 0) == 0 || errno == EPERM;
    return !is_gone(task.state) && (born == 0 || task.born == born);
}

/* It is there while any of its threads is. */
static bool process_lives(uint32_t id, uint64_t born)
{
    struct task task;

    if (kill((pid_t)id, 0) != 0 && errno == ESRCH)
        return false;
    if (!task_of(id, &task))
        return kill((pid_t)id, 0) == 0 || errno == EPERM;
    return task.born == born && !(is_gone(task.state) && task.threads <= 1);
}

uint64_t relay_thread_born(void)
{
    static _Thread_local struct {
        uint32_t id; /* the child of a fork is another */
        uint64_t born;
    } known;
    struct task task = {0};

    if (known.id != relay_thread_id()) {
        read_task("/proc/thread-self/stat", &task);
        known.id = relay_thread_id();
        known.born = task.born;
    }
    return known.born;
}

static uint8_t boot_id[16]; /* the same for as long as this process lives */

static void read_boot_id(void)
{
    char text[64] = "";
    unsigned digits = 0;

    read_text("/proc/sys/kernel/random/boot_id", text, sizeof(text));
    for (const char *at = text; *at && digits < 32; at++) {
        const char *place = strchr(DIGITS, tolower((unsigned char)*at));

        if (!place)
            continue;
        boot_id[digits / 2] = (uint8_t)(boot_id[digits / 2] << 4 | (place - DIGITS));
        digits++;
    }
}

static const uint8_t *own_boot_id(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_boot_id);
    return boot_id;
}

static uint64_t own_pid_ns(void)
{
    struct stat about;

    return stat("/proc/self/ns/pid", &about) == 0 ? (uint64_t)about.st_ino : 0;
}

void relay_describe_self(struct relay_maker *ret)
{
    struct task task = {0};

    read_task("/proc/self/stat", &task);
    ret->pid = (uint32_t)getpid();
    ret->born = task.born;
    ret->pid_ns = own_pid_ns();
    memcpy(ret->boot, own_boot_id(), sizeof(ret->boot));
}

enum relay_life relay_maker_life(const struct relay_maker *maker)
{
    if (memcmp(own_boot_id(), maker->boot, sizeof(maker->boot)) != 0)
        return RELAY_LIFE_OVER;
    if (maker->pid_ns != own_pid_ns())
        return RELAY_LIFE_UNKNOWN;
    return process_lives(maker->pid, maker->born) ? RELAY_LIFE_GOES_ON : RELAY_LIFE_OVER;
}
