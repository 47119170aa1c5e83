/* SPDX-License-Identifier: MIT */
/* relay-agent list | stream HZ: arguments, the frames of a stream, what is asked for meanwhile. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    USAGE = 2,
    LINE_MAX_LENGTH = 256,
    FILE_MAX = 1 << 28,
    WHOLE_EVERY =
        32, /* frames; a buffer that was reset and filled again looks like one that went on */
};

static const char help[] =
    "Reads the relay channels of the running kernel, and takes nothing from their consumers.\n"
    "\n"
    "usage: relay-agent [OPTION]... list\n"
    "       relay-agent [OPTION]... stream HZ [COUNT]\n"
    "\n"
    "  list         print all channels once, as one line of JSON\n"
    "  stream HZ    print a line HZ times a second (0.01 to 1000), until standard input or\n"
    "               output is closed; a line \"bytes BUFFER [FROM LENGTH]\" on standard input\n"
    "               is answered by a line with bytes of that buffer (its \"addr\"),\n"
    "               a line \"hz HZ\" changes how often it prints\n"
    "\n"
    "  --kcore FILE     instead of /proc/kcore\n"
    "  --kallsyms FILE  instead of /proc/kallsyms\n"
    "  --btf FILE       instead of /sys/kernel/btf/vmlinux\n"
    "  --help           this text\n"
    "\n"
    "It runs as root, or as a user with three capabilities:\n"
    "  setcap cap_sys_rawio,cap_syslog,cap_dac_read_search+ep relay-agent\n";

void agent_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("relay-agent: ", stderr);
    vfprintf(stderr, format, arguments);
    putc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void *agent_array(void *old, size_t count, size_t size)
{
    if (count > SIZE_MAX / size)
        agent_fail("no memory for %zu times %zu bytes", count, size);
    void *made = realloc(old, count ? count * size : 1);
    if (!made)
        agent_fail("no memory for %zu times %zu bytes", count, size);
    return made;
}

