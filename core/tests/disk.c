/* SPDX-License-Identifier: MIT */
/*
 * Directories on disk: what lies in them, what is refused, and buffers that another process reads. The
 * other process is forked before there is a channel, so that all it knows are the files.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_directory.h"

static char path[64];
static struct dentry *dir;

static void before(void)
{
    kit_before();
    strcpy(path, "/dev/shm/relay-test-XXXXXX");
    NEED(mkdtemp(path));
    dir = relay_directory_at(path, NULL);
    NEED(dir);
}

static void after(void)
{
    CHECK_EQ(relay_remove(dir), 0); /* which says that it is empty */
    relay_dentry_put(dir);
    kit_after();
}

static struct rchan *open_in(struct dentry *where, const char *base, unsigned cpus,
                             enum relay_writers writers)
{
    struct relay_options opt = {.cpus = cpus, .writers = writers};

    return relay_open_on(base, where, 64, 4, &kit_no_overwrite, NULL, &opt);
}

/* What lies there, in order of names. */
static const char *listing(const char *where)
{
    static char text[1024];
    struct dirent **list;
    int count = scandir(where, &list, NULL, alphasort);

    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        if (list[i]->d_name[0] != '.')
            strcat(strcat(text, text[0] ? " " : ""), list[i]->d_name);
        free(list[i]);
    }
    free(list);
    return text;
}

static struct stat about(const char *name)
{
    struct stat result = {0};
    char whole[128];

    snprintf(whole, sizeof(whole), "%s/%s", path, name);
    CHECK_EQ(stat(whole, &result), 0);
    return result;
}

static struct relay_file *open_file(const char *name, int flags)
{
    struct dentry *entry = relay_lookup(dir, name);
    struct relay_file *file = NULL;

    if (!entry)
        return NULL;
    CHECK_EQ(relay_file_open(entry, flags, &file), 0);
    relay_dentry_put(entry);
    return file;
}

/* ---- files ---- */

static void two_files_a_buffer(void)
{
    struct rchan *chan = open_in(dir, "cpu", 2, RELAY_WRITERS_MANY);

    NEED(chan);
    CHECK_STR(listing(path), "cpu.channel cpu0 cpu0.ctl cpu1 cpu1.ctl");
    CHECK_EQ(about("cpu1").st_size, (long long)chan->alloc_size);
    CHECK_EQ(about("cpu1").st_mode, S_IFREG | 0600);
    CHECK_EQ(about("cpu.channel").st_mode, S_IFREG | 0600);
    kit_put(chan, 1, 'x', 10);
    CHECK(kit_valid(chan));
    {
        struct relay_file *file = open_file("cpu1", O_RDONLY); /* our own */

        CHECK_STR(kit_read(file, 100), "x*10");
        CHECK_EQ(relay_file_mode(file), S_IFREG | 0400);
        CHECK(relay_file_buf(file) == relay_cpu_buf(chan, 1));
        relay_file_close(file);
    }
    relay_close(chan);
    CHECK_STR(listing(path), "");
}

static void the_bytes_are_in_the_file(void)
{
    struct rchan *chan = open_in(dir, "cpu", 1, RELAY_WRITERS_ONE);
    char bytes[8] = "", whole[128];
    FILE *file;

    kit_put(chan, 0, 'b', 5);
    snprintf(whole, sizeof(whole), "%s/cpu0", path);
    file = fopen(whole, "rb");
    NEED(file);
    CHECK_EQ(fread(bytes, 1, 7, file), 7);
    fclose(file);
    CHECK_STR(bytes, "bbbbb");
    relay_close(chan);
}

static void as_the_caller_says(void)
{
    struct dentry *same = relay_directory_at(path, &(struct relay_directory_options){.mode = 0660});
    mode_t mask = umask(077);
    struct rchan *chan = open_in(same, "m", 1, RELAY_WRITERS_MANY);

    CHECK(same == dir);
    umask(mask);
    CHECK_EQ(about("m0").st_mode & 07777, 0660);
    CHECK_EQ(about("m0.ctl").st_mode & 07777, 0660);
    relay_close(chan);
    relay_dentry_put(relay_directory_at(path, &(struct relay_directory_options){.mode = 0600}));
    relay_dentry_put(same);
}

