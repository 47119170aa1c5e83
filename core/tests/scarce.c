/* SPDX-License-Identifier: MIT */
/*
 * Buffers on disk where a request to the system fails, one after the other: it is refused with a reason, and
 * neither a file nor a descriptor, a mapping or a block of memory stays behind.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ondisk.h"
#include "refused.h"
#include "relay/relay_attach.h"

int __real_posix_fallocate(int fd, off_t offset, off_t size);
int __wrap_posix_fallocate(int fd, off_t offset, off_t size);
int __wrap_posix_fallocate(int fd, off_t offset, off_t size)
{
    return fails(ENOSPC) ? ENOSPC : __real_posix_fallocate(fd, offset, size);
}

FILE *__real_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode)
{
    return fails(ENOMEM) ? NULL : __real_fdopen(fd, mode);
}

typedef int filter(const struct dirent *entry);
typedef int order(const struct dirent **one, const struct dirent **other);
int __real_scandir(const char *name, struct dirent ***list, filter *wanted, order *compare);
int __wrap_scandir(const char *name, struct dirent ***list, filter *wanted, order *compare);
int __wrap_scandir(const char *name, struct dirent ***list, filter *wanted, order *compare)
{
    int count = fails(ENOMEM) ? -1 : __real_scandir(name, list, wanted, compare);

    blocks += count >= 0 ? count + 1 : 0;
    return count;
}

/* What happens to the copies that a look makes: three parts, the number of changes around the block. */
static enum { GOOD, FORBIDDEN, FIRST_MOVES, BLOCK_MOVES, LAST_MOVES } copies;
static unsigned copied;

ssize_t __real_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long count,
                                const struct iovec *from, unsigned long parts, unsigned long flags);
ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long count,
                                const struct iovec *from, unsigned long parts, unsigned long flags);
ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long count,
                                const struct iovec *from, unsigned long parts, unsigned long flags)
{
    ssize_t done = __real_process_vm_readv(pid, to, count, from, parts, flags);

    copied++;
    if (copies == FORBIDDEN) {
        errno = EPERM;
        return -1;
    }
    if (copies == FIRST_MOVES || copies == LAST_MOVES)
        *(uint32_t *)to[copies == LAST_MOVES ? count - 1 : 0].iov_base += 2;
    else if (copies == BLOCK_MOVES)
        ((struct relay_ctl *)to[1].iov_base)->switches += 2;
    return done;
}

static size_t at_once = SIZE_MAX; /* bytes that a write takes */

ssize_t __real_pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    if (fails(ENOSPC))
        return -1;
    return __real_pwrite(fd, bytes, size < at_once ? size : at_once, at);
}

static bool rights_stay; /* nobody may change those of a file */

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode)
{
    if (rights_stay)
        errno = EPERM;
    return rights_stay ? -1 : __real_fchmod(fd, mode);
}

/* ---- what is held ---- */

struct held {
    size_t descriptors, mappings, files;
    long blocks;
};

static size_t lines_with(const char *name, const char *text)
{
    FILE *file = fopen(name, "r");
    size_t count = 0;
    char line[512];

    NEED(file);
    while (fgets(line, sizeof(line), file))
        count += strstr(line, text) != NULL;
    fclose(file);
    return count;
}

static size_t files(void)
{
    DIR *list = opendir(path);
    size_t count = 0;

    NEED(list);
    while (readdir(list))
        count++;
    closedir(list);
    return count;
}

static struct held held(void)
{
    return (struct held){kit_descriptors(), lines_with("/proc/self/maps", path), files(), blocks};
}

/*
 * Call `act` with the first request failing, the second … until it needs no more. What is kept to be used
 * again is counted the first time only.
 */
static void exhaust(bool (*act)(void), unsigned least)
{
    for (int turn = 0; turn < 2; turn++) {
        unsigned at = 0;
        bool worked;

        do {
            struct held before_it = held(), after_it;

            relay_error_clear();
            requests = 0;
            fail_at = ++at;
            worked = act();
            fail_at = 0;
            after_it = held();
            CHECK_EQ(worked, requests < at);
            CHECK_EQ(after_it.descriptors, before_it.descriptors);
            CHECK_EQ(after_it.mappings, before_it.mappings);
            CHECK_EQ(after_it.files, before_it.files);
            if (turn > 0 && !CHECK_EQ(after_it.blocks, before_it.blocks))
                fprintf(stderr, "  request %u\n", at);
        } while (requests >= at);
        CHECK(at > least);
    }
}

