/* SPDX-License-Identifier: MIT */
/*
 * Hostile directories: files that are cut, replaced or no files at all, under a maker, a consumer and
 * a watcher. Nobody dies, hangs or reads beyond; each is told. The consumer's files are copies of a
 * buffer's, which this process knows as little as another one's.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_attach.h"

enum { SUBBUF = 4096, SUBBUFS = 4, DATA = SUBBUF * SUBBUFS, CONTROL = 4096, WATCHDOG_S = 120 };

static char path[64], data_path[80], control_path[84], own_control[84];
static struct dentry *dir;
static struct rchan *chan;

static void copy_file(const char *from, const char *to, size_t size)
{
    static char bytes[DATA];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");

    NEED(in && out && fread(bytes, 1, size, in) == size && fwrite(bytes, 1, size, out) == size);
    NEED(fclose(in) == 0 && fclose(out) == 0);
}

/* A buffer with two finished sub-buffers of events "xxx…", copied to copy0. */
static void before(void)
{
    struct relay_options opt = {.cpus = 1};
    char data[80];

    kit_before();
    alarm(WATCHDOG_S);
    strcpy(path, "/dev/shm/relay-cut-XXXXXX");
    NEED(mkdtemp(path));
    snprintf(data, sizeof(data), "%s/cpu0", path);
    snprintf(own_control, sizeof(own_control), "%s.ctl", data);
    snprintf(data_path, sizeof(data_path), "%s/copy0", path);
    snprintf(control_path, sizeof(control_path), "%s.ctl", data_path);
    dir = relay_directory_at(path, NULL);
    chan = relay_open_on("cpu", dir, SUBBUF, SUBBUFS, &kit_no_overwrite, NULL, &opt);
    NEED(chan);
    for (int i = 0; i < 20; i++)
        kit_put(chan, 0, 'x', 512);
    copy_file(data, data_path, DATA);
    copy_file(own_control, control_path, CONTROL);
}

static void after(void)
{
    unlink(data_path);
    unlink(control_path);
    relay_close(chan);
    CHECK_EQ(relay_remove(dir), 0);
    relay_dentry_put(dir);
    alarm(0);
    kit_after();
}

static void cut(const char *name, off_t size)
{
    char whole[96];

    snprintf(whole, sizeof(whole), "%s/%s", path, name);
    NEED(truncate(whole, size) == 0);
}

/* ---- files that are cut ---- */

/* Whichever file it is, and whatever is left of it. */
static void under_a_consumer(void)
{
    static const char *const names[] = {"copy0", "copy0.ctl"};
    static const off_t sizes[] = {0, 1, 4095};

    for (unsigned i = 0; i < 6; i++) {
        bool is_data = i < 3;
        struct relay_file *file = kit_file_in(dir, "copy0", O_RDONLY);
        char bytes[DATA];

        CHECK_EQ(relay_file_read(file, bytes, SUBBUF), SUBBUF);
        /* of data that are half a page away the page is still there: the one behind is not */
        cut(names[!is_data], is_data ? sizes[i % 3] : 0);
        CHECK_EQ(relay_file_read(file, bytes, SUBBUF), -EIO);
        CHECK(relay_file_poll(file) & POLLERR);
        CHECK(relay_file_wait(file, -1, NULL) & POLLERR);
        CHECK_EQ(relay_file_splice(file, -1, SUBBUF), -EIO);
        relay_file_subbufs_consumed(file, 1);
        CHECK_EQ(relay_file_read(file, bytes, SUBBUF), -EIO);
        CHECK(is_data || relay_file_is_valid(file));
        CHECK(is_data || relay_file_poll(file) == POLLERR); /* as if it was closed */
        relay_file_close(file);
        after();
        before();
    }
}

static void under_a_mapping(void)
{
    struct relay_file *file = kit_file_in(dir, "copy0", O_RDONLY),
                      *own = kit_file_in(dir, "cpu0", O_RDONLY);
    struct relay_mapping *mappings[3];
    uint64_t sum = 0;

    NEED(relay_file_mmap(file, DATA, PROT_READ, MAP_SHARED, 0, &mappings[0]) == 0);
    NEED(relay_file_mmap(file, DATA, PROT_READ, MAP_PRIVATE, 0, &mappings[1]) == 0);
    NEED(relay_file_mmap(own, DATA, PROT_READ, MAP_SHARED, SUBBUF, &mappings[2]) == 0);
    CHECK_STR(kit_text(relay_mapping_address(mappings[0]), 3), "xxx");
    cut("copy0", 0);
    cut("cpu0", 0);
    for (int i = 0; i < 3; i++) {
        const unsigned char *bytes = relay_mapping_address(mappings[i]);

        for (size_t at = 0; at < relay_mapping_size(mappings[i]); at++)
            sum += bytes[at];
    }
    CHECK_EQ(sum, 0);
    CHECK(relay_file_poll(file) & POLLERR);
    for (int i = 0; i < 3; i++)
        relay_mapping_close(mappings[i]);
    relay_file_close(file);
    relay_file_close(own);
}

