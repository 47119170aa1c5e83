/* SPDX-License-Identifier: MIT */
/*
 * What control blocks on disk say of themselves, each rule just kept and just broken; limits of files,
 * descriptors whose number is 0, and whose turn it is to read.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ondisk.h"
#include "relay/relay_attach.h"

enum { SLEPT = 300 };

static unsigned entries(void)
{
    struct dirent **list;
    int count = scandir(path, &list, NULL, NULL);

    for (int i = 0; i < count; i++)
        free(list[i]);
    free(list);
    return (unsigned)count - 2;
}

/* ---- control blocks ---- */

/* A copy of the channel's control block, with its data: as another maker's. */
static void copied(union control *ret)
{
    static const unsigned char nothing[PAGE];

    memcpy(ret, relay_cpu_buf(chan, 0)->ctl, PAGE);
    put_file("copy0", nothing, PAGE);
}

static void forget_copy(void)
{
    unlink(in_dir("copy0"));
    unlink(in_dir("copy0.ctl"));
}

/* What attaching to a block returns; to open it as a file must come to the same. */
static int attach(const union control *control)
{
    struct relay_attached *attached = NULL;
    struct dentry *entry;
    int result;

    put_file("copy0.ctl", control, PAGE);
    result = relay_attach(in_dir("copy0"), &attached);
    if (result == 0)
        relay_detach(attached);
    entry = relay_lookup(dir, "copy0");
    CHECK((entry != NULL) == (result == 0));
    if (entry)
        relay_dentry_put(entry);
    return result;
}

#define HEAD(member, number, error)                                                                \
    {                                                                                              \
#member, offsetof(struct relay_ctl, member), sizeof(((struct relay_ctl *)0)->member),      \
            number, error                                                                          \
    }

static void each_rule_of_a_head(void)
{
    enum { MOST = (PAGE - sizeof(struct relay_ctl)) / sizeof(struct relay_slot) };
    const struct {
        const char *name;
        size_t at, size;
        uint64_t value;
        int error;
    } rules[] = {
        HEAD(magic, RELAY_CTL_MAGIC + 1, EBADMSG),
        HEAD(version, RELAY_CTL_VERSION + 1, EPROTO),
        HEAD(version, RELAY_CTL_VERSION - 1, EPROTO),
        HEAD(size, PAGE - 1, EBADMSG),
        HEAD(size, PAGE + 1, EBADMSG),
        HEAD(slots_at, sizeof(struct relay_ctl) + 1, EBADMSG),
        HEAD(slots_at, sizeof(struct relay_ctl) - 1, EBADMSG),
        HEAD(subbuf_size, 0, EBADMSG),
        HEAD(subbuf_size, PAGE / SUBBUFS, 0),
        HEAD(subbuf_size, PAGE / SUBBUFS + 1, EBADMSG),
        HEAD(subbuf_size, UINT32_MAX / SUBBUFS + 1, EBADMSG),
        HEAD(subbuf_size, UINT64_MAX / SUBBUFS + 1 + SUBBUF, EBADMSG), /* 256 in 64 bits */
        HEAD(n_subbufs, 0, EBADMSG),
        HEAD(n_subbufs, 1, 0),
        HEAD(n_subbufs, MOST, 0),
        HEAD(n_subbufs, MOST + 1, EBADMSG),
        HEAD(n_subbufs, UINT32_MAX, EBADMSG),
        HEAD(alloc_size, PAGE - 1, EBADMSG),
        HEAD(alloc_size, PAGE + 1, EBADMSG),
        HEAD(alloc_size, 2 * PAGE, EBADMSG),
        HEAD(cpu, 1, EBADMSG),
        HEAD(maker.cpus, 0, EBADMSG),
        HEAD(maker.cpus, 2, 0),
        HEAD(maker.cpus, RELAY_MAX_CPUS, 0),
        HEAD(maker.cpus, RELAY_MAX_CPUS + 1, EBADMSG),
    };
    union control good, bad;

    copied(&good);
    CHECK_EQ(attach(&good), 0);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        bad = good;
        memcpy(bad.bytes + rules[i].at, &rules[i].value, rules[i].size);
        if (!CHECK_EQ(attach(&bad), -rules[i].error))
            fprintf(stderr, "  with %s %llu\n", rules[i].name, (unsigned long long)rules[i].value);
    }
    forget_copy();
}

/* Nothing can be read of a buffer before its first sub-buffer has begun. */
static void one_that_has_not_begun(void)
{
    union control control;
    struct relay_slot *slot;

    copied(&control);
    slot = relay_ctl_slot(&control.head, 0);
    control.head.switches = 0;
    CHECK_EQ(attach(&control), 0);
    slot->lap = RELAY_NO_LAP;
    CHECK_EQ(attach(&control), -EBADMSG);
    control.head.switches = 2;
    CHECK_EQ(attach(&control), 0);
    forget_copy();
}

