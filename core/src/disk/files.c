/* SPDX-License-Identifier: MIT */
/*
 * A buffer's memory becomes two files, at the addresses at which it is. All their blocks are taken
 * first: a disk that is full is an error then, not a deadly signal later. The control block's magic
 * number is stored last: who finds it finds a whole one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "disk.h"

/* The two files of a buffer while they are made. */
struct pair {
    char data_path[PATH_MAX], control_path[PATH_MAX];
    int data, control; /* -1: not made */
};

/* What lies there is no file: a link (which is not followed), a directory, a socket, a device. */
static bool is_no_file(int number)
{
    return number == ELOOP || number == EISDIR || number == ENXIO || number == ENODEV;
}

int relay_open_path(const char *path, const char *suffix, int flags)
{
    char whole[PATH_MAX];
    int fd, length = snprintf(whole, sizeof(whole), "%s%s", path, suffix);

    if (length < 0 || length >= PATH_MAX) {
        relay_set_error(RELAY_ERR_NAME);
        return -1;
    }
    fd = open(whole, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        relay_set_error(is_no_file(errno) ? RELAY_ERR_DAMAGED : relay_disk_error(errno));
    return fd;
}

int relay_open_part(const char *dir, const char *name, const char *suffix, int flags)
{
    char path[PATH_MAX];

    return relay_disk_path(path, dir, name, "") ? relay_open_path(path, suffix, flags) : -1;
}

/* Asked beforehand: a file that grows over the limit gets the process a deadly signal. */
static bool may_have(size_t size)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
           size <= limit.rlim_cur;
}

/* A new file with all its blocks. */
static enum relay_error_code make(const char *path, size_t size, uint16_t mode, int *ret)
{
    int error;

    if (!may_have(size))
        return RELAY_ERR_FILE_LIMIT;
    *ret = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (*ret < 0)
        return relay_disk_error(errno);
    error = posix_fallocate(*ret, 0, (off_t)size);
    if (error == 0 && fchmod(*ret, mode) != 0) /* whatever the umask */
        error = errno;
    return error ? relay_disk_error(error) : RELAY_ERR_OK;
}

static void take_back(const struct pair *pair)
{
    if (pair->data >= 0)
        unlink(pair->data_path);
    if (pair->control >= 0)
        unlink(pair->control_path);
}

static void close_both(const struct pair *pair)
{
    if (pair->data >= 0)
        close(pair->data);
    if (pair->control >= 0)
        close(pair->control);
}

/* The control block first: whoever makes that has the name. */
static enum relay_error_code make_pair(struct pair *pair, const struct relay_ctl *ctl,
                                       const struct relay_place *place)
{
    uint16_t mode = relay_load(&place->mode);
    enum relay_error_code error = make(pair->control_path, ctl->size, mode, &pair->control);

    return error == RELAY_ERR_OK ? make(pair->data_path, ctl->alloc_size, mode, &pair->data)
                                 : error;
}

struct relay_origin *relay_origin_new(const char *dir, const char *name, int data, int control)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    struct relay_origin *origin = calloc(1, sizeof(*origin) + size);
    struct stat about;

    if (!origin) {
        relay_set_error(RELAY_ERR_NO_MEMORY);
        return NULL;
    }
    strcpy(stpcpy(stpcpy(origin->path, dir), "/"), name);
    if (fstat(data, &about) == 0)
        origin->data = about.st_ino;
    if (fstat(control, &about) == 0)
        origin->control = about.st_ino;
    return origin;
}

bool relay_origin_guard(struct relay_origin *origin, const struct relay_region *region,
                        const struct relay_stretch *stretch, const struct relay_ctl *head)
{
    const int both = PROT_READ | PROT_WRITE;

    memcpy(&origin->head, head, offsetof(struct relay_ctl, offset));
    origin->head.maker = head->maker;
    origin->guards[0] = relay_guard_put(stretch->data, region->data_size, both, origin, false);
    origin->guards[1] = relay_guard_put(stretch->control, region->control_size, both, origin, true);
    return origin->guards[0] && origin->guards[1];
}

void relay_origin_free(struct relay_origin *origin)
{
    if (!origin)
        return;
    relay_guard_take(origin->guards[0]);
    relay_guard_take(origin->guards[1]);
    free(origin);
}

