/* SPDX-License-Identifier: MIT */
/* Directories on disk: found by their paths, made, listed, removed. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"

#define DIRECTORY_MODE 0700
#define DEFAULT_MODE 0600

static struct relay_place *places;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

enum relay_error_code relay_disk_error(int number)
{
    switch (number) {
    case ENOENT:
    case ELOOP:
        return RELAY_ERR_NOT_FOUND;
    case ENOTDIR:
        return RELAY_ERR_NOT_DIRECTORY;
    case EEXIST:
        return RELAY_ERR_EXISTS;
    case ENOTEMPTY:
        return RELAY_ERR_NOT_EMPTY;
    case EACCES:
    case EPERM:
        return RELAY_ERR_PERMISSION;
    case EROFS:
        return RELAY_ERR_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
        return RELAY_ERR_NO_SPACE;
    case ENAMETOOLONG:
        return RELAY_ERR_NAME;
    case ENOMEM:
        return RELAY_ERR_NO_MEMORY;
    default:
        return RELAY_ERR_SYSTEM;
    }
}

bool relay_disk_path(char ret[PATH_MAX], const char *dir, const char *name, const char *suffix)
{
    int length = snprintf(ret, PATH_MAX, "%s/%s%s", dir, name, suffix);

    if (length > 0 && length < PATH_MAX)
        return true;
    relay_set_error(RELAY_ERR_NAME);
    return false;
}

static struct relay_place *new_place(const char *path)
{
    struct relay_place *place = calloc(1, sizeof(*place) + strlen(path) + 1);
    const char *name = strrchr(path, '/');

    if (!place)
        return NULL;
    strcpy(place->path, path);
    place->mode = DEFAULT_MODE;
    place->entry =
        (struct dentry){.refs = 1, .is_dir = true, .disk = &relay_disk_calls, .place = place};
    snprintf(place->entry.name, sizeof(place->entry.name), "%s", name ? name + 1 : path);
    place->next = places;
    return places = place;
}

/* A directory that is there, by its path without links. */
struct dentry *relay_place_at(const char *path)
{
    struct relay_place *place;

    pthread_mutex_lock(&mutex);
    for (place = places; place && strcmp(place->path, path) != 0; place = place->next)
        ;
    if (!place)
        place = new_place(path);
    if (place)
        relay_dentry_get(&place->entry);
    pthread_mutex_unlock(&mutex);
    if (!place)
        relay_set_error(RELAY_ERR_NO_MEMORY);
    return place ? &place->entry : NULL;
}

static struct dentry *fail(int number)
{
    relay_set_error(relay_disk_error(number));
    return NULL;
}

RELAY_EXPORT struct dentry *relay_directory_at(const char *path,
                                               const struct relay_directory_options *opt)
{
    struct stat about;
    char whole[PATH_MAX];
    struct dentry *dir;

    if (opt && opt->create && mkdir(path, DIRECTORY_MODE) != 0 && errno != EEXIST)
        return fail(errno);
    if (!realpath(path, whole) || stat(whole, &about) != 0)
        return fail(errno);
    if (!S_ISDIR(about.st_mode))
        return fail(ENOTDIR);
    dir = relay_place_at(whole);
    if (dir && opt && opt->mode)
        relay_store(&dir->place->mode, opt->mode);
    return dir;
}

RELAY_EXPORT const char *relay_directory_path(struct dentry *dir)
{
    return dir && dir->disk ? dir->place->path : NULL;
}

static struct dentry *make_dir(struct dentry *dir, const char *name)
{
    char path[PATH_MAX];
    struct dentry *made;

    if (!relay_disk_path(path, dir->place->path, name, ""))
        return NULL;
    if (mkdir(path, DIRECTORY_MODE) != 0)
        return fail(errno);
    made = relay_place_at(path);
    if (made)
        relay_store(&made->place->mode, relay_load(&dir->place->mode));
    return made;
}

static int remove_dir(struct dentry *dir)
{
    int number;

    if (rmdir(dir->place->path) == 0 || errno == ENOENT)
        return 0;
    number = errno;
    relay_set_error(relay_disk_error(number));
    return -number;
}

static struct dentry *lookup(struct dentry *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat about;

    if (!relay_disk_path(path, dir->place->path, name, ""))
        return NULL;
    if (stat(path, &about) != 0)
        return fail(errno);
    return S_ISDIR(about.st_mode) ? relay_directory_at(path, NULL)
                                  : relay_foreign_lookup(dir, name);
}

/* Whether a listing shows it: a directory, or the data of a buffer. */
static bool is_entry(const char *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat about;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    if (relay_disk_path(path, dir, name, "") && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return true;
    return relay_disk_path(path, dir, name, RELAY_CONTROL_SUFFIX) && access(path, F_OK) == 0;
}

static ssize_t names(struct dentry *dir, char *ret, size_t size)
{
    struct dirent **list;
    int count = scandir(dir->place->path, &list, NULL, versionsort);
    size_t needed = 0;
    ssize_t error = -errno;

    if (count < 0)
        return error;
    for (int i = 0; i < count; i++) {
        size_t length = strlen(list[i]->d_name) + 1;

        if (is_entry(dir->place->path, list[i]->d_name)) {
            if (needed + length <= size)
                memcpy(ret + needed, list[i]->d_name, length);
            needed += length;
        }
        free(list[i]);
    }
    free(list);
    return (ssize_t)needed;
}

const struct relay_disk_calls relay_disk_calls = {
    .make_dir = make_dir,
    .make_files = relay_make_files,
    .remove_files = relay_remove_files,
    .remove_dir = remove_dir,
    .lookup = lookup,
    .names = names,
    .claim = relay_claim_name,
    .give_up = relay_give_up_name,
};