/* Sizes are those of the files. */
static void files_of_other_sizes(void)
{
    struct relay_attached *attached;
    union control control;

    copied(&control);
    CHECK_EQ(attach(&control), 0);
    for (int change = -1; change <= 1; change += 2) {
        NEED(truncate(in_dir("copy0"), PAGE + change) == 0);
        CHECK_EQ(relay_attach(in_dir("copy0"), &attached), -EBADMSG);
        NEED(truncate(in_dir("copy0"), PAGE) == 0);
        NEED(truncate(in_dir("copy0.ctl"), PAGE + change) == 0);
        CHECK_EQ(relay_attach(in_dir("copy0"), &attached), -EBADMSG);
        NEED(truncate(in_dir("copy0.ctl"), PAGE) == 0);
    }
    unlink(in_dir("copy0"));
    NEED(mkdir(in_dir("copy0"), 0700) == 0);
    CHECK_EQ(relay_attach(in_dir("copy0"), &attached), -EBADMSG); /* no file at all */
    rmdir(in_dir("copy0"));
    forget_copy();
}

/* Where a directory has a size, it may be the right one. */
static void a_directory_as_large_as_a_buffer(void)
{
    enum { MOST = 2000, PAGES = 5 };
    struct relay_attached *attached;
    struct stat about = {.st_size = 0};
    union control control;
    unsigned count = 0;
    char name[40];

    copied(&control);
    control.head.subbuf_size = PAGES * PAGE / SUBBUFS;
    control.head.alloc_size = PAGES * PAGE;
    CHECK_EQ(attach(&control), -EBADMSG);
    unlink(in_dir("copy0"));
    NEED(mkdir(in_dir("copy0"), 0700) == 0);
    while (about.st_size < PAGES * PAGE && count < MOST) { /* a tmpfs counts entries */
        snprintf(name, sizeof(name), "copy0/%u", count++);
        put_file(name, "", 0);
        NEED(stat(in_dir("copy0"), &about) == 0);
    }
    CHECK_EQ(relay_attach(in_dir("copy0"), &attached), -EBADMSG);
    while (count--) {
        snprintf(name, sizeof(name), "copy0/%u", count);
        unlink(in_dir(name));
    }
    CHECK_EQ(rmdir(in_dir("copy0")), 0);
    forget_copy();
}

/* Threads of another PID namespace have numbers that mean others here: it can be looked at only. */
static void another_namespace(void)
{
    struct relay_attached *attached;
    union control control;

    copied(&control);
    control.head.maker.pid_ns++;
    put_file("copy0.ctl", &control, PAGE);
    CHECK(!relay_lookup(dir, "copy0"));
    CHECK_EQ(relay_error(), RELAY_ERR_FOREIGN);
    NEED(relay_attach(in_dir("copy0"), &attached) == 0);
    relay_detach(attached);
    forget_copy();
}

/* A decision about a slot that there is not touches nothing: the block is exactly as long as its slots. */
static void a_slot_behind_the_last(void)
{
    enum { MOST = (PAGE - sizeof(struct relay_ctl)) / sizeof(struct relay_slot) };
    struct rchan *full = relay_open_on("full", dir, SUBBUF, MOST, &kit_no_overwrite, NULL,
                                       &(struct relay_options){.cpus = 1});
    struct relay_subbuf_info subbufs[MOST];
    struct relay_attached_info info;
    struct relay_attached *attached;
    struct relay_buf_info buf;
    union control control;

    NEED(full);
    CHECK_EQ(relay_cpu_buf(full, 0)->ctl->size, PAGE);
    kit_put(full, 0, 'a', 60);
    kit_put(full, 0, 'b', 60);
    memcpy(&control, relay_cpu_buf(full, 0)->ctl, PAGE);
    relay_close(full);
    copied(&(union control){0});
    for (uint32_t slot = MOST - 1; slot <= MOST; slot++) {
        control.head.deciding = 1 + RELAY_CONSUMED;
        control.head.deciding_slot = slot;
        control.head.lock = 1;
        control.head.maker.boot[0] ^= slot == MOST - 1; /* it died amid that */
        put_file("copy0.ctl", &control, PAGE);
        NEED(relay_attach(in_dir("copy0"), &attached) == 0);
        CHECK_EQ(relay_attached_look(attached, &info, &buf, subbufs), 0);
        CHECK_EQ(info.alive, RELAY_ALIVE_NO);
        CHECK_EQ(buf.produced, 1);
        CHECK_EQ(buf.account.fate[RELAY_CONSUMED].events, 0);
        CHECK(kit_conserved(&buf.account));
        relay_detach(attached);
    }
    forget_copy();
}