static void one_below(void)
{
    struct dentry *below = relay_create_dir("below", dir);
    struct rchan *chan = open_in(below, "cpu", 1, RELAY_WRITERS_MANY);
    char names[64] = "";
    struct dentry *found;

    NEED(chan);
    CHECK_STR(listing(path), "below");
    CHECK_EQ(relay_dir_names(dir, names, sizeof(names)), 6);
    CHECK_STR(names, "below");
    found = relay_lookup(dir, "below");
    CHECK(found == below);
    relay_dentry_put(found);
    CHECK_EQ(relay_dir_names(below, names, sizeof(names)), 5);
    CHECK_STR(names, "cpu0");
    CHECK_EQ(relay_remove(below), -ENOTEMPTY);
    relay_close(chan);
    CHECK_EQ(relay_remove(below), 0);
    relay_dentry_put(below);
}

/* What was written before there were files is in them, and so is what comes after. */
static void late_files(void)
{
    struct relay_options opt = {.cpus = 1};
    struct rchan *chan = relay_open_on(NULL, NULL, 64, 4, &kit_no_overwrite, NULL, &opt);
    struct relay_file *file;

    kit_put(chan, 0, 'e', 60);
    kit_put(chan, 0, 'f', 10);
    CHECK_EQ(relay_late_setup_files(chan, "cpu", dir), 0);
    kit_put(chan, 0, 'g', 10);
    CHECK_STR(listing(path), "cpu.channel cpu0 cpu0.ctl");
    file = open_file("cpu0", O_RDONLY);
    CHECK_STR(kit_read(file, 60), "e*60");
    CHECK_STR(kit_read(file, 10), "f*10");
    CHECK_STR(kit_read(file, 10), "g*10");
    relay_file_close(file);
    CHECK(kit_valid(chan));
    relay_close(chan);
}

static void mappings_of_ones_own(void)
{
    struct rchan *chan = open_in(dir, "cpu", 1, RELAY_WRITERS_MANY);
    struct relay_file *file = open_file("cpu0", O_RDWR);
    struct relay_mapping *shared, *private;

    NEED(relay_file_mmap(file, chan->alloc_size, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &shared) ==
         0);
    NEED(relay_file_mmap(file, chan->alloc_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0,
                         &private) == 0);
    ((char *)relay_mapping_address(private))[0] = 'p';
    kit_put(chan, 0, 's', 3);
    CHECK_STR(kit_text(relay_mapping_address(shared), 3), "sss");
    CHECK_STR(kit_text(relay_mapping_address(private), 1), "p");
    relay_close(chan);
    CHECK_EQ(relay_file_mmap(file, 4096, PROT_READ, MAP_PRIVATE, 0, &(struct relay_mapping *){0}),
             -ENODEV);
    relay_mapping_close(private);
    CHECK_STR(kit_text(relay_mapping_address(shared), 3), "sss");
    relay_mapping_close(shared);
    relay_file_close(file);
}

static void files_are_closed(void)
{
    size_t open_before = kit_descriptors();
    struct rlimit old, few = {40, 40};
    struct rchan *chan;

    getrlimit(RLIMIT_NOFILE, &old);
    few.rlim_max = old.rlim_max;
    NEED(setrlimit(RLIMIT_NOFILE, &few) == 0);
    chan = open_in(dir, "cpu", 256, RELAY_WRITERS_MANY);
    CHECK(chan);
    CHECK_EQ(kit_descriptors(), open_before + 1); /* the channel's own memory */
    relay_close(chan);
    setrlimit(RLIMIT_NOFILE, &old);
}

/* ---- what is refused ---- */

static void a_name_that_exists(void)
{
    struct rchan *chan = open_in(dir, "cpu", 1, RELAY_WRITERS_MANY);

    CHECK(!open_in(dir, "cpu", 1, RELAY_WRITERS_MANY));
    CHECK_EQ(relay_error(), RELAY_ERR_EXISTS);
    CHECK_EQ(relay_directory_clean(dir, "cpu"), -EEXIST);
    CHECK_STR(listing(path), "cpu.channel cpu0 cpu0.ctl");
    CHECK_EQ(relay_directory_clean(dir, "other"), -ENOENT);
    CHECK_EQ(relay_directory_clean(NULL, "cpu"), -ENOTDIR);
    relay_close(chan);
}

