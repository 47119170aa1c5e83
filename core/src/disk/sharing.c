/* SPDX-License-Identifier: MIT */
/* What is different for a buffer that several processes have: turns, locks of who died, mappings. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk.h"

enum { LOOK_AGAIN = 64, OFTEN_NS = 50000000 };

bool relay_take_from_dead(struct relay_ctl *ctl, uint32_t holder, uint32_t me)
{
    uint64_t born = relay_load(&ctl->holder_born);
    bool maker_lives = relay_maker_life(&ctl->maker) == RELAY_LIFE_GOES_ON;
    bool lives = born || maker_lives ? relay_thread_lives(holder, born) : false;

    if (holder == 0 || lives ||
        !__atomic_compare_exchange_n(&ctl->lock, &holder, me, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false;
    relay_store(&ctl->holder_born, 0);
    if (!maker_lives)
        relay_take_back_event(ctl);
    relay_repair(ctl);
    return true;
}

static bool begin_reading(struct rchan_buf *buf, bool may_wait)
{
    struct relay_ctl *ctl = buf->ctl;
    uint32_t me = relay_thread_id();

    for (unsigned turn = 1;; turn++) {
        uint32_t holder = 0;
        uint64_t born;

        if (__atomic_compare_exchange_n(&ctl->turn, &holder, me, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            break;
        born = relay_load(&ctl->turn_born);
        /* one thread has one turn: who has our number and is not us has died */
        if ((turn % LOOK_AGAIN == 0 && !relay_thread_lives(holder, born)) || holder == me)
            if (__atomic_compare_exchange_n(&ctl->turn, &holder, me, false, __ATOMIC_ACQUIRE,
                                            __ATOMIC_RELAXED))
                break;
        if (!may_wait)
            return false;
        relay_backoff(turn);
    }
    relay_store(&ctl->turn_born, relay_thread_born());
    return true;
}

static void end_reading(struct rchan_buf *buf)
{
    relay_store(&buf->ctl->turn_born, 0);
    relay_store_release(&buf->ctl->turn, 0);
}

static bool is_cut(struct rchan_buf *buf)
{
    return relay_load(&buf->own->origin->is_cut);
}

static bool maker_lives(struct rchan_buf *buf)
{
    struct relay_origin *origin = buf->own->origin;
    uint64_t now = relay_now_ns();

    if (!relay_load(&origin->is_dead) && now - relay_load(&origin->looked_ns) > OFTEN_NS) {
        relay_store(&origin->is_dead, relay_maker_life(&buf->ctl->maker) == RELAY_LIFE_OVER);
        relay_store(&origin->looked_ns, now);
    }
    return !relay_load(&origin->is_dead);
}

static bool hold_own(struct rchan_buf *buf, bool taken)
{
    if (taken)
        relay_store(&buf->ctl->not_writing, relay_thread_id());
    return taken;
}

/*
 * No callback runs here: who has our number and the lock already is a thread that died with it. A
 * writer that died without the lock left its mark alone.
 */
static bool hold_foreign(struct rchan_buf *buf, bool taken)
{
    if (relay_load(&buf->ctl->writing) && !maker_lives(buf))
        relay_take_back_event(buf->ctl);
    if (!taken)
        relay_repair(buf->ctl);
    relay_store(&buf->ctl->not_writing, relay_thread_id());
    relay_store(&buf->ctl->holder_born, relay_thread_born());
    return true;
}

static void let_go(struct rchan_buf *buf)
{
    relay_store(&buf->ctl->holder_born, 0);
    relay_buf_unlock(buf);
    relay_forget_not_writing(buf->ctl);
}

static bool is_over(struct rchan_buf *buf)
{
    return is_cut(buf) || !maker_lives(buf);
}

/* The file itself, if it is still there by its name. */
static void *map_file(struct rchan_buf *buf, size_t offset, size_t length, int prot, int flags)
{
    const struct relay_origin *origin = buf->own->origin;
    int fd = open(origin->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    void *address = MAP_FAILED;
    struct stat about;
    int error = ENODEV;

    if (fd >= 0 && fstat(fd, &about) == 0 && about.st_ino == origin->data) {
        address = mmap(NULL, length, prot, flags, fd, (off_t)offset);
        error = errno;
    }
    if (fd >= 0)
        close(fd);
    errno = error;
    return address;
}

/* A shared mapping is another of the same pages, which needs no file. */
static void *map_pages(struct rchan_buf *buf, size_t offset, size_t length, int prot)
{
    void *address = mremap(buf->start + offset, 0, length, MREMAP_MAYMOVE);

    if (address != MAP_FAILED && mprotect(address, length, prot) != 0) {
        int error = errno;

        munmap(address, length);
        errno = error;
        return MAP_FAILED;
    }
    return address;
}

static void *map(struct rchan_buf *buf, size_t offset, size_t length, int prot, int flags)
{
    void *address = flags & MAP_PRIVATE ? map_file(buf, offset, length, prot, flags)
                                        : map_pages(buf, offset, length, prot);

    if (address != MAP_FAILED && !relay_guard_put(address, length, prot, buf->own->origin, false)) {
        munmap(address, length);
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return address;
}

static void unmap(void *address, size_t length)
{
    relay_guard_take(relay_guard_at(address));
    munmap(address, length);
}

static void count_mapping(struct rchan_buf *buf, int change)
{
    __atomic_fetch_add(&buf->ctl->mapped, (uint32_t)change, __ATOMIC_RELAXED);
}

static void forget(struct rchan_buf *buf)
{
    relay_origin_free(buf->own->origin);
}

const struct relay_sharing relay_sharing_own = {
    .begin_reading = begin_reading,
    .end_reading = end_reading,
    .hold = hold_own,
    .let_go = let_go,
    .is_cut = is_cut,
    .is_over = is_cut,
    .map = map,
    .unmap = unmap,
    .forget = forget,
};

const struct relay_sharing relay_sharing_foreign = {
    .is_foreign = true,
    .begin_reading = begin_reading,
    .end_reading = end_reading,
    .hold = hold_foreign,
    .let_go = let_go,
    .is_cut = is_cut,
    .is_over = is_over,
    .map = map,
    .unmap = unmap,
    .count_mapping = count_mapping,
    .forget = forget,
};
