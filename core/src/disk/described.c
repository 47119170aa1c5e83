/* SPDX-License-Identifier: MIT */
/*
 * A channel's description, BASE.channel: a few lines of text that say whose the name is. They are made
 * and taken away with the directory locked, so that of two who want a name one gets it.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"

#define FIRST_LINE "relay channel 1"
#define LAST_LINE "end"

static int lock_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        ; /* a filesystem without such locks: then whoever makes the file first has it */
    return fd;
}

static void unlock_directory(int fd)
{
    if (fd >= 0)
        close(fd);
}

static int write_description(FILE *file, const struct rchan *chan, const struct relay_maker *maker)
{
    fprintf(file, FIRST_LINE "\ncontrol %u\nsubbuf_size %zu\nn_subbufs %zu\ncpus %u\n",
            RELAY_CTL_VERSION, chan->subbuf_size, chan->n_subbufs, chan->cpus);
    fprintf(file, "pid %u\nborn %" PRIu64 "\npid_ns %" PRIu64 "\nboot ", maker->pid, maker->born,
            maker->pid_ns);
    for (unsigned i = 0; i < sizeof(maker->boot); i++)
        fprintf(file, "%02x", maker->boot[i]);
    fprintf(file, "\nchannel %" PRIu64 "\n" LAST_LINE "\n", maker->channel);
    return fclose(file) == 0 ? 0 : errno;
}

static bool parse_boot(const char *text, uint8_t boot[16])
{
    for (unsigned i = 0; i < 16; i++, text += 2)
        if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
            sscanf(text, "%2hhx", &boot[i]) != 1)
            return false;
    return true;
}

/* False: there is none, or it is not whole: who began it is dead, for the directory was locked. */
static bool read_description(const char *path, struct relay_maker *ret)
{
    char line[256];
    bool whole = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

    memset(ret, 0, sizeof(*ret));
    if (fd >= 0 && !file)
        close(fd);
    while (file && !whole && fgets(line, sizeof(line), file)) {
        sscanf(line, "pid %" SCNu32, &ret->pid);
        sscanf(line, "born %" SCNu64, &ret->born);
        sscanf(line, "pid_ns %" SCNu64, &ret->pid_ns);
        sscanf(line, "channel %" SCNu64, &ret->channel);
        if (strncmp(line, "boot ", 5) == 0 && !parse_boot(line + 5, ret->boot))
            break;
        whole = strcmp(line, LAST_LINE "\n") == 0;
    }
    if (file)
        fclose(file);
    return whole && ret->pid;
}

/* A number that no other channel has. */
uint64_t relay_new_serial(void)
{
    static uint64_t count;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec) ^ (uint64_t)getpid() << 42 ^
           __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED) << 52;
}

static enum relay_error_code why_described(const char *path)
{
    struct relay_maker maker;

    if (read_description(path, &maker) && relay_maker_life(&maker) != RELAY_LIFE_OVER)
        return RELAY_ERR_EXISTS;
    return RELAY_ERR_STALE;
}

static enum relay_error_code describe(const char *path, const struct rchan *chan, uint16_t mode)
{
    struct relay_maker maker = {.channel = chan->own->serial};
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode), error;
    FILE *file;

    if (fd < 0)
        return errno == EEXIST ? why_described(path) : relay_disk_error(errno);
    fchmod(fd, mode);
    relay_describe_self(&maker);
    file = fdopen(fd, "w");
    if (!file)
        close(fd);
    error = file ? write_description(file, chan, &maker) : ENOMEM;
    if (error)
        unlink(path);
    return error ? relay_disk_error(error) : RELAY_ERR_OK;
}

bool relay_claim_name(struct dentry *dir, struct rchan *chan)
{
    char path[PATH_MAX];
    enum relay_error_code error;
    int lock;

    if (!relay_disk_path(path, dir->place->path, chan->own->base_filename, RELAY_CHANNEL_SUFFIX))
        return false;
    chan->own->serial = relay_new_serial();
    lock = lock_directory(dir->place->path);
    error = describe(path, chan, relay_load(&dir->place->mode));
    unlock_directory(lock);
    chan->own->has_claim = error == RELAY_ERR_OK;
    if (error != RELAY_ERR_OK)
        relay_set_error(error);
    return error == RELAY_ERR_OK;
}