uint8_t *agent_file(const char *path, const char *remedy, size_t *length)
{
    size_t room = 1 << 16, have = 0;
    uint8_t *all = agent_array(NULL, room + 1, 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 0;
    /* the files of /proc and /sys do not tell their size */
    while (fd >= 0 && (got = read(fd, all + have, room - have)) > 0) {
        have += (size_t)got;
        if (have > FILE_MAX)
            agent_fail("%s is larger than %d MiB", path, FILE_MAX >> 20);
        if (have == room)
            all = agent_array(all, (room *= 2) + 1, 1);
    }
    if (got < 0)
        agent_fail("%s: %s: %s", path, strerror(errno), remedy);
    close(fd);
    all[have] = 0;
    *length = have;
    return all;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* False if nobody reads any more. */
static bool print_frame(const struct kernel *kernel, struct look *last, unsigned long number)
{
    struct look look;
    struct frame frame = {number, seconds(CLOCK_REALTIME), seconds(CLOCK_MONOTONIC), 0};
    look_take(&look, kernel, number % WHOLE_EVERY ? last : NULL);
    frame.cost = seconds(CLOCK_MONOTONIC) - frame.monotonic;
    text_look(stdout, &look, &frame);
    if (number)
        look_free(last);
    *last = look;
    return fflush(stdout) == 0;
}

static bool is_pace(double hz)
{
    return hz >= 0.01 && hz <= 1000;
}

/* What a line on standard input asks for; `hz` may become another. */
static void answer(const struct kernel *kernel, const struct look *last, const char *line,
                   double *hz)
{
    uint64_t buffer, from = 0, length = UINT64_MAX;
    struct bytes bytes;
    double wanted;
    if (sscanf(line, "hz %lf", &wanted) == 1 && is_pace(wanted)) {
        *hz = wanted;
        return;
    }
    int n = sscanf(line, "bytes %" SCNu64 " %" SCNu64 " %" SCNu64, &buffer, &from, &length);
    if (n != 1 && n != 3) {
        text_error(stdout, "understood is: bytes BUFFER [FROM LENGTH], hz HZ");
    } else if (!bytes_take(&bytes, kernel, last, buffer, from, length)) {
        text_error(stdout, "no such buffer now, or its memory is not there");
    } else {
        text_bytes(stdout, buffer, &bytes);
        bytes_free(&bytes);
    }
    fflush(stdout);
}

/* Takes what came on standard input; false at its end. */
static bool listen_once(const struct kernel *kernel, const struct look *last, double *hz)
{
    static char line[LINE_MAX_LENGTH];
    static size_t have;
    ssize_t got = read(STDIN_FILENO, line + have, sizeof line - 1 - have);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    have += (size_t)got;
    line[have] = 0;
    char *end;
    while ((end = strchr(line, '\n'))) {
        *end++ = 0;
        answer(kernel, last, line, hz);
        have -= (size_t)(end - line);
        memmove(line, end, have + 1);
    }
    if (have == sizeof line - 1) { /* a line that long says nothing */
        have = 0;
        text_error(stdout, "the line is too long");
    }
    return true;
}

/* Until the time of the next frame, a turn after `began`, which may change meanwhile: answers what is
 * asked. False if standard input was closed. */
static bool wait_turn(const struct kernel *kernel, const struct look *last, double began,
                      double *hz)
{
    for (;;) {
        double left = began + 1 / *hz - seconds(CLOCK_MONOTONIC);
        struct pollfd input = {STDIN_FILENO, POLLIN, 0};
        int ready = poll(&input, 1, left > 0 ? (int)(left * 1e3) + 1 : 0);
        if (ready > 0 && !listen_once(kernel, last, hz))
            return false;
        if (seconds(CLOCK_MONOTONIC) >= began + 1 / *hz)
            return true;
    }
}

static void stream(const struct kernel *kernel, double hz, unsigned long count)
{
    struct look last;
    double began = seconds(CLOCK_MONOTONIC);
    unsigned long i = 0;
    /* ends when the other end goes away: nobody reads, or nobody asks */
    while (print_frame(kernel, &last, i) && ++i < count) {
        if (!wait_turn(kernel, &last, began, &hz))
            break;
        double now = seconds(CLOCK_MONOTONIC);
        began += 1 / hz;
        if (began + 1 / hz < now) /* frames that there was no time for are left out */
            began = now;
    }
    look_free(&last);
}

static int usage(const char *problem)
{
    fprintf(stderr, "relay-agent: %s; see relay-agent --help\n", problem);
    return USAGE;
}

static int run(int n, char **words, const struct kernel *kernel)
{
    if (!strcmp(words[0], "stream")) {
        unsigned long count = n > 2 ? strtoul(words[2], NULL, 10) : (unsigned long)-1;
        stream(kernel, strtod(words[1], NULL), count);
        return 0;
    }
    struct look look;
    bool printed = print_frame(kernel, &look, 0);
    look_free(&look);
    if (!printed)
        fprintf(stderr, "relay-agent: standard output: %s\n", strerror(errno));
    return !printed;
}

static const char *problem_of(int n, char **words)
{
    if (n < 1)
        return "list or stream?";
    if (!strcmp(words[0], "list"))
        return n == 1 ? NULL : "list takes nothing more";
    if (strcmp(words[0], "stream") != 0)
        return "only list and stream are known";
    if (n < 2 || n > 3)
        return "stream takes how many frames a second, and how many in all if that has an end";
    char *end;
    double hz = strtod(words[1], &end);
    if (*end || !is_pace(hz))
        return "HZ is a number from 0.01 to 1000";
    if (n == 3 && (strtoul(words[2], &end, 10) == 0 || *end))
        return "COUNT is a number from 1 on";
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"kcore", required_argument, NULL, 'c'},
                                            {"kallsyms", required_argument, NULL, 's'},
                                            {"btf", required_argument, NULL, 'b'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *kcore = "/proc/kcore", *kallsyms = "/proc/kallsyms";
    const char *btf = "/sys/kernel/btf/vmlinux";
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            kcore = optarg;
            break;
        case 's':
            kallsyms = optarg;
            break;
        case 'b':
            btf = optarg;
            break;
        case 'h':
            return fputs(help, stdout) < 0 || fflush(stdout);
        default:
            return usage("an option that it does not have");
        }
    }
    const char *problem = problem_of(argc - optind, argv + optind);
    if (problem)
        return usage(problem);
    signal(SIGPIPE, SIG_IGN); /* a closed output is told by the write */
    struct kernel kernel;
    kernel_open(&kernel, kcore, kallsyms, btf);
    int status = run(argc - optind, argv + optind, &kernel);
    kernel_close(&kernel);
    return status;
}
