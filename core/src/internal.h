/* SPDX-License-Identifier: MIT */
/* What the source files of the library share and nobody else sees. */
#ifndef RELAY_INTERNAL_H
#define RELAY_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "relay/relay.h"
#include "relay/relay_batch.h"
#include "relay/relay_file.h"
#include "relay/relay_info.h"

#define RELAY_EXPORT __attribute__((visibility("default")))

/* ---- region.c: the memory of a channel, one stretch of a memory file for each buffer ---- */

struct relay_region {
    int fd;
    pid_t owner;         /* the process that made it: a child shares the memory, and frees none */
    uint64_t stretch;    /* bytes of one buffer's data and control block */
    size_t data_size;    /* alloc_size in host pages */
    size_t control_size; /* control block in host pages */
    uint64_t limit;      /* bytes that may be in use, 0: any number */
    uint64_t in_use;
};

/* One buffer's place in the region. */
struct relay_stretch {
    unsigned char *reserved; /* address range with a guard page behind each part */
    unsigned char *data;
    void *control;
    unsigned index;
};

/* False: the error is set. */
bool relay_region_open(struct relay_region *region, size_t alloc_size, size_t control_size,
                       unsigned stretches, uint64_t limit);
void relay_region_close(struct relay_region *region);
/* False in the child of a fork. */
bool relay_region_is_ours(const struct relay_region *region);
bool relay_region_has_room(const struct relay_region *region, unsigned count);
bool relay_region_take(struct relay_region *region, unsigned index, struct relay_stretch *ret);
void relay_region_drop(struct relay_region *region, struct relay_stretch *stretch);
/* Map the data of a stretch once more, from byte `offset` on. MAP_FAILED and errno on failure. */
void *relay_region_map(const struct relay_region *region, const struct relay_stretch *stretch,
                       size_t offset, size_t length, int prot, int flags);
/* A region whose stretches are files of their own, and one of those. */
void relay_region_of_files(struct relay_region *region, size_t alloc_size, size_t control_size);
bool relay_region_adopt(const struct relay_region *region, struct relay_stretch *ret, int data,
                        int control);
/* Two files take the place of a stretch, at the same addresses; `ret` has its pages no more. */
bool relay_region_replace(const struct relay_region *region, const struct relay_stretch *stretch,
                          int data, int control);

/* ---- the library's own part of a channel and of a buffer ---- */

struct relay_channel {
    unsigned users;          /* the owner and relay_get: while > 0 the buffers stay */
    unsigned refs;           /* one for all users, one for each buffer: the memory stays */
    struct rchan_buf **bufs; /* by CPU; a global channel: the same one everywhere */
    unsigned char *online;   /* by CPU */
    struct relay_region region;
    struct dentry *parent;
    char base_filename[RELAY_NAME_MAX + 1];
    int (*subbuf_start)(struct rchan_buf *, void *, void *, size_t);
    enum relay_writers writers;
    bool closed;
    bool has_claim;   /* on its name in a directory on disk */
    uint64_t serial;  /* the number that says so there */
    struct rchan pub; /* ends in the table of ways */
};

struct relay_buffer {
    struct rchan_buf pub;
    const struct relay_sharing *sharing; /* NULL: no other process can have it */
    struct relay_origin *origin;         /* its files, where sharing is not NULL */
    unsigned refs;
    unsigned readers; /* files in a directory, descriptors and mappings: who could read */
    unsigned mapped;
    uint32_t starting;       /* thread id inside subbuf_start, 0: none */
    uint64_t lapped;         /* times that read jumped over what was written over … */
    uint64_t lapped_subbufs; /* … and sub-buffers that it skipped; under the lock */
    struct relay_stretch stretch;
    struct dentry *dentry;
    pthread_mutex_t reading; /* readers take turns */
    unsigned futile;         /* how hurried they are, and what they saw and when: see read.c */
    bool lost;
    uint64_t seen, looked;
    int eventfd; /* -1: none asked for yet; changed under the buffer's lock */
    bool eventfd_ready;
};

/*
 * What is different for a buffer that other processes may map (sharing.c). Called through a table: who
 * has no such buffers needs no such code.
 */
struct relay_sharing {
    bool is_foreign; /* it is another process's: that may write, ours may only read */
    /* Readers of all processes take turns; waits for others, never for ever for a dead one. */
    bool (*begin_reading)(struct rchan_buf *buf, bool may_wait);
    void (*end_reading)(struct rchan_buf *buf);
    /* The lock is this thread's, for reading: say so, and who that is. `taken` false: it was already;
     * the result is whether it is to be let go. */
    bool (*hold)(struct rchan_buf *buf, bool taken);
    void (*let_go)(struct rchan_buf *buf); /* … and unlock */
    /* Whether somebody cut a file, so that bytes are not those that were written. */
    bool (*is_cut)(struct rchan_buf *buf);
    /* Whether nothing will come any more: that, or its maker is gone. Looks only so often. */
    bool (*is_over)(struct rchan_buf *buf);
    void *(*map)(struct rchan_buf *buf, size_t offset, size_t length, int prot, int flags);
    void (*unmap)(void *address, size_t length);
    void (*count_mapping)(struct rchan_buf *buf, int change);
    void (*forget)(struct rchan_buf *buf); /* the buffer goes */
};

