/* SPDX-License-Identifier: MIT */
/* Descriptors: open, close, what they tell, and what relay files refuse. read.c, wait.c, splice.c
 * and mapping.c have the rest. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "internal.h"

bool relay_file_reads(const struct relay_file *file)
{
    return (file->flags & O_ACCMODE) != O_WRONLY;
}

void relay_file_unref(struct relay_file *file)
{
    if (__atomic_sub_fetch(&file->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    relay_buf_put(file->buf);
    free(file);
}

RELAY_EXPORT void relay_file_close(struct relay_file *file)
{
    if (!file)
        return;
    relay_buf_drop_reader(file->buf);
    relay_file_unref(file);
}

RELAY_EXPORT struct rchan_buf *relay_file_buf(struct relay_file *file)
{
    return file->buf;
}

RELAY_EXPORT uint64_t relay_file_size(struct relay_file *file)
{
    return relay_load(&file->buf->ctl->file_size);
}

RELAY_EXPORT uint32_t relay_file_mode(struct relay_file *file)
{
    return S_IFREG | file->mode;
}

RELAY_EXPORT int relay_file_flags(struct relay_file *file)
{
    return file->flags;
}

RELAY_EXPORT void relay_file_subbufs_consumed(struct relay_file *file, size_t consumed)
{
    bool taken = relay_buf_hold(file->buf);

    relay_release(file->buf, consumed, true);
    relay_buf_let_go(file->buf, taken);
}

RELAY_EXPORT ssize_t relay_file_pread(struct relay_file *file, void *bytes, size_t count,
                                      int64_t at)
{
    (void)file, (void)bytes, (void)count, (void)at;
    return -ESPIPE;
}

RELAY_EXPORT int64_t relay_file_lseek(struct relay_file *file, int64_t offset, int whence)
{
    (void)file, (void)offset, (void)whence;
    return -ESPIPE;
}

RELAY_EXPORT ssize_t relay_file_write(struct relay_file *file, const void *bytes, size_t count)
{
    (void)bytes, (void)count;
    return (file->flags & O_ACCMODE) == O_RDONLY ? -EBADF : -EINVAL;
}

RELAY_EXPORT bool relay_file_is_valid(struct relay_file *file)
{
    return file && relay_load(&file->refs) > 0 && relay_load(&file->buf->own->readers) > 0 &&
           relay_buf_is_valid(file->buf);
}
