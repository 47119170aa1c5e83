/* SPDX-License-Identifier: MIT */
/*
 * Checks and a runner: all that a test program needs besides the library.
 *
 * A program lists its tests and ends with CHECK_MAIN; `PROGRAM NAME...` runs only those named. Exit
 * status: 0 all checks held, 1 some did not, 77 skipped. A failed check says where, what was
 * expected and what came instead, and the test goes on; NEED ends the program, for what the rest of
 * a test stands on.
 */
#ifndef RELAY_TESTS_CHECK_H
#define RELAY_TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_SKIP 77

/* Whether this is built with the thread sanitizer. */
#if defined(__SANITIZE_THREAD__)
#define CHECK_TSAN 1
#elif defined(__has_feature)
#define CHECK_TSAN __has_feature(thread_sanitizer)
#else
#define CHECK_TSAN 0
#endif

#define CHECK_SHOWN 20 /* failures printed; the rest is only counted */

struct check_test {
    const char *name;
    void (*run)(void);
};

/* Checks come from several files and threads: one common, atomic counter. */
int check_failures __attribute__((weak));

static inline bool check_fails(const char *file, int line)
{
    if (__atomic_add_fetch(&check_failures, 1, __ATOMIC_RELAXED) > CHECK_SHOWN)
        return false;
    fprintf(stderr, "%s:%d: ", file, line);
    return true;
}

static inline bool check_true(bool holds, const char *text, const char *file, int line)
{
    if (!holds && check_fails(file, line))
        fprintf(stderr, "%s does not hold\n", text);
    return holds;
}

static inline bool check_equal(long long got, long long want, const char *text, const char *file,
                               int line)
{
    if (got != want && check_fails(file, line))
        fprintf(stderr, "%s: expected %lld, got %lld\n", text, want, got);
    return got == want;
}

static inline bool check_text(const char *got, const char *want, const char *text, const char *file,
                              int line)
{
    bool same = got && strcmp(got, want) == 0;

    if (!same && check_fails(file, line))
        fprintf(stderr, "%s: expected\n  \"%s\"\ngot\n  \"%s\"\n", text, want,
                got ? got : "(null)");
    return same;
}

/* The value of each is whether it held. */
#define CHECK(cond) check_true((cond), #cond, __FILE__, __LINE__)
#define CHECK_EQ(got, want)                                                                        \
    check_equal((long long)(got), (long long)(want), #got, __FILE__, __LINE__)
#define CHECK_STR(got, want) check_text((got), (want), #got, __FILE__, __LINE__)
#define NEED(cond)                                                                                 \
    do {                                                                                           \
        if (!CHECK(cond))                                                                          \
            exit(1);                                                                               \
    } while (0)

static inline bool check_wanted(int argc, char **argv, const char *name)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc < 2;
}

/* Run the tests with `before` and `after` around each. */
static inline int check_run(int argc, char **argv, const struct check_test *tests, size_t count,
                            void (*before)(void), void (*after)(void))
{
    for (size_t i = 0; i < count; i++) {
        int failures = check_failures;

        if (!check_wanted(argc, argv, tests[i].name))
            continue;
        before();
        tests[i].run();
        after();
        printf("%s %s\n", check_failures == failures ? "ok  " : "FAIL", tests[i].name);
        fflush(stdout);
    }
    if (check_failures)
        printf("%d checks failed\n", check_failures);
    return check_failures ? 1 : 0;
}

#define TEST(name)                                                                                 \
    {                                                                                              \
#name, name                                                                                \
    }
#define CHECK_MAIN(tests, before, after)                                                           \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return check_run(argc, argv, (tests), sizeof(tests) / sizeof((tests)[0]), (before),        \
                         (after));                                                                 \
    }

#endif