/* ---- limits and descriptors ---- */

/* In a process of its own, since a file that grows over the limit would be deadly; 0 or the error. */
static int files_with_limit(rlim_t limit)
{
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        struct rchan *late = open_in(NULL, NULL);
        struct rlimit most = {limit, RLIM_INFINITY};

        if (!late || setrlimit(RLIMIT_FSIZE, &most) != 0)
            _exit(99);
        status = relay_late_setup_files(late, "limited", dir);
        relay_close(late);
        _exit(status == 0 ? 0 : (int)relay_error());
    }
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void files_up_to_the_limit(void)
{
    unsigned before_it = entries();

    CHECK_EQ(files_with_limit(RLIM_INFINITY), 0);
    CHECK_EQ(files_with_limit(PAGE), 0);
    CHECK_EQ(files_with_limit(PAGE - 1), RELAY_ERR_FILE_LIMIT);
    CHECK_EQ(entries(), before_it);
}

/* Two channels that have no files yet. */
static void with_number_0(struct rchan *late[2])
{
    size_t open_before = kit_descriptors();
    struct relay_attached *attached;
    struct relay_mapping *mapping;
    struct relay_file *file;
    struct dentry *entry;
    struct rchan *other;

    other = open_in(dir, "other");
    NEED(other);
    entry = relay_lookup(dir, "other0");
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
    CHECK_EQ(relay_file_mmap(file, PAGE, PROT_READ, MAP_PRIVATE, 0, &mapping), 0);
    relay_mapping_close(mapping);
    relay_file_close(file);
    relay_dentry_put(entry);
    relay_close(other);
    NEED(relay_attach(in_dir("cpu0"), &attached) == 0);
    relay_detach(attached);
    entry = relay_lookup(dir, "copy0"); /* somebody else's */
    CHECK(entry);
    relay_dentry_put(entry);
    CHECK(!open_in(dir, "taken")); /* its data file is there: what was made is taken back */
    CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
    CHECK_EQ(access(in_dir("taken0.ctl"), F_OK), -1);
    CHECK(!open_in(dir, "copy")); /* and here the control block */
    CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
    CHECK_EQ(relay_late_setup_files(late[0], "late", dir), 0);
    CHECK(relay_late_setup_files(late[1], "dead", dir) != 0);
    CHECK_EQ(relay_error(), RELAY_ERR_STALE);
    CHECK_EQ(relay_directory_clean(dir, "none"), -ENOENT);
    CHECK_EQ(kit_descriptors(), open_before);
}

static void descriptors_with_the_number_0(void)
{
    struct rchan *late[4];
    union control control;
    int kept = dup(0);

    copied(&control);
    put_file("copy0.ctl", &control, PAGE);
    put_file("taken0", "", 0);
    control.head.maker.boot[0] ^= 1;
    put_file("dead0.ctl", &control, PAGE);
    for (int i = 0; i < 4; i++)
        late[i] = open_in(NULL, NULL);
    with_number_0(late);
    relay_close(late[0]);
    relay_close(late[1]);
    NEED(kept >= 0 && close(0) == 0);
    with_number_0(late + 2);
    CHECK_EQ(fcntl(0, F_GETFD), -1);
    NEED(dup2(kept, 0) == 0 && close(kept) == 0);
    relay_close(late[2]);
    relay_close(late[3]);
    unlink(in_dir("dead0.ctl"));
    unlink(in_dir("taken0"));
    forget_copy();
}

/* ---- whose turn it is to read ---- */

struct holder {
    pthread_t thread;
    uint32_t id;
    int told[2];
};

static void *hold_turn(void *arg)
{
    struct holder *me = arg;
    char byte;

    relay_store_release(&me->id, (uint32_t)syscall(SYS_gettid));
    return read(me->told[0], &byte, 1) == 1 ? NULL : me;
}

static uint32_t reading;

static void *read_it(void *file)
{
    static char text[16];

    relay_store_release(&reading, (uint32_t)syscall(SYS_gettid));
    snprintf(text, sizeof(text), "%s", kit_read(file, 60));
    return text;
}

/* How often a thread of ours has slept. */
static unsigned long slept(uint32_t id)
{
    char name[64], line[128];
    unsigned long count = 0;
    FILE *file;

    snprintf(name, sizeof(name), "/proc/self/task/%u/status", id);
    file = fopen(name, "r");
    while (file && fgets(line, sizeof(line), file))
        sscanf(line, "voluntary_ctxt_switches: %lu", &count);
    if (file)
        fclose(file);
    return count;
}

