/* SPDX-License-Identifier: MIT */
/* poll: what is ready, sleeping until it is, waking sleepers, the eventfd. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

/* Wake the sleepers of a buffer. Only system calls that a signal handler may make. */
void relay_wake(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    __atomic_fetch_add(&ctl->wakeups, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&ctl->waiters, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &ctl->wakeups, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    relay_eventfd_sync(buf);
}

bool relay_buf_is_ready(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    return relay_load(&ctl->finalized) ||
           relay_load_acquire(&ctl->produced) != relay_load(&ctl->consumed);
}

/* Make the eventfd say what poll says. The buffer's lock is held. */
void relay_eventfd_sync(struct rchan_buf *buf)
{
    struct relay_buffer *own = buf->own;
    bool ready = relay_buf_is_ready(buf);
    uint64_t count = 1;

    if (own->eventfd < 0 || ready == own->eventfd_ready)
        return;
    own->eventfd_ready = ready;
    if (ready ? write(own->eventfd, &count, sizeof(count))
              : read(own->eventfd, &count, sizeof(count)))
        return; /* cannot fail: the count is 0 or 1 and only changed here */
}

RELAY_EXPORT int relay_file_eventfd(struct relay_file *file)
{
    struct rchan_buf *buf = file->buf;
    bool taken;
    int fd;

    if (!relay_file_reads(file))
        return -EBADF;
    if (relay_buf_is_foreign(buf))
        return -EOPNOTSUPP;
    taken = relay_buf_hold(buf);
    if (buf->own->eventfd < 0)
        buf->own->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fd = buf->own->eventfd < 0 ? -errno : buf->own->eventfd;
    relay_eventfd_sync(buf);
    relay_buf_let_go(buf, taken);
    return fd;
}

RELAY_EXPORT short relay_file_poll(struct relay_file *file)
{
    struct rchan_buf *buf = file->buf;
    short mask;

    RELAY_PROBE(POLL_LOOK);
    if (relay_load(&buf->ctl->finalized))
        return POLLERR;
    mask = relay_file_reads(file) && relay_buf_is_ready(buf) ? POLLIN | POLLRDNORM : 0;
    if (buf->own->sharing && buf->own->sharing->is_over(buf))
        mask |= POLLERR;
    return mask;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sleep unless `wakeups` has moved on from `seen`. 0: look again, ETIMEDOUT, EINTR. */
static int sleep_on(struct relay_ctl *ctl, uint32_t seen, int64_t timeout_ms)
{
    struct timespec time = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};
    struct timespec *limit = timeout_ms < 0 ? NULL : &time;

    RELAY_PROBE(POLL_SLEEP);
    if (syscall(SYS_futex, &ctl->wakeups, FUTEX_WAIT, seen, limit, NULL, 0) == 0)
        return 0;
    return errno == EAGAIN || errno == EFAULT ? 0 : errno; /* the file was cut: who looks sees it */
}

/* Nobody wakes us when the process that writes dies, or a file is cut: so long we do not look. */
enum { ALONE_MS = 100 };

/* The same for a buffer in files; 0 also when nothing will come any more. */
static int sleep_beside(struct rchan_buf *buf, uint32_t seen, int64_t timeout_ms)
{
    int64_t end = now_ms() + timeout_ms, left = timeout_ms;
    int error;

    do {
        error = sleep_on(buf->ctl, seen, left < 0 || left > ALONE_MS ? ALONE_MS : left);
        if (error != ETIMEDOUT || buf->own->sharing->is_over(buf))
            return error == ETIMEDOUT ? 0 : error;
        left = timeout_ms < 0 ? -1 : end - now_ms();
    } while (timeout_ms < 0 || left > 0);
    return ETIMEDOUT;
}

static int sleep_of(struct rchan_buf *buf, uint32_t seen, int64_t timeout_ms)
{
    return buf->own->sharing ? sleep_beside(buf, seen, timeout_ms)
                             : sleep_on(buf->ctl, seen, timeout_ms);
}

/* Until a wake-up that finds something, or the time is up. Counted among the buffer's waiters. */
static int wait_for_wake(struct relay_file *file, int64_t timeout_ms, bool *woken)
{
    struct relay_ctl *ctl = file->buf->ctl;
    int64_t end = now_ms() + timeout_ms;
    int mask = 0, error = 0;

    while (!error && !mask) {
        uint32_t seen = __atomic_load_n(&ctl->wakeups, __ATOMIC_SEQ_CST);
        int64_t left = timeout_ms < 0 ? -1 : end - now_ms();

        mask = relay_file_poll(file);
        if (mask)
            break;
        error = timeout_ms >= 0 && left <= 0 ? ETIMEDOUT : sleep_of(file->buf, seen, left);
        if (!error)
            mask = relay_file_poll(file);
    }
    *woken = mask != 0;
    if (error == ETIMEDOUT)
        mask = relay_file_poll(file);
    return mask ? mask : error == EINTR ? -EINTR : 0;
}

RELAY_EXPORT int relay_file_wait(struct relay_file *file, int64_t timeout_ms, bool *woken)
{
    struct relay_ctl *ctl = file->buf->ctl;
    int mask = relay_file_poll(file);
    bool by_wake = mask != 0;

    if (!mask && timeout_ms != 0) {
        __atomic_fetch_add(&ctl->waiters, 1, __ATOMIC_SEQ_CST);
        mask = wait_for_wake(file, timeout_ms, &by_wake);
        __atomic_fetch_sub(&ctl->waiters, 1, __ATOMIC_SEQ_CST);
    }
    if (woken)
        *woken = by_wake;
    return mask;
}