/* Its events go nowhere, and it lives; what it takes away when it closes are its files. */
static void under_the_maker(void)
{
    struct relay_file *file = kit_file_in(dir, "cpu0", O_RDONLY);
    char bytes[64];

    cut("cpu0", 0);
    CHECK_EQ(kit_put(chan, 0, 'y', 512), RELAY_STORED);
    CHECK_EQ(relay_file_read(file, bytes, sizeof(bytes)), -EIO);
    cut("cpu0.ctl", 0);
    CHECK_EQ(kit_put(chan, 0, 'y', 512), RELAY_LOST_CLOSED);
    relay_flush(chan);
    relay_reset(chan);
    relay_subbufs_consumed(chan, 0, 1);
    CHECK(kit_valid(chan));
    CHECK_EQ(relay_file_read(file, bytes, sizeof(bytes)), -EIO);
    relay_file_close(file);
}

static void *waits(void *file)
{
    return (void *)(intptr_t)relay_file_wait(file, -1, NULL);
}

static void under_a_sleeper(void)
{
    static const char *const names[] = {"copy0", "cpu0"};

    for (unsigned i = 0; i < 2; i++) {
        struct relay_file *file = kit_file_in(dir, names[i], O_RDONLY);
        char control[16];
        pthread_t thread;
        void *mask;

        relay_file_subbufs_consumed(file, 2);
        NEED(pthread_create(&thread, NULL, waits, file) == 0);
        while (relay_load(&relay_file_buf(file)->ctl->waiters) == 0)
            usleep(100);
        snprintf(control, sizeof(control), "%s.ctl", names[i]);
        cut(control, 0);
        pthread_join(thread, &mask);
        CHECK_EQ((intptr_t)mask, POLLERR);
        relay_file_close(file);
    }
}

static void *reads(void *file)
{
    char bytes[512];
    ssize_t count;

    while ((count = relay_file_read(file, bytes, sizeof(bytes))) >= 0)
        relay_file_poll(file);
    return (void *)(intptr_t)count;
}

/* While several threads are at it, wherever they are. */
static void under_many(void)
{
    enum { THREADS = 4 };

    for (unsigned round = 0; round < 20 && !check_failures; round++) {
        struct relay_file *file = kit_file_in(dir, "copy0", O_RDONLY);
        pthread_t threads[THREADS];

        for (unsigned i = 0; i < THREADS; i++)
            NEED(pthread_create(&threads[i], NULL, reads, file) == 0);
        usleep(round * 50);
        cut(round % 2 ? "copy0" : "copy0.ctl", 0);
        relay_file_subbufs_consumed(file, 0);
        if (round % 2) { /* what is read is in front of them: nobody touches the data any more */
            struct relay_mapping *mapping;

            NEED(relay_file_mmap(file, DATA, PROT_READ, MAP_SHARED, 0, &mapping) == 0);
            CHECK_EQ(*(volatile char *)relay_mapping_address(mapping), 0);
            relay_mapping_close(mapping);
        }
        for (unsigned i = 0; i < THREADS; i++) {
            void *count;

            pthread_join(threads[i], &count);
            CHECK_EQ((intptr_t)count, -EIO);
        }
        relay_file_close(file);
        after();
        before();
    }
}

static void under_a_watcher(void)
{
    struct relay_attached *attached;
    struct relay_attached_info info;
    struct relay_subbuf_info subbufs[SUBBUFS];
    struct relay_buf_info buf;
    char bytes[8];

    NEED(relay_attach(data_path, &attached) == 0);
    CHECK_EQ(relay_attached_look(attached, &info, &buf, subbufs), 0);
    cut("copy0", SUBBUF);
    CHECK_EQ(relay_attached_look(attached, &info, &buf, subbufs), 0);
    CHECK_EQ(relay_attached_read(attached, bytes, 8, 0), 8);
    CHECK_EQ(relay_attached_read(attached, bytes, 8, SUBBUF), -EBADMSG);
    cut("copy0.ctl", 0);
    CHECK_EQ(relay_attached_look(attached, &info, &buf, subbufs), -EBADMSG);
    CHECK_EQ(info.n_subbufs, SUBBUFS);
    relay_detach(attached);
    CHECK_EQ(relay_attach(data_path, &attached), -EBADMSG);
}