static void a_full_disk(void)
{
    char small[80];
    struct dentry *where;
    int status;

    snprintf(small, sizeof(small), "%s/small", path);
    NEED(mkdir(small, 0700) == 0);
    if (mount("relay", small, "tmpfs", 0, "size=64k") == 0) {
        where = relay_directory_at(small, NULL);
        CHECK(!open_in(where, "cpu", 40, RELAY_WRITERS_MANY));
        CHECK_EQ(relay_error(), RELAY_ERR_NO_SPACE);
        CHECK_STR(listing(small), "");
        mount("relay", small, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=64k");
        CHECK(!open_in(where, "cpu", 1, RELAY_WRITERS_MANY));
        CHECK_EQ(relay_error(), RELAY_ERR_READ_ONLY);
        relay_dentry_put(where);
        status = umount(small);
        CHECK_EQ(status, 0);
    }
    rmdir(small);
}

static void others_folders(void)
{
    int status = 0;
    pid_t child;

    CHECK(!relay_directory_at("/dev/shm/relay-there-is-none", NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_FOUND);
    CHECK(!relay_directory_at("/proc/self/status", NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_DIRECTORY);
    child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(9);
        chmod(path, 0500);
        _exit(open_in(dir, "cpu", 1, RELAY_WRITERS_MANY) ? 1
                                                         : relay_error() != RELAY_ERR_PERMISSION);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    chmod(path, 0700);
    CHECK_STR(listing(path), "");
}

/* ---- another process ---- */

/* A process that was there before the channel, told when to go on and heard when it has. */
struct other {
    pid_t pid;
    int to[2], from[2];
};

static void hear(int fd)
{
    char byte;

    if (read(fd, &byte, 1) != 1)
        _exit(7);
}

static void tell(int fd)
{
    NEED(write(fd, "", 1) == 1);
}

static struct other begin(void (*act)(struct other *))
{
    struct other other;

    NEED(pipe(other.to) == 0 && pipe(other.from) == 0);
    fflush(NULL);
    other.pid = fork();
    if (other.pid == 0) {
        close(other.to[1]);
        close(other.from[0]);
        act(&other);
        _exit(check_failures ? 1 : 0);
    }
    close(other.to[0]);
    close(other.from[1]);
    return other;
}

static void end(struct other *other)
{
    int status = 0;

    close(other->to[1]);
    CHECK(waitpid(other->pid, &status, 0) == other->pid);
    CHECK_EQ(status, 0);
    close(other->from[0]);
}

static void killed(struct other *other)
{
    int status;

    kill(other->pid, SIGKILL);
    CHECK(waitpid(other->pid, &status, 0) == other->pid && WIFSIGNALED(status));
    close(other->to[1]);
    close(other->from[0]);
}

static void reader(struct other *me)
{
    struct relay_mapping *mapping;
    struct relay_file *file;
    bool woken = false;

    hear(me->to[0]);
    file = open_file("cpu0", O_RDONLY);
    NEED(file);
    CHECK_EQ(relay_file_mode(file), S_IFREG | 0400);
    CHECK_EQ(relay_file_size(file), 60);
    CHECK_EQ(relay_file_poll(file), POLLIN | POLLRDNORM);
    CHECK_EQ(relay_file_eventfd(file), -EOPNOTSUPP);
    CHECK_STR(kit_read(file, 60), "a*60");
    CHECK_STR(kit_read(file, 4), "bbbb");
    CHECK_EQ(relay_file_poll(file), 0);
    NEED(relay_file_mmap(file, 4096, PROT_READ, MAP_SHARED, 0, &mapping) == 0);
    tell(me->from[1]);
    CHECK_EQ(relay_file_wait(file, 20000, &woken), POLLIN | POLLRDNORM);
    CHECK(woken);
    CHECK_STR(kit_text((char *)relay_mapping_address(mapping) + 64, 6), "bbbbbb");
    CHECK_STR(kit_read(file, 2), "bb");
    kit_read(file, 0);
    relay_file_subbufs_consumed(file, 1);
    relay_mapping_close(mapping);
    tell(me->from[1]);
    hear(me->to[0]);
    CHECK_EQ(relay_file_poll(file), POLLERR); /* closed */
    CHECK_STR(kit_read(file, 100), "c*60");
    CHECK(relay_file_is_valid(file));
    relay_file_close(file);
}

static void a_consumer_elsewhere(void)
{
    struct other other = begin(reader);
    struct rchan *chan = open_in(dir, "cpu", 1, RELAY_WRITERS_MANY);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    relay_buf_get(buf);
    kit_put(chan, 0, 'a', 60);
    kit_put(chan, 0, 'b', 6);
    tell(other.to[1]);
    hear(other.from[0]);
    while (relay_load(&buf->ctl->waiters) == 0)
        usleep(100);
    kit_put(chan, 0, 'c', 60);
    hear(other.from[0]);
    CHECK_STR(kit_account(buf), "3/126: 1/60 unread, 2/66 consumed");
    CHECK(kit_valid(chan));
    relay_close(chan);
    tell(other.to[1]);
    end(&other);
    relay_buf_put(buf);
}

static void thief(struct other *me)
{
    struct relay_file *file;

    hear(me->to[0]);
    file = open_file("cpu0", O_RDONLY);
    CHECK_STR(kit_read(file, 10), "a*10");
    tell(me->from[1]);
    hear(me->to[0]);
    CHECK_STR(kit_read(file, 50), "a*30");
    relay_file_close(file);
}

/* The position is the buffer's, whoever reads. */
static void consumers_take_from_each_other(void)
{
    struct other other = begin(thief);
    struct rchan *chan = open_in(dir, "cpu", 1, RELAY_WRITERS_ONE);
    struct relay_file *file = open_file("cpu0", O_RDONLY);

    kit_put(chan, 0, 'a', 60);
    tell(other.to[1]);
    hear(other.from[0]);
    CHECK_STR(kit_read(file, 20), "a*20");
    tell(other.to[1]);
    end(&other);
    CHECK_STR(kit_read(file, 20), "");
    CHECK(kit_valid(chan));
    relay_file_close(file);
    relay_close(chan);
}

static void writer(struct other *me)
{
    struct rchan *chan = open_in(dir, "cpu", 1, RELAY_WRITERS_MANY);

    NEED(chan);
    kit_put(chan, 0, 'a', 60);
    kit_put(chan, 0, 'b', 10);
    tell(me->from[1]);
    hear(me->to[0]);
}

/* A writer that dies: what is there is read, poll says so, and its name can be had again. */
static void a_writer_that_dies(void)
{
    struct other other = begin(writer);
    struct relay_file *file;
    struct rchan *chan;

    hear(other.from[0]);
    file = open_file("cpu0", O_RDONLY);
    NEED(file);
    CHECK_EQ(relay_file_poll(file), POLLIN | POLLRDNORM);
    CHECK(!open_in(dir, "cpu", 1, RELAY_WRITERS_MANY));
    CHECK_EQ(relay_error(), RELAY_ERR_EXISTS);
    killed(&other);
    while (!(relay_file_poll(file) & POLLERR))
        usleep(1000); /* it is looked at only so often */
    CHECK_EQ(relay_file_wait(file, -1, NULL), POLLIN | POLLRDNORM | POLLERR);
    CHECK_STR(kit_read(file, 60), "a*60");
    CHECK_STR(kit_read(file, 100), "b*10");
    CHECK_EQ(relay_file_wait(file, -1, NULL), POLLERR);
    CHECK(!open_in(dir, "cpu", 1, RELAY_WRITERS_MANY));
    CHECK_EQ(relay_error(), RELAY_ERR_STALE);
    CHECK_EQ(relay_directory_clean(dir, "cpu"), 1);
    CHECK_STR(listing(path), "");
    chan = open_in(dir, "cpu", 1, RELAY_WRITERS_MANY);
    CHECK(chan);
    relay_close(chan);
    relay_file_close(file);
}

static const struct check_test tests[] = {
    TEST(two_files_a_buffer),   TEST(the_bytes_are_in_the_file),
    TEST(as_the_caller_says),   TEST(one_below),
    TEST(late_files),           TEST(mappings_of_ones_own),
    TEST(files_are_closed),     TEST(a_name_that_exists),
    TEST(a_full_disk),          TEST(others_folders),
    TEST(a_consumer_elsewhere), TEST(consumers_take_from_each_other),
    TEST(a_writer_that_dies),
};
CHECK_MAIN(tests, before, after)
