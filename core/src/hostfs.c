/* SPDX-License-Identifier: MIT */
/*
 * The host filesystem: directories and buffers' files, in memory. One mutex for the whole tree; it is
 * never held while a callback or anything of a buffer runs. What lies on disk (disk/) is asked through
 * a directory's table of calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#ifndef RELAY_HOST_ROOT /* the stepping build has a tree for each of its machines */
static struct dentry the_root = {.refs = 1, .is_dir = true};
static pthread_mutex_t tree = PTHREAD_MUTEX_INITIALIZER;
#define RELAY_HOST_ROOT (&the_root)
#define RELAY_HOST_MUTEX (&tree)
#endif

RELAY_EXPORT struct dentry *relay_root(void)
{
    return RELAY_HOST_ROOT;
}

RELAY_EXPORT void relay_dentry_get(struct dentry *entry)
{
    if (entry)
        __atomic_fetch_add(&entry->refs, 1, __ATOMIC_RELAXED);
}

RELAY_EXPORT void relay_dentry_put(struct dentry *entry)
{
    if (!entry || entry == RELAY_HOST_ROOT ||
        __atomic_sub_fetch(&entry->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (entry->buf) /* another process's, which no removal took away */
        relay_buf_drop_reader(entry->buf);
    free(entry);
}

static bool is_attached(const struct dentry *entry)
{
    return entry == RELAY_HOST_ROOT || entry->parent || entry->disk;
}

/* Where the pointer to the entry of that name is, or should be. */
static struct dentry **find(struct dentry *dir, const char *name)
{
    struct dentry **place = &dir->first;

    while (*place && strcmp((*place)->name, name) != 0)
        place = &(*place)->next;
    return place;
}

/* Link a new entry, reference of its creation included, into a directory. */
static enum relay_error_code attach(struct dentry *entry, struct dentry *dir)
{
    enum relay_error_code error = RELAY_ERR_OK;
    struct dentry **place;

    pthread_mutex_lock(RELAY_HOST_MUTEX);
    place = find(dir, entry->name);
    if (!dir->is_dir)
        error = RELAY_ERR_NOT_DIRECTORY;
    else if (!is_attached(dir))
        error = RELAY_ERR_NOT_FOUND;
    else if (*place)
        error = RELAY_ERR_EXISTS;
    if (error == RELAY_ERR_OK) {
        relay_dentry_get(dir);
        entry->parent = dir;
        *place = entry;
    }
    pthread_mutex_unlock(RELAY_HOST_MUTEX);
    return error;
}

static bool can_be_entry(const char *name)
{
    if (name && *name && relay_name_is_valid(name, RELAY_ENTRY_LONGEST) && strcmp(name, ".") != 0 &&
        strcmp(name, "..") != 0)
        return true;
    relay_set_error(RELAY_ERR_NAME);
    return false;
}

static struct dentry *create(const char *name, struct dentry *parent, const struct dentry *like)
{
    enum relay_error_code error = RELAY_ERR_NO_MEMORY;
    struct dentry *entry = malloc(sizeof(*entry));

    if (entry) {
        *entry = *like;
        entry->refs = 1;
        strcpy(entry->name, name);
        error = attach(entry, parent ? parent : RELAY_HOST_ROOT);
    }
    if (error == RELAY_ERR_OK)
        return entry;
    free(entry);
    relay_set_error(error);
    return NULL;
}

RELAY_EXPORT struct dentry *relay_create_dir(const char *name, struct dentry *parent)
{
    if (!can_be_entry(name))
        return NULL;
    if (parent && parent->disk)
        return parent->disk->make_dir(parent, name);
    return create(name, parent, &(struct dentry){.is_dir = true});
}

RELAY_EXPORT struct dentry *relay_create_file(const char *name, struct dentry *parent,
                                              uint16_t mode, struct rchan_buf *buf)
{
    const struct relay_disk_calls *disk = parent ? parent->disk : NULL;
    struct dentry *entry;

    if (!can_be_entry(name) || (disk && !disk->make_files(parent, name, mode, buf)))
        return NULL;
    relay_buf_add_reader(buf);
    entry = create(name, parent, &(struct dentry){.mode = mode, .buf = buf});
    if (!entry) {
        if (disk)
            disk->remove_files(parent, name, buf);
        relay_buf_drop_reader(buf);
    }
    return entry;
}

RELAY_EXPORT int relay_remove(struct dentry *entry)
{
    enum relay_error_code error = RELAY_ERR_OK;
    struct dentry *dir = NULL;
    struct rchan_buf *buf = NULL;

    if (!entry)
        return 0;
    pthread_mutex_lock(RELAY_HOST_MUTEX);
    if (entry == RELAY_HOST_ROOT) {
        error = RELAY_ERR_ARGUMENT;
    } else if (entry->first) {
        error = RELAY_ERR_NOT_EMPTY;
    } else if (entry->parent) {
        dir = entry->parent;
        *find(dir, entry->name) = entry->next;
        buf = entry->buf;
        entry->parent = entry->next = NULL;
        entry->buf = NULL;
    }
    pthread_mutex_unlock(RELAY_HOST_MUTEX);
    if (error == RELAY_ERR_OK && entry->disk)
        return entry->disk->remove_dir(entry);
    if (dir) {
        if (buf && dir->disk)
            dir->disk->remove_files(dir, entry->name, buf);
        if (buf)
            relay_buf_drop_reader(buf);
        relay_dentry_put(dir);
        relay_dentry_put(entry);
    }
    if (error == RELAY_ERR_OK)
        return 0;
    relay_set_error(error);
    return error == RELAY_ERR_NOT_EMPTY ? -ENOTEMPTY : -EBUSY;
}

RELAY_EXPORT struct dentry *relay_default_create_buf_file(const char *filename,
                                                          struct dentry *parent, uint16_t mode,
                                                          struct rchan_buf *buf, int *is_global)
{
    (void)is_global;
    return filename ? relay_create_file(filename, parent, mode, buf) : relay_root();
}

RELAY_EXPORT int relay_default_remove_buf_file(struct dentry *dentry)
{
    return relay_remove(dentry);
}

RELAY_EXPORT struct dentry *relay_lookup(struct dentry *parent, const char *name)
{
    struct dentry *dir = parent ? parent : RELAY_HOST_ROOT, *entry;

    pthread_mutex_lock(RELAY_HOST_MUTEX);
    entry = *find(dir, name);
    relay_dentry_get(entry);
    pthread_mutex_unlock(RELAY_HOST_MUTEX);
    if (!entry && dir->disk)
        return dir->disk->lookup(dir, name);
    if (!entry)
        relay_set_error(dir->is_dir ? RELAY_ERR_NOT_FOUND : RELAY_ERR_NOT_DIRECTORY);
    return entry;
}

RELAY_EXPORT const char *relay_dentry_name(struct dentry *entry)
{
    return entry->name;
}

RELAY_EXPORT bool relay_dentry_is_dir(struct dentry *entry)
{
    return entry->is_dir;
}

RELAY_EXPORT ssize_t relay_dir_names(struct dentry *dir, char *names, size_t size)
{
    size_t needed = 0;

    if (!dir->is_dir)
        return -ENOTDIR;
    if (dir->disk)
        return dir->disk->names(dir, names, size);
    pthread_mutex_lock(RELAY_HOST_MUTEX);
    for (const struct dentry *entry = dir->first; entry; entry = entry->next)
        needed += strlen(entry->name) + 1;
    if (needed <= size)
        for (const struct dentry *entry = dir->first; entry; entry = entry->next)
            names = stpcpy(names, entry->name) + 1;
    pthread_mutex_unlock(RELAY_HOST_MUTEX);
    return (ssize_t)needed;
}

/* The buffer of a file that is still there, counted as reader, or NULL. */
static struct rchan_buf *take_buf(struct dentry *entry)
{
    struct rchan_buf *buf;

    pthread_mutex_lock(RELAY_HOST_MUTEX);
    buf = entry->buf;
    if (buf)
        relay_buf_add_reader(buf);
    pthread_mutex_unlock(RELAY_HOST_MUTEX);
    return buf;
}

RELAY_EXPORT int relay_file_open(struct dentry *entry, int flags, struct relay_file **ret)
{
    struct relay_file *file;
    struct rchan_buf *buf;

    if (!entry)
        return -ENOENT;
    if (entry->is_dir)
        return -EISDIR;
    buf = take_buf(entry);
    if (!buf)
        return -ENOENT;
    file = malloc(sizeof(*file));
    if (!file) {
        relay_buf_drop_reader(buf);
        return -ENOMEM;
    }
    relay_buf_get(buf);
    *file = (struct relay_file){
        .buf = buf, .refs = 1, .flags = flags & (O_ACCMODE | O_NONBLOCK), .mode = entry->mode};
    *ret = file;
    return 0;
}