/* ---- any size and any bytes ---- */

static uint64_t random_state = 88172645463325252u;

static uint64_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* The data file as it should be seen: its bytes, and zeros where it is cut within a page. */
struct model {
    int fd;
    size_t pages; /* that are there */
    unsigned char bytes[DATA];
};

static off_t random_size(void)
{
    static const off_t near[] = {0, 1, 4095, 4096, 4097, 3 * 4096, DATA - 1, DATA, DATA + 1};

    return random_number() % 2 ? near[random_number() % 9] : (off_t)(random_number() % (2 * DATA));
}

static void resize(struct model *model, off_t size)
{
    size_t kept = size < DATA ? (size_t)size : DATA;

    NEED(ftruncate(model->fd, size) == 0);
    memset(model->bytes + kept, 0, DATA - kept);
    model->pages = (kept + 4095) / 4096;
}

static void whole_again(struct model *model)
{
    resize(model, DATA);
    for (unsigned i = 0; i < 8; i++)
        memset(model->bytes + random_number() % (DATA - 64), (int)random_number(), 64);
    NEED(pwrite(model->fd, model->bytes, DATA, 0) == DATA);
}

/* `count` bytes at `at` came: as they are there, or -error. */
static void check_came(const struct model *model, const void *bytes, ssize_t came, uint64_t at,
                       size_t count, int error)
{
    if (at + count > model->pages * 4096)
        CHECK_EQ(came, error);
    else if (CHECK_EQ(came, count))
        CHECK(memcmp(bytes, model->bytes + at, count) == 0);
}

static void watch_mutated(struct relay_attached *attached, const struct model *model)
{
    struct relay_attached_info info;
    struct relay_subbuf_info subbufs[SUBBUFS];
    struct relay_buf_info buf;

    CHECK_EQ(relay_attached_look(attached, &info, &buf, subbufs), 0);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t at = random_number() >> (random_number() % 8 ? 50 : 0);
        size_t count = random_number() % (DATA + 100);
        size_t there = at >= DATA ? 0 : at + count > DATA ? DATA - at : count;
        unsigned char *bytes = malloc(count + 1); /* no byte more than that may be touched */

        check_came(model, bytes, relay_attached_read(attached, bytes, count, at), there ? at : 0,
                   there, -EBADMSG);
        free(bytes);
    }
}

/* All 20 events lie one behind the other from the first byte on. */
static void consume_mutated(struct relay_file *file, const struct model *model)
{
    enum { WRITTEN = 20 * 512 };
    bool is_cut = false;

    for (size_t at = 0; at < WRITTEN && !is_cut;) {
        size_t left = WRITTEN - at, count = 1 + random_number() % 6000;
        size_t there = count < left ? count : left;
        unsigned char *bytes = malloc(count);
        ssize_t came = relay_file_read(file, bytes, count);

        check_came(model, bytes, came, at, there, -EIO);
        is_cut = came < 0;
        at += there;
        free(bytes);
    }
    CHECK_EQ((relay_file_poll(file) & POLLERR) != 0, is_cut);
}

static void one_mutation(struct model *model)
{
    bool is_later = random_number() % 2;
    off_t size = random_size();
    struct relay_attached *attached = NULL;
    struct relay_file *file;
    int error;

    whole_again(model);
    copy_file(own_control, control_path, CONTROL);
    if (!is_later)
        resize(model, size);
    error = relay_attach(data_path, &attached);
    CHECK_EQ(error, is_later || size == DATA ? 0 : -EBADMSG);
    if (error) {
        CHECK(!relay_lookup(dir, "copy0"));
        return;
    }
    file = kit_file_in(dir, "copy0", O_RDONLY);
    resize(model, size);
    watch_mutated(attached, model);
    consume_mutated(file, model);
    relay_file_close(file);
    relay_detach(attached);
}

static void mutated_data(void)
{
    unsigned long rounds = kit_soak() > 1 ? 50000 * kit_soak() : 3000;
    struct model model = {.fd = open(data_path, O_RDWR)};

    alarm((unsigned)(WATCHDOG_S * kit_soak()));
    for (unsigned long i = 0; i < rounds && !check_failures; i++)
        one_mutation(&model);
    close(model.fd);
}

/* ---- signals of others ---- */
static unsigned handled;
static void *others;