static inline bool relay_buf_is_foreign(const struct rchan_buf *buf)
{
    return buf->own->sharing && buf->own->sharing->is_foreign;
}

static inline bool relay_buf_is_cut(struct rchan_buf *buf)
{
    return buf->own->sharing && buf->own->sharing->is_cut(buf);
}

static inline struct relay_slot *relay_slot_of(const struct rchan_buf *buf, uint64_t lap)
{
    return relay_ctl_slot(buf->ctl, lap % buf->ctl->n_subbufs);
}

/* The next CPU from `cpu` on whose buffer has not been visited at a lower one; NULL: no more. */
struct rchan_buf *relay_next_buf(struct rchan *chan, unsigned *cpu);
#define RELAY_EACH_BUF(chan, buf)                                                                  \
    for (unsigned cpu_ = 0; ((buf) = relay_next_buf((chan), &cpu_)); cpu_++)

/* ---- error.c ---- */

void relay_set_error(enum relay_error_code code);

/* ---- lock.c: who may change a buffer ---- */

uint32_t relay_ask_thread_id(void);
static inline uint32_t relay_thread_id(void)
{
    uint32_t id = relay_this_thread.id;
    return RELAY_LIKELY(id != 0) ? id : relay_ask_thread_id();
}

bool relay_membarrier_ready(void);
bool relay_lock_contended(struct relay_ctl *ctl, uint32_t me);
/* The lock of who died with it becomes this thread's, and what it left is put in order. */
bool relay_take_from_dead(struct relay_ctl *ctl, uint32_t holder, uint32_t me);

/* Debug builds: abort unless the buffer is valid. For places where no writer can be inside. */
void relay_check_valid(struct rchan_buf *buf);
#ifdef RELAY_DEBUG_CHECKS
#define RELAY_CHECK_VALID(buf) relay_check_valid(buf)
#else
#define RELAY_CHECK_VALID(buf) ((void)0)
#endif

#ifndef RELAY_LOCK_HEADER
#define RELAY_LOCK_HEADER "lock.h"
#endif
#include RELAY_LOCK_HEADER

/* Lock the buffer and let the writer that is under way finish. False and RELAY_ERR_BUSY: mine. */
bool relay_buf_enter(struct rchan_buf *buf);
void relay_buf_leave(struct rchan_buf *buf);
void relay_forget_not_writing(struct relay_ctl *ctl);