/* Whoever waits for the turn looks often whether its holder lives, and takes it from the dead only. */
static void a_turn_is_taken_from_the_dead_only(void)
{
    struct relay_file *file = NULL;
    struct dentry *entry = relay_lookup(dir, "cpu0");
    struct relay_ctl *ctl = relay_cpu_buf(chan, 0)->ctl;
    struct holder holder = {.id = 0};
    pthread_t reader;
    void *text;

    kit_put(chan, 0, 'a', 60);
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0 && pipe(holder.told) == 0);
    NEED(pthread_create(&holder.thread, NULL, hold_turn, &holder) == 0);
    while (!relay_load_acquire(&holder.id))
        sched_yield();
    relay_store(&ctl->turn, holder.id);
    relay_store(&reading, 0);
    NEED(pthread_create(&reader, NULL, read_it, file) == 0);
    while (!relay_load_acquire(&reading) || slept(reading) < SLEPT)
        usleep(1000);
    CHECK_EQ(relay_load(&ctl->turn), holder.id);
    NEED(write(holder.told[1], "", 1) == 1);
    pthread_join(holder.thread, &text);
    CHECK(!text);
    pthread_join(reader, &text); /* now it comes to an end */
    CHECK_STR(text, "a*60");
    CHECK_EQ(relay_load(&ctl->turn), 0);
    relay_store(&ctl->turn, (uint32_t)syscall(SYS_gettid)); /* a dead one of our number */
    kit_put(chan, 0, 'b', 60);
    CHECK_STR(kit_read(file, 60), "b*60");
    close(holder.told[0]);
    close(holder.told[1]);
    relay_file_close(file);
    relay_dentry_put(entry);
}

/* A consumer that is not the maker leaves nothing of itself in the control block. */
static void a_consumer_leaves_no_trace(void)
{
    union control control, *seen;
    struct relay_file *file = NULL;
    struct dentry *entry;
    int fd;

    kit_put(chan, 0, 'a', 60);
    kit_put(chan, 0, 'b', 60);
    copied(&control);
    put_file("copy0.ctl", &control, PAGE);
    fd = open(in_dir("copy0.ctl"), O_RDWR);
    seen = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    NEED(fd >= 0 && seen != MAP_FAILED && close(fd) == 0);
    entry = relay_lookup(dir, "copy0");
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
    CHECK_STR(kit_read(file, 60), ".*60");
    relay_file_subbufs_consumed(file, 0);
    kit_read(file, 0);
    CHECK_EQ(seen->head.consumed, 1);
    CHECK_EQ(seen->head.lock, 0);
    CHECK_EQ(seen->head.holder_born, 0);
    CHECK_EQ(seen->head.turn, 0);
    CHECK_EQ(seen->head.turn_born, 0);
    CHECK_EQ(seen->head.not_writing, 0);
    CHECK_EQ(seen->head.release_to, 0);
    CHECK_EQ(seen->head.switches % 2, 0);
    CHECK(memcmp(&seen->head.maker, &control.head.maker, sizeof(control.head.maker)) == 0);
    relay_file_close(file);
    relay_dentry_put(entry);
    munmap(seen, PAGE);
    forget_copy();
}

static void *tell_number(void *ret)
{
    *(uint32_t *)ret = (uint32_t)syscall(SYS_gettid);
    return NULL;
}

/* Who died left that a row or a slot was being decided that there is not: nothing is touched by it. */
static void decisions_about_nothing(void)
{
    static const uint32_t rows[] = {1 + RELAY_N_FATES, UINT32_MAX, 1 + RELAY_CONSUMED},
                          slots[] = {0, 0, SUBBUFS};
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_maker maker = buf->ctl->maker;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t dead;
        pthread_t thread;

        NEED(pthread_create(&thread, NULL, tell_number, &dead) == 0);
        pthread_join(thread, NULL);
        relay_store(&buf->ctl->deciding, rows[i]);
        relay_store(&buf->ctl->deciding_slot, slots[i]);
        relay_store(&buf->ctl->lock, dead);
        CHECK_EQ(kit_put(chan, 0, 'a', 20), RELAY_STORED);
        CHECK_EQ(relay_load(&buf->ctl->deciding), 0);
        CHECK(memcmp(&buf->ctl->maker, &maker, sizeof(maker)) == 0);
        CHECK(kit_valid(chan));
    }
    CHECK_STR(kit_account(buf), "3/60: 3/60 unread");
}

static const struct check_test tests[] = {
    TEST(a_consumer_leaves_no_trace),
    TEST(decisions_about_nothing),
    TEST(each_rule_of_a_head),
    TEST(one_that_has_not_begun),
    TEST(files_of_other_sizes),
    TEST(another_namespace),
    TEST(a_slot_behind_the_last),
    TEST(files_up_to_the_limit),
    TEST(descriptors_with_the_number_0),
    TEST(a_turn_is_taken_from_the_dead_only),
    TEST(a_directory_as_large_as_a_buffer),
};
CHECK_MAIN(tests, before, after)