static void on_bus_error(int number)
{
    handled += number == SIGBUS;
    if (mmap(others, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != others)
        _exit(3);
}

static void a_mapping_of_others(void)
{
    char file[80];
    int fd;

    snprintf(file, sizeof(file), "%s/other", path);
    fd = open(file, O_RDWR | O_CREAT, 0600);
    others = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    NEED(fd >= 0 && others != MAP_FAILED);
    CHECK_EQ(*(volatile char *)others, 0);
    CHECK_EQ(handled, 1);
    munmap(others, 4096);
    close(fd);
    unlink(file);
}

/* ---- what is no file of a buffer ---- */

static void make(const char *kind, const char *name)
{
    char whole[96], target[96];

    snprintf(whole, sizeof(whole), "%s/%s", path, name);
    snprintf(target, sizeof(target), "%s/%s", path, strstr(name, ".ctl") ? "cpu0.ctl" : "cpu0");
    if (strcmp(kind, "link") == 0)
        NEED(symlink(target, whole) == 0);
    else if (strcmp(kind, "dangling") == 0)
        NEED(symlink("/nowhere/at/all", whole) == 0);
    else if (strcmp(kind, "loop") == 0)
        NEED(symlink(name, whole) == 0);
    else if (strcmp(kind, "fifo") == 0)
        NEED(mkfifo(whole, 0600) == 0);
    else if (strcmp(kind, "directory") == 0)
        NEED(mkdir(whole, 0700) == 0);
    else if (strcmp(kind, "empty") == 0)
        copy_file("/dev/null", whole, 0);
    else if (strcmp(kind, "huge") == 0) {
        copy_file("/dev/null", whole, 0);
        NEED(truncate(whole, (off_t)1 << 40) == 0);
    } else if (strcmp(kind, "device") == 0 && mknod(whole, S_IFCHR | 0600, makedev(1, 5)) != 0)
        copy_file("/dev/null", whole, 0); /* who may not make one gets an empty file */
}

/* No one of two is what it should be: refused at once, with a reason, and the rest can be had. */
static void no_files(void)
{
    static const char *const kinds[] = {"link",      "dangling", "loop", "fifo",
                                        "directory", "empty",    "huge", "device"};
    static const char *const names[] = {"copy0", "copy0.ctl"};

    for (unsigned i = 0; i < 16; i++) {
        char whole[96], listed[64];
        struct relay_attached *attached;
        struct dentry *entry;

        snprintf(whole, sizeof(whole), "%s/%s", path, names[i % 2]);
        unlink(whole);
        make(kinds[i / 2], names[i % 2]);
        CHECK(relay_attach(data_path, &attached) < 0);
        CHECK_EQ(relay_error(), RELAY_ERR_DAMAGED);
        entry = relay_lookup(dir, "copy0");
        if (!(entry && relay_dentry_is_dir(entry))) /* which is none of a buffer */
            CHECK(!entry &&
                  (relay_error() == RELAY_ERR_DAMAGED || relay_error() == RELAY_ERR_NOT_FOUND));
        relay_dentry_put(entry);
        CHECK(relay_dir_names(dir, listed, sizeof(listed)) > 0);
        CHECK_EQ(relay_directory_clean(dir, "copy"), -ENOENT);
        CHECK(remove(whole) == 0);
        after();
        before();
    }
}

/* Others take the names: what was opened stays what it was. */
static void replaced(void)
{
    struct relay_file *file = kit_file_in(dir, "copy0", O_RDONLY);
    struct relay_attached *attached;
    struct relay_attached_info info;
    struct relay_buf_info buf;
    char bytes[8];

    NEED(relay_attach(data_path, &attached) == 0);
    unlink(data_path);
    unlink(control_path);
    make("huge", "copy0");
    make("fifo", "copy0.ctl");
    CHECK_EQ(relay_attached_look(attached, &info, &buf, NULL), 0);
    CHECK_EQ(buf.produced, 2);
    CHECK_EQ(relay_attached_read(attached, bytes, 8, 0), 8);
    CHECK_EQ(relay_file_read(file, bytes, 8), 8);
    CHECK_STR(kit_text(bytes, 8), "xxxxxxxx");
    relay_detach(attached);
    relay_file_close(file);
}

static const struct check_test tests[] = {
    TEST(under_a_consumer), TEST(under_a_mapping),     TEST(under_the_maker), TEST(under_a_sleeper),
    TEST(under_many),       TEST(under_a_watcher),     TEST(no_files),        TEST(replaced),
    TEST(mutated_data),     TEST(a_mapping_of_others),
};

int main(int argc, char **argv)
{
    signal(SIGBUS, on_bus_error); /* before the library has one */
    if (CHECK_TSAN)
        return CHECK_SKIP; /* an atomic operation that faults leaves its own lock held */
    return check_run(argc, argv, tests, sizeof(tests) / sizeof(*tests), before, after);
}