/* Observers read again while this is odd or has moved. Lock held. */
static inline void relay_change_begin(struct relay_ctl *ctl, enum relay_doing doing)
{
    relay_store(&ctl->doing, (uint32_t)doing);
    relay_store_release(&ctl->switches, relay_load(&ctl->switches) + 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void relay_change_end(struct relay_ctl *ctl)
{
    relay_store_release(&ctl->switches, relay_load(&ctl->switches) + 1);
    relay_store_release(&ctl->doing, RELAY_DOING_NOTHING);
}

/*
 * An observer without the lock: what it read after relay_change_seen is of one moment, but for the
 * writer's `offset` and `events`, if relay_change_passed then says no.
 */
static inline uint32_t relay_change_seen(const struct relay_ctl *ctl)
{
    return relay_load_acquire(&ctl->switches);
}

static inline bool relay_change_passed(const struct relay_ctl *ctl, uint32_t seen)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return seen % 2 != 0 || relay_load(&ctl->switches) != seen;
}

/* The one mutex for all channels. False and RELAY_ERR_BUSY: this thread holds it. */
bool relay_channels_lock(void);
void relay_channels_unlock(void);
/* A callback will not return: give the mutex up, if this thread holds it and no other callback's. */
void relay_channels_abandon(void);
/* For a flag beside the call of a callback with the mutex held: still false when it goes, the
 * callback was left by a C++ exception or by the end of its thread. */
void relay_end_callback(const bool *has_returned);
#define RELAY_MAY_BE_LEFT __attribute__((cleanup(relay_end_callback)))

/* A turn of waiting, each longer than the one before: spin, then sleep. */
void relay_backoff(unsigned turn);
uint64_t relay_now_ns(void); /* of the monotonic clock */

static inline void relay_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* ---- write.c ---- */

/* A switch with the lock held. RELAY_STORED: done; else why the event is lost. */
enum relay_outcome relay_switch_held(struct rchan_buf *buf, size_t length);
/* Ask the client; `held` by this thread. */
int relay_ask_subbuf_start(struct rchan_buf *buf, void *subbuf, void *prev, size_t prev_padding);

/* ---- buffer.c ---- */

struct rchan_buf *relay_buf_create(struct rchan *chan, unsigned cpu);
/* A control block of zeros becomes that of a buffer which was never started; one that was on trial
 * becomes it again, as far as the next trial does not set it. */
void relay_buf_blank(struct rchan_buf *buf, unsigned cpu);
void relay_buf_clear(struct rchan_buf *buf);
void relay_buf_start(struct rchan_buf *buf);
void relay_buf_restart(struct rchan_buf *buf);
void relay_buf_finalize(struct rchan_buf *buf);
void relay_buf_set_dentry(struct rchan_buf *buf, struct dentry *dentry);
void relay_buf_add_reader(struct rchan_buf *buf);
void relay_buf_drop_reader(struct rchan_buf *buf);

/* ---- open.c, channel.c, cpu.c ---- */

/* A channel without buffers, all arguments checked. */
struct rchan *relay_chan_create(const char *base_filename, struct dentry *parent,
                                size_t subbuf_size, size_t n_subbufs,
                                const struct rchan_callbacks *cb, void *private_data,
                                const struct relay_options *opt);
struct dentry *relay_make_file(struct rchan *chan, struct rchan_buf *buf, unsigned cpu);
struct rchan_buf *relay_open_buf(struct rchan *chan, unsigned cpu);
void relay_close_bufs(struct rchan *chan);
/* Bring a CPU on line, with the channels locked: 0 or a negative errno number. */
int relay_cpu_come(struct rchan *chan, unsigned cpu);
/* A CPU uses that buffer from now on. */
void relay_cpu_attach(struct rchan *chan, unsigned cpu, struct rchan_buf *buf, bool online);
void relay_cpu_leave(struct rchan *chan, unsigned cpu);
void relay_chan_unref(struct rchan *chan);
bool relay_name_is_valid(const char *name, size_t longest);
/* A name in a directory on disk may be another channel's from now on. */
void relay_chan_give_up_name(struct rchan *chan);

/* ---- account.c: the fate of events; the buffer's lock is held ---- */

void relay_account_lose(struct rchan_buf *buf, enum relay_fate fate, size_t length);
void relay_account_finish(struct rchan_buf *buf, uint64_t offset);
void relay_account_begin(struct rchan_buf *buf);
void relay_account_discard(struct rchan_buf *buf, enum relay_fate fate);
void relay_account_read(struct rchan_buf *buf, uint64_t lap, uint64_t from, uint64_t to);
/* Release `count` sub-buffers; `reported`: by relay_subbufs_consumed, not by a read. */
void relay_release(struct rchan_buf *buf, uint64_t count, bool reported);
/* Release the one whose last byte was read; the next begins at its first. */
void relay_release_read(struct rchan_buf *buf);

/* ---- wait.c ---- */

void relay_wake(struct rchan_buf *buf);
void relay_eventfd_sync(struct rchan_buf *buf);
bool relay_buf_is_ready(struct rchan_buf *buf);

/* ---- read.c ---- */

/* What a read did, for who records it. */
struct relay_note {
    struct relay_run *runs;
    size_t room, count; /* of runs; a read of N bytes has no more than N */
    uint64_t skipped_first,
        skipped_end; /* laps that it passed over, for the writer had lapped it */
};

/* relay_file_read; `note` may be NULL. */
ssize_t relay_read_noted(struct relay_file *file, void *bytes, size_t count,
                         struct relay_note *note);

/* ---- hostfs.c ---- */

#define RELAY_ENTRY_LONGEST 255 /* bytes of a name */

/* What is different for an entry that lies on disk; called without the tree's lock. Errors are set. */
struct relay_disk_calls {
    struct dentry *(*make_dir)(struct dentry *dir, const char *name);
    /* The buffer's memory becomes files of that name. */
    bool (*make_files)(struct dentry *dir, const char *name, uint16_t mode, struct rchan_buf *buf);
    void (*remove_files)(struct dentry *dir, const char *name, struct rchan_buf *buf);
    int (*remove_dir)(struct dentry *dir);
    /* The file of another process's buffer. */
    struct dentry *(*lookup)(struct dentry *dir, const char *name);
    ssize_t (*names)(struct dentry *dir, char *names, size_t size);
    /* A channel's name is its own in a directory from now on, and no longer. */
    bool (*claim)(struct dentry *dir, struct rchan *chan);
    void (*give_up)(struct dentry *dir, struct rchan *chan);
};

struct dentry {
    unsigned refs;
    const struct relay_disk_calls *disk; /* a directory on disk; NULL: all else */
    struct relay_place *place;           /* … and where */
    struct dentry *parent;               /* with a reference; NULL: the root, or removed */
    struct dentry *first;                /* entries, in the order of creation */
    struct dentry *next;
    struct rchan_buf *buf; /* a file's, counted as reader; NULL: a directory, or removed */
    uint16_t mode;
    bool is_dir;
    char name[RELAY_ENTRY_LONGEST + 1];
};

/* ---- file.c ---- */

struct relay_file {
    struct rchan_buf *buf;
    unsigned refs; /* the descriptor and its mappings */
    int flags;
    uint16_t mode;
    bool open;
};

/* 0, or -EDEADLK when called from a callback of the buffer while another reader is at work. */
int relay_read_begin(struct relay_file *file);
void relay_read_end(struct relay_file *file);
/* Copy bytes that an overwriting writer may change meanwhile: it can be torn, as in the kernel. */
void relay_copy_torn(void *to, const void *from, size_t length);
bool relay_file_reads(const struct relay_file *file);
void relay_file_unref(struct relay_file *file);

#endif
