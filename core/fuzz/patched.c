/* SPDX-License-Identifier: MIT */
/* See patched.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/saved.h"
#include "patched.h"

enum { CPUS = 3, LARGEST = 1 << 16, MOST_MEMORY = 1 << 22 };

#define MUST(cond)                                                                                 \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #cond);               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct bytes {
    const uint8_t *at;
    const uint8_t *end;
};

static unsigned take(struct bytes *bytes)
{
    return bytes->at < bytes->end ? *bytes->at++ : 0;
}

static struct dentry *creates(const char *filename, struct dentry *parent, uint16_t mode,
                              struct rchan_buf *buf, int *is_global)
{
    if (buf->chan->private_data)
        *is_global = 1;
    return relay_default_create_buf_file(filename, parent, mode, buf, is_global);
}

static const struct rchan_callbacks callbacks = {relay_no_overwrite, NULL, NULL, creates,
                                                 relay_default_remove_buf_file};

/* Something of everything: full, lapped, half read, too big, off line, reset, closed. */
static void use(struct rchan *chan, struct bytes *bytes)
{
    static const unsigned char event[LARGEST];
    unsigned what = take(bytes);

    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        for (unsigned i = take(bytes) % 16; i > 0; i--)
            relay_write_on(chan, cpu, event, take(bytes) * chan->subbuf_size / 200 % LARGEST);
        relay_reserve_on(chan, cpu, 3, NULL);
        relay_subbufs_consumed(chan, cpu, take(bytes) % 4);
    }
    if (what & 1)
        relay_cpu_online(chan, 1, what & 2);
    if (what & 4)
        relay_flush(chan);
    if ((what & 24) == 24)
        relay_reset(chan);
    relay_set_subbuf_start(chan, what & 32 ? relay_overwrite : relay_no_overwrite);
}

/* A block of a channel that the bytes choose. */
static size_t save(unsigned char *block, struct bytes *bytes)
{
    static const size_t sizes[] = {1, 2, 7, 16, 24, 64, 100, 1000};
    unsigned what = take(bytes);
    struct relay_options opt = {.cpus = CPUS};
    struct rchan *chan;
    ssize_t size;

    opt.writers = what & 1 ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY;
    opt.header_size = what & 64 ? 4 : 0;
    chan = relay_open_on(what & 128 ? "cpu" : NULL, NULL, sizes[what >> 1 & 7], 1 + (what >> 4 & 3),
                         &callbacks, what % 5 ? NULL : block, &opt);
    if (!chan)
        return 0;
    use(chan, bytes);
    relay_get(chan);
    if (what % 7 == 0)
        relay_close(chan);
    size = relay_save(chan, block, LARGEST);
    MUST(size > 0 && (size_t)size <= relay_save_size(chan));
    if (what % 7)
        relay_close(chan);
    relay_put(chan);
    return (size_t)size;
}

/* Change bytes and words, mostly in the head and the counters; sometimes cut or lengthen. */
static size_t patch(unsigned char *block, size_t size, struct bytes *bytes)
{
    while (bytes->at < bytes->end) {
        size_t at = (take(bytes) << 8 | take(bytes)) * size >> 16;
        unsigned how = take(bytes);

        if (how == 255 && at > sizeof(struct relay_saved_head))
            size = at / RELAY_WORD * RELAY_WORD;
        else if (how > 250)
            memset(block + at / RELAY_WORD * RELAY_WORD, how & 1 ? 0xff : 0, RELAY_WORD);
        else
            block[at] = (unsigned char)(how & 1 ? block[at] + (how >> 1) - 62 : how);
    }
    return size;
}

static void put_right(unsigned char *block, size_t size)
{
    const size_t summed = offsetof(struct relay_saved_head, subbuf_size);
    struct relay_saved_head head;

    memcpy(&head, block, sizeof(head));
    head.magic = RELAY_SAVED_MAGIC;
    head.version = RELAY_SAVE_VERSION;
    head.size = size;
    head.sum = relay_saved_sum(block + summed, size - summed);
    memcpy(block, &head, sizeof(head));
}

static void check(struct rchan *chan)
{
    struct rchan_buf *bufs[RELAY_MAX_CPUS];
    size_t count = relay_bufs(chan, bufs, RELAY_MAX_CPUS);

    MUST(relay_chan_is_valid(chan));
    for (size_t i = 0; i < count; i++) {
        struct relay_account account;
        struct relay_count sum;

        relay_buf_account(bufs[i], &account);
        sum = account.unread;
        for (int fate = 0; fate < RELAY_N_FATES; fate++) {
            sum.events += account.fate[fate].events;
            sum.bytes += account.fate[fate].bytes;
        }
        MUST(sum.events == account.attempted.events && sum.bytes == account.attempted.bytes);
        relay_buf_put(bufs[i]);
    }
}

/* A channel that was opened is used as any other. */
static void go_on(struct rchan *chan, struct bytes *bytes)
{
    struct dentry *entry = relay_lookup(NULL, "cpu1");
    static unsigned char to[4096];
    struct relay_file *file = NULL;

    check(chan);
    if (entry && relay_file_open(entry, O_RDONLY, &file) == 0)
        for (int i = 0; i < 20 && relay_file_read(file, to, sizeof(to) / 3) > 0; i++)
            check(chan);
    relay_dentry_put(entry);
    use(chan, bytes);
    check(chan);
    relay_close(chan);
    relay_file_close(file);
}

/*
 * Another channel, opened from the block before it was changed, is restored from it: it becomes what
 * `opened` is, that was opened from it, or stays what it was. Whether it became that is returned.
 */
static bool restore(struct rchan *chan, const unsigned char *block, size_t size,
                    struct rchan *opened)
{
    static unsigned char before[LARGEST], after[LARGEST];
    ssize_t was = relay_save(chan, before, LARGEST), is;
    int result;

    relay_error_clear();
    result = relay_restore(chan, block, size);
    check(chan);
    MUST(result ? relay_error() == RELAY_ERR_SAVED || relay_error() == RELAY_ERR_SHAPE
                : opened != NULL);
    MUST(!(result && opened) || relay_error() == RELAY_ERR_SHAPE);
    if (!result)
        was = relay_save(opened, before, LARGEST);
    is = relay_save(chan, after, LARGEST);
    MUST(was > 0 && is == was && memcmp(before, after, (size_t)is) == 0);
    return result == 0;
}

bool relay_patched(const uint8_t *data, size_t size)
{
    static unsigned char block[LARGEST];
    const struct bytes all = {.at = data, .end = data + size};
    struct rchan *chan = NULL, *other;
    struct bytes bytes = all;
    size_t length = save(block, &bytes);
    struct relay_saved info;
    struct dentry *dir;

    if (!length)
        return false;
    dir = relay_create_dir("other", NULL);
    other = relay_open_saved(block, length, dir, &callbacks, NULL);
    MUST(other);
    length = patch(block, length, &bytes);
    put_right(block, length);
    /* a block may well ask for more memory than a test should take */
    if (relay_saved_info(block, length, &info) == 0 && info.n_subbufs < 1024 &&
        info.subbuf_size < MOST_MEMORY / 1024 && info.cpus <= 64)
        chan = relay_open_saved(block, length, NULL, &callbacks, NULL);
    bytes = all;
    use(other, &bytes);
    if (restore(other, block, length, chan))
        use(other, &bytes);
    check(other);
    relay_close(other);
    MUST(relay_remove(dir) == 0);
    bytes = all;
    if (chan)
        go_on(chan, &bytes);
    MUST(relay_dir_names(relay_root(), NULL, 0) == 0);
    return chan != NULL;
}