static bool opens(void)
{
    struct rchan *other = open_in(dir, "other");

    fail_at = other ? 0 : fail_at;
    if (!other)
        return !CHECK(relay_error() != RELAY_ERR_OK);
    CHECK_EQ(kit_put(other, 0, 'a', 60), RELAY_STORED);
    CHECK(kit_valid(other));
    relay_close(other);
    return true;
}

static void a_maker_runs_out(void)
{
    exhaust(opens, 8);
}

/* A channel without files asks for them once, and goes on without where that fails. */
static struct rchan *late;

static bool gets_files(void)
{
    bool worked = relay_late_setup_files(late, "late", dir) == 0;

    CHECK_EQ(relay_error() == RELAY_ERR_OK, worked);
    fail_at = 0;
    CHECK_EQ(kit_put(late, 0, 'a', 60), RELAY_STORED);
    CHECK(kit_valid(late));
    relay_close(late);
    late = open_in(NULL, NULL);
    return worked;
}

static void late_files_run_out(void)
{
    late = open_in(NULL, NULL);
    NEED(late);
    exhaust(gets_files, 3);
    relay_close(late);
}

/* Nor where a file cannot get the rights that it should have. */
static void rights_that_cannot_be_given(void)
{
    for (int stay = 1; stay >= 0; stay--) {
        struct held before_it = held(), after_it;

        late = open_in(NULL, NULL);
        NEED(late);
        relay_error_clear();
        rights_stay = stay;
        CHECK_EQ(relay_late_setup_files(late, "late", dir) == 0, !stay);
        rights_stay = false;
        CHECK_EQ(relay_error(), stay ? RELAY_ERR_PERMISSION : RELAY_ERR_OK);
        CHECK_EQ(access(in_dir("late0"), F_OK), -stay);
        CHECK_EQ(access(in_dir("late0.ctl"), F_OK), -stay);
        CHECK_EQ(kit_put(late, 0, 'a', 60), RELAY_STORED);
        relay_close(late);
        after_it = held();
        CHECK_EQ(after_it.files, before_it.files);
        CHECK_EQ(after_it.descriptors, before_it.descriptors);
    }
}

/* What is known of a directory is kept: it is made once. */
static void a_directory_runs_out(void)
{
    NEED(mkdir(in_dir("below"), 0700) == 0);
    for (fail_at = 1; fail_at < 3; fail_at++) {
        struct dentry *below;

        requests = 0;
        relay_error_clear();
        below = relay_directory_at(in_dir("below"), NULL);
        CHECK_EQ(below != NULL, fail_at == 2);
        CHECK_EQ(relay_error(), below ? RELAY_ERR_OK : RELAY_ERR_NO_MEMORY);
        relay_dentry_put(below);
    }
    fail_at = 0;
    CHECK_EQ(rmdir(in_dir("below")), 0);
}

/* A buffer becomes files, however few bytes the system takes at once. */
static void bit_by_bit(void)
{
    static const size_t bits[] = {1, 2, 1000, PAGE}; /* a page is no multiple of all */
    struct relay_attached *attached;
    char byte;

    for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++) {
        late = open_in(NULL, NULL);
        NEED(late);
        kit_put(late, 0, 'a', 60);
        kit_put(late, 0, 'b', 60);
        at_once = bits[i];
        CHECK_EQ(relay_late_setup_files(late, "late", dir), 0);
        at_once = SIZE_MAX;
        NEED(relay_attach(in_dir("late0"), &attached) == 0);
        for (uint64_t at = 0; at < 2 * SUBBUF; at++) {
            CHECK_EQ(relay_attached_read(attached, &byte, 1, at), 1);
            CHECK_EQ(byte, at % SUBBUF >= 60 ? 0 : at < SUBBUF ? 'a' : 'b');
        }
        relay_detach(attached);
        relay_close(late);
    }
}

static void put_copy(void)
{
    static const union control nothing;

    kit_put(chan, 0, 'a', 60);
    put_file("copy0", &nothing, PAGE);
    put_file("copy0.ctl", relay_cpu_buf(chan, 0)->ctl, PAGE);
}

static void forget_copy(void)
{
    unlink(in_dir("copy0"));
    unlink(in_dir("copy0.ctl"));
}

