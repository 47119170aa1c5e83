/* SPDX-License-Identifier: MIT */
/*
 * Directories on disk, and buffers that several processes map. In such a directory a buffer is two
 * files: NAME (its data, what a consumer maps) and NAME.ctl (its control block); a channel is one more,
 * BASE.channel (described.c).
 */
#ifndef RELAY_DISK_H
#define RELAY_DISK_H

#include <limits.h>
#include <sys/stat.h>

#include "internal.h"
#include "relay/relay_directory.h"

#define RELAY_CONTROL_SUFFIX ".ctl"
#define RELAY_CHANNEL_SUFFIX ".channel"

/* Where a directory is. Known for as long as the process lives: one for each path. */
struct relay_place {
    struct relay_place *next;
    struct dentry entry;
    uint16_t mode; /* of the files made in it */
    char path[];
};

/* Where a buffer's files are. */
struct relay_origin {
    ino_t data, control; /* what they were when they were mapped */
    uint64_t looked_ns;  /* when it was last seen whether the maker lives */
    bool is_dead;        /* it did not */
    bool is_cut;         /* a file became shorter, and memory took its place */
    struct relay_guard *guards[2];
    struct relay_ctl head; /* what is fixed, else zeros */
    char path[];           /* of the data file */
};

/* A path in a directory: false and RELAY_ERR_NAME when it is too long. */
bool relay_disk_path(char ret[PATH_MAX], const char *dir, const char *name, const char *suffix);
/* The error that an errno number of the system means. */
enum relay_error_code relay_disk_error(int number);

/* ---- task.c: which processes and threads there are ---- */

enum relay_life { RELAY_LIFE_OVER, RELAY_LIFE_GOES_ON, RELAY_LIFE_UNKNOWN };

/* This process as the maker of buffers; `cpus` and what follows is left alone. */
void relay_describe_self(struct relay_maker *ret);
/* UNKNOWN: it is in another PID namespace than we are. */
enum relay_life relay_maker_life(const struct relay_maker *maker);
/* `born` 0: any thread of that number. */
bool relay_thread_lives(uint32_t id, uint64_t born);
uint64_t relay_thread_born(void); /* of the calling one */

/* ---- repair.c ---- */

/* The maker is gone: an event that it had counted and not committed is none. Several may do it. */
void relay_take_back_event(struct relay_ctl *ctl);

/* Whoever changed the buffer died with its lock; the caller has that now, or a copy. */
void relay_repair(struct relay_ctl *ctl);

/* ---- place.c ---- */

extern const struct relay_disk_calls relay_disk_calls;
struct dentry *relay_place_at(const char *path);

/* ---- files.c: the files of a buffer ---- */

bool relay_make_files(struct dentry *dir, const char *name, uint16_t mode, struct rchan_buf *buf);
void relay_remove_files(struct dentry *dir, const char *name, struct rchan_buf *buf);
/* Open for reading or both: a descriptor, -1: the error is set. */
int relay_open_path(const char *path, const char *suffix, int flags);
int relay_open_part(const char *dir, const char *name, const char *suffix, int flags);
struct relay_origin *relay_origin_new(const char *dir, const char *name, int data, int control);
/* From now on a file may be cut. False: no memory. */
bool relay_origin_guard(struct relay_origin *origin, const struct relay_region *region,
                        const struct relay_stretch *stretch, const struct relay_ctl *head);
void relay_origin_free(struct relay_origin *origin);

/* ---- guard.c: mapped files that somebody cuts ---- */

/*
 * From now on touching what was cut of a mapping is not deadly: `origin->is_cut` says that it was.
 * NULL: no memory.
 */
struct relay_guard *relay_guard_put(void *begin, size_t size, int prot, struct relay_origin *origin,
                                    bool is_control);
struct relay_guard *relay_guard_at(const void *begin);
/* Before the mapping goes. NULL: nothing. */
void relay_guard_take(struct relay_guard *guard);

/* ---- foreign.c ---- */

struct dentry *relay_foreign_lookup(struct dentry *dir, const char *name);
/*
 * The head of a control block, if it can be worked with: it says of itself what we would compute. FOREIGN,
 * DAMAGED or OK.
 */
enum relay_error_code relay_read_head(int data, int control, struct relay_ctl *ret);
/* What a buffer needs for a channel, with one reference. NULL: no memory. */
struct relay_channel *relay_foreign_channel(const struct relay_ctl *head);

/* ---- sharing.c ---- */

extern const struct relay_sharing relay_sharing_own, relay_sharing_foreign;

/* ---- described.c: a channel's description ---- */

bool relay_claim_name(struct dentry *dir, struct rchan *chan);
void relay_give_up_name(struct dentry *dir, struct rchan *chan);
/* A number that no other channel has. */
uint64_t relay_new_serial(void);
/* What describes a channel or holds a buffer is another's: EXISTS, or STALE when that one is dead. */
enum relay_error_code relay_why_taken(const char *dir, const char *name);

#endif