void relay_give_up_name(struct dentry *dir, struct rchan *chan)
{
    struct relay_maker maker;
    char path[PATH_MAX];
    int lock;

    if (!relay_disk_path(path, dir->place->path, chan->own->base_filename, RELAY_CHANNEL_SUFFIX))
        return;
    lock = lock_directory(dir->place->path);
    if (read_description(path, &maker) && maker.channel == chan->own->serial)
        unlink(path);
    unlock_directory(lock);
}

/* Who made a buffer: false: its control block is not there, or says nothing. */
static bool read_maker(const char *dir, const char *name, struct relay_maker *ret)
{
    int fd = relay_open_part(dir, name, RELAY_CONTROL_SUFFIX, O_RDONLY);
    struct relay_ctl head;
    bool whole = fd >= 0 && pread(fd, &head, sizeof(head), 0) == sizeof(head) &&
                 head.magic == RELAY_CTL_MAGIC && head.version == RELAY_CTL_VERSION;

    if (fd >= 0)
        close(fd);
    if (whole)
        *ret = head.maker;
    return whole;
}

enum relay_error_code relay_why_taken(const char *dir, const char *name)
{
    struct relay_maker maker;

    if (read_maker(dir, name, &maker) && relay_maker_life(&maker) == RELAY_LIFE_OVER)
        return RELAY_ERR_STALE;
    return RELAY_ERR_EXISTS;
}

/* ---- what a dead process left ---- */

struct cleaning {
    const char *base;
    uint64_t channel; /* 0: no description says which */
    int count;
};

/* Whether `file`, in a directory, is the control block of one of the channel's buffers. */
static bool is_left(const struct cleaning *it, const char *dir, const char *file,
                    char name[NAME_MAX + 1])
{
    size_t length = strlen(file), suffix = strlen(RELAY_CONTROL_SUFFIX), base = strlen(it->base);
    struct relay_maker maker;

    if (length <= suffix || strcmp(file + length - suffix, RELAY_CONTROL_SUFFIX) != 0)
        return false;
    snprintf(name, NAME_MAX + 1, "%.*s", (int)(length - suffix), file);
    if (!read_maker(dir, name, &maker))
        return false;
    if (it->channel)
        return maker.channel == it->channel;
    return relay_maker_life(&maker) == RELAY_LIFE_OVER && strncmp(name, it->base, base) == 0 &&
           name[base] && strspn(name + base, "0123456789") == strlen(name + base);
}

static void clean(struct cleaning *it, const char *dir, bool below)
{
    char name[NAME_MAX + 1], path[PATH_MAX];
    struct dirent **list;
    int count = scandir(dir, &list, NULL, NULL);

    for (int i = 0; i < count; i++) {
        const char *file = list[i]->d_name;

        if (is_left(it, dir, file, name)) {
            if (relay_disk_path(path, dir, name, ""))
                unlink(path);
            if (relay_disk_path(path, dir, file, ""))
                it->count += unlink(path) == 0;
        } else if (below && list[i]->d_type == DT_DIR && file[0] != '.' &&
                   relay_disk_path(path, dir, file, "")) {
            clean(it, path, false);
        }
        free(list[i]);
    }
    if (count >= 0)
        free(list);
}

static enum relay_error_code clean_locked(struct cleaning *it, const char *dir, const char *path)
{
    struct relay_maker maker;
    bool is_described = access(path, F_OK) == 0;

    if (is_described && why_described(path) == RELAY_ERR_EXISTS)
        return RELAY_ERR_EXISTS;
    if (is_described && read_description(path, &maker))
        it->channel = maker.channel;
    clean(it, dir, true);
    if (is_described && unlink(path) != 0)
        return relay_disk_error(errno);
    return is_described || it->count ? RELAY_ERR_OK : RELAY_ERR_NOT_FOUND;
}

RELAY_EXPORT int relay_directory_clean(struct dentry *dir, const char *base_filename)
{
    struct cleaning it = {.base = base_filename};
    enum relay_error_code error = RELAY_ERR_NOT_DIRECTORY;
    char path[PATH_MAX];
    int lock;

    if (dir && dir->disk) {
        if (!relay_disk_path(path, dir->place->path, base_filename, RELAY_CHANNEL_SUFFIX))
            return -ENAMETOOLONG;
        lock = lock_directory(dir->place->path);
        error = clean_locked(&it, dir->place->path, path);
        unlock_directory(lock);
    }
    if (error == RELAY_ERR_OK)
        return it.count;
    relay_set_error(error);
    return -relay_error_errno(error);
}