static bool maps(struct relay_file *file, int flags)
{
    struct relay_mapping *mapping;
    int result = relay_file_mmap(file, PAGE, PROT_READ, flags, 0, &mapping);

    if (result == 0)
        relay_mapping_close(mapping);
    else
        CHECK_EQ(result, -ENOMEM);
    return result == 0;
}

static bool reads(void)
{
    struct dentry *entry = relay_lookup(dir, "copy0");
    struct relay_file *file = NULL;
    bool worked = entry && relay_file_open(entry, O_RDONLY, &file) == 0;

    CHECK(entry || relay_error() == RELAY_ERR_NO_MEMORY);
    worked = worked && maps(file, MAP_SHARED) && maps(file, MAP_PRIVATE);
    if (file)
        CHECK_EQ(relay_file_poll(file), 0);
    relay_file_close(file);
    relay_dentry_put(entry);
    return worked;
}

static void a_consumer_runs_out(void)
{
    put_copy();
    exhaust(reads, 8);
    forget_copy();
}

static bool watches(void)
{
    struct relay_attached_info info;
    struct relay_attached *attached;
    struct relay_buf_info buf;

    if (relay_attach(in_dir("copy0"), &attached) != 0)
        return !CHECK_EQ(relay_error(), RELAY_ERR_NO_MEMORY);
    CHECK_EQ(relay_attached_look(attached, &info, &buf, NULL), 0);
    relay_detach(attached);
    return true;
}

static void a_watcher_runs_out(void)
{
    put_copy();
    exhaust(watches, 5);
    forget_copy();
}

/* In a sandbox that allows no copies nobody can look. */
static void a_watcher_in_a_sandbox(void)
{
    struct relay_attached *attached;
    struct held before_it, after_it;

    put_copy();
    before_it = held();
    copies = FORBIDDEN;
    CHECK_EQ(relay_attach(in_dir("copy0"), &attached), -EIO);
    CHECK_EQ(relay_error(), RELAY_ERR_SYSTEM);
    copies = GOOD;
    after_it = held();
    CHECK_EQ(after_it.descriptors, before_it.descriptors);
    CHECK_EQ(after_it.mappings, before_it.mappings);
    CHECK_EQ(after_it.blocks, before_it.blocks);
    forget_copy();
}

/* A copy that a change fell into is made again, some times, and then told as what it is. */
static void a_block_that_moves(void)
{
    enum { TRIES = 64 };

    put_copy();
    for (copies = FIRST_MOVES; copies <= LAST_MOVES; copies++) {
        int kind = (int)copies;
        struct relay_attached_info info;
        struct relay_attached *attached;
        struct relay_buf_info buf;

        copies = GOOD;
        NEED(relay_attach(in_dir("copy0"), &attached) == 0);
        for (int moves = 0; moves < 2; moves++) {
            copied = 0;
            copies = moves ? kind : GOOD;
            CHECK_EQ(relay_attached_look(attached, &info, &buf, NULL), 0);
            CHECK_EQ(copied, moves ? TRIES : 1);
            CHECK_EQ(info.is_moving, moves);
        }
        relay_detach(attached);
    }
    copies = GOOD;
    forget_copy();
}

/* What a dead maker left goes, whatever name it has, and its list too. */
static bool cleans(void)
{
    union control control;
    int count;

    memcpy(&control, relay_cpu_buf(chan, 0)->ctl, PAGE);
    control.head.maker.boot[0] ^= 1;
    put_file("left0", "", 0);
    put_file("left0.ctl", &control, PAGE);
    put_file("left.channel", "", 0);
    count = relay_directory_clean(dir, "left");
    CHECK(count == 1 || (count == 0 && requests >= fail_at));
    unlink(in_dir("left0"));
    unlink(in_dir("left0.ctl"));
    return count == 1;
}

static void what_is_left_is_cleaned(void)
{
    for (int turn = 0; turn < 2; turn++) {
        long before_it = blocks;

        CHECK(cleans());
        CHECK(relay_dir_names(dir, NULL, 0) > 0);
        CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
        CHECK_EQ(blocks, before_it);
    }
}

static const struct check_test tests[] = {
    TEST(bit_by_bit),           TEST(a_watcher_in_a_sandbox),
    TEST(a_block_that_moves),   TEST(a_maker_runs_out),
    TEST(late_files_run_out),   TEST(a_consumer_runs_out),
    TEST(a_watcher_runs_out),   TEST(what_is_left_is_cleaned),
    TEST(a_directory_runs_out), TEST(rights_that_cannot_be_given),
};
CHECK_MAIN(tests, before, after)