static bool write_all(int fd, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = pwrite(fd, (const char *)bytes + done, size - done, (off_t)done);

        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static void sign(struct rchan_buf *buf, uint16_t mode)
{
    struct relay_maker *maker = &buf->ctl->maker;

    relay_describe_self(maker);
    if (!buf->chan->own->serial)
        buf->chan->own->serial = relay_new_serial();
    maker->cpus = buf->chan->cpus;
    maker->channel = buf->chan->own->serial;
    maker->is_global = (uint32_t)buf->chan->is_global;
    maker->mode = mode;
}

/* The buffer is entered: nobody changes it. Who waits for its lock goes on waiting in the file. */
static enum relay_error_code move(struct rchan_buf *buf, const struct pair *pair)
{
    const struct relay_region *region = &buf->chan->own->region;
    struct relay_ctl *ctl = buf->ctl;
    uint32_t magic = ctl->magic;
    bool copied;

    ctl->magic = 0;
    copied = write_all(pair->data, buf->start, ctl->alloc_size) &&
             write_all(pair->control, ctl, ctl->size);
    if (!copied || !relay_region_replace(region, &buf->own->stretch, pair->data, pair->control)) {
        ctl->magic = magic;
        return copied ? RELAY_ERR_NO_MEMORY : relay_disk_error(errno);
    }
    relay_store_release(&buf->ctl->magic, magic);
    return RELAY_ERR_OK;
}

/* As relay_buf_leave(), but a buffer that was not started yet is not valid. */
static void leave(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    relay_store_release(&ctl->limit, relay_load(&ctl->finalized) ? 0 : ctl->subbuf_size + 1);
    relay_buf_unlock(buf);
    relay_forget_not_writing(ctl);
}

static enum relay_error_code move_to(struct pair *pair, struct dentry *dir, const char *name,
                                     uint16_t mode, struct rchan_buf *buf)
{
    enum relay_error_code error;
    struct relay_origin *origin;

    if (buf->own->sharing)
        return RELAY_ERR_EXISTS; /* it has files */
    error = make_pair(pair, buf->ctl, dir->place);
    if (error != RELAY_ERR_OK)
        return error;
    origin = relay_origin_new(dir->place->path, name, pair->data, pair->control);
    if (!origin)
        return RELAY_ERR_NO_MEMORY;
    if (!relay_buf_enter(buf)) {
        relay_origin_free(origin);
        return RELAY_ERR_BUSY;
    }
    sign(buf, mode);
    error = relay_origin_guard(origin, &buf->chan->own->region, &buf->own->stretch, buf->ctl)
                ? move(buf, pair)
                : RELAY_ERR_NO_MEMORY;
    if (error == RELAY_ERR_OK) {
        buf->own->origin = origin;
        buf->own->sharing = &relay_sharing_own;
    } else {
        memset(&buf->ctl->maker, 0, sizeof(buf->ctl->maker));
        relay_origin_free(origin);
    }
    leave(buf);
    return error;
}

bool relay_make_files(struct dentry *dir, const char *name, uint16_t mode, struct rchan_buf *buf)
{
    struct pair pair = {.data = -1, .control = -1};
    enum relay_error_code error;

    if (!relay_disk_path(pair.data_path, dir->place->path, name, "") ||
        !relay_disk_path(pair.control_path, dir->place->path, name, RELAY_CONTROL_SUFFIX))
        return false;
    error = move_to(&pair, dir, name, mode, buf);
    if (error != RELAY_ERR_OK)
        take_back(&pair);
    close_both(&pair);
    if (error == RELAY_ERR_EXISTS)
        error = relay_why_taken(dir->place->path, name);
    if (error != RELAY_ERR_OK)
        relay_set_error(error);
    return error == RELAY_ERR_OK;
}

static void unlink_if(const char *path, ino_t number)
{
    struct stat about;

    if (lstat(path, &about) == 0 && about.st_ino == number)
        unlink(path);
}

void relay_remove_files(struct dentry *dir, const char *name, struct rchan_buf *buf)
{
    const struct relay_origin *origin = buf->own->origin;
    char path[PATH_MAX];

    if (!origin)
        return;
    if (relay_disk_path(path, dir->place->path, name, ""))
        unlink_if(path, origin->data);
    if (relay_disk_path(path, dir->place->path, name, RELAY_CONTROL_SUFFIX))
        unlink_if(path, origin->control);
}
