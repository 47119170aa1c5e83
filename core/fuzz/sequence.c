/* SPDX-License-Identifier: MIT */
/* See sequence.h. The first bytes choose the first channel, each further one a call, arguments. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "relay/relay_file.h"
#include "relay/relay_info.h"
#include "sequence.h"

enum { ROOMS = 2, FILES = 6, MAPPINGS = 4, BUFS = 4, DIRS = 2, CPUS = 4, LONGEST = 4200 };

/* A place for a channel. */
struct room {
    struct rchan *chan;
    bool closed;
    unsigned held; /* references by relay_get */
};

struct world {
    const uint8_t *at;
    const uint8_t *end;
    struct room rooms[ROOMS];
    struct relay_file *files[FILES];
    struct relay_mapping *mappings[MAPPINGS];
    struct rchan_buf *bufs[BUFS];
    struct dentry *names[BUFS]; /* a second name for bufs[i] */
    struct dentry *dirs[DIRS];
    int pipe[2];
    unsigned depth; /* of callbacks */
};

static unsigned char bytes[LONGEST];
bool relay_sequence_trace;

#define MUST(cond)                                                                                 \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #cond);               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The next byte as a number below `below`; 0 when there are no more. */
static unsigned take(struct world *world, unsigned below)
{
    return world->at < world->end ? *world->at++ % below : 0;
}

static struct room *take_room(struct world *world)
{
    return &world->rooms[take(world, ROOMS)];
}

/* A length that is often near the size of a sub-buffer. */
static size_t take_length(struct world *world, const struct rchan *chan)
{
    size_t size = chan->subbuf_size;
    size_t length;

    switch (take(world, 6)) {
    case 0:
        length = size;
        break;
    case 1:
        length = size + take(world, 3);
        break;
    case 2:
        length = size - take(world, 3) % size;
        break;
    case 3:
        length = size / 2;
        break;
    default:
        length = take(world, 256) * size / 255;
    }
    return length < LONGEST ? length : LONGEST;
}

/* ---------------------------------------------------------------- callbacks */

/* A client that decides by the next byte, reserves headers and sometimes calls back. */
static int decides(struct rchan_buf *buf, void *subbuf, void *prev_subbuf, size_t prev_padding)
{
    struct world *world = buf->chan->private_data;

    MUST(!prev_subbuf || prev_padding <= buf->chan->subbuf_size);
    memset(subbuf, 0, buf->chan->subbuf_size ? 1 : 0);
    if (++world->depth > CPUS)
        world->depth--;
    else
        switch (take(world, 16)) {
        case 1:
            relay_write_on(buf->chan, take(world, CPUS), bytes, 1);
            break;
        case 2:
            relay_flush(buf->chan);
            break;
        case 3:
            relay_reset(buf->chan);
            break;
        case 4:
            relay_subbufs_consumed(buf->chan, buf->ctl->cpu, take(world, 4));
            break;
        case 5:
            relay_close(buf->chan);
            break;
        default:
            break;
        }
    if (world->depth)
        world->depth--;
    if (take(world, 3) == 1)
        subbuf_start_reserve(buf, take(world, 8));
    return take(world, 8) == 7 ? 0 : take(world, 4) ? !relay_buf_full(buf) : 1;
}

static struct dentry *creates(const char *filename, struct dentry *parent, uint16_t mode,
                              struct rchan_buf *buf, int *is_global)
{
    struct world *world = buf->chan->private_data;

    switch (take(world, 16)) {
    case 14:
        return NULL;
    case 15:
        return (struct dentry *)(intptr_t)-EACCES;
    case 13:
        *is_global = 1;
        break;
    default:
        break;
    }
    return relay_default_create_buf_file(filename, parent, mode, buf, is_global);
}

static void looks(struct rchan_buf *buf, struct relay_file *filp)
{
    struct relay_buf_info info;

    (void)filp;
    relay_buf_snapshot(buf, &info, NULL);
}

static const struct rchan_callbacks tables[] = {
    {relay_no_overwrite, NULL, NULL, creates, relay_default_remove_buf_file},
    {relay_overwrite, looks, looks, creates, relay_default_remove_buf_file},
    {decides, looks, looks, creates, relay_default_remove_buf_file},
    {NULL, NULL, looks, creates, relay_default_remove_buf_file},
};

/* ---------------------------------------------------------------- calls: channels */

static void do_open(struct world *world)
{
    static const size_t sizes[] = {1, 2, 3, 4, 7, 16, 64, 100, 1000, 4096};
    struct room *room = take_room(world);
    struct relay_options opt = {.cpus = 1 + take(world, CPUS)};
    unsigned char online[CPUS];
    unsigned flags = take(world, 256);
    size_t size = sizes[take(world, 10)];
    const char *name = room == world->rooms ? "a" : "b";

    if (room->chan)
        return;
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        online[cpu] = (unsigned char)(take(world, 4) != 3);
    opt.online = flags & 1 ? online : NULL;
    opt.writers = flags & 2 ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY;
    opt.header_size = flags & 4 ? take(world, 9) : 0;
    opt.memory_limit = flags & 8 && flags & 16 ? 20000 : 0;
    *room = (struct room){.chan = relay_open_on(flags & 32 && flags & 64 ? NULL : name,
                                                flags & 128 ? world->dirs[take(world, DIRS)] : NULL,
                                                size, 1 + take(world, 5), &tables[take(world, 4)],
                                                world, &opt)};
}

static void do_close(struct world *world)
{
    struct room *room = take_room(world);

    if (!room->chan)
        return;
    relay_close(room->chan);
    room->closed = true;
    if (!room->held)
        room->chan = NULL;
}

static void do_hold(struct world *world)
{
    struct room *room = take_room(world);

    if (!room->chan || room->held > 3)
        return;
    relay_get(room->chan);
    room->held++;
}

static void do_put(struct world *world)
{
    struct room *room = take_room(world);

    if (!room->held)
        return;
    relay_put(room->chan);
    if (--room->held == 0 && room->closed)
        room->chan = NULL;
}

static void do_late(struct world *world)
{
    struct room *room = take_room(world);

    relay_late_setup_files(room->chan, take(world, 8) ? "late" : NULL,
                           world->dirs[take(world, DIRS)]);
}

static void do_online(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS + 1);

    relay_cpu_online(room->chan, cpu, take(world, 2));
}

static void do_flush(struct world *world)
{
    relay_flush(take_room(world)->chan);
}

static void do_reset(struct world *world)
{
    relay_reset(take_room(world)->chan);
}

static void do_consumed(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS + 1);

    relay_subbufs_consumed(room->chan, cpu, take(world, 7));
}

static void do_change_callback(struct world *world)
{
    struct room *room = take_room(world);

    if (room->chan)
        relay_set_subbuf_start(room->chan, tables[take(world, 4)].subbuf_start);
}

/* ---------------------------------------------------------------- calls: writing */

static void do_write(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS);

    if (room->chan)
        relay_write_on(room->chan, cpu, bytes, take_length(world, room->chan));
}

static void do_write_nolock(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS + 1);

    if (room->chan)
        relay_write_nolock_on(room->chan, cpu, bytes, take_length(world, room->chan));
}

static void do_reserve(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS + 1);
    enum relay_outcome outcome;
    size_t length;
    void *slot;

    if (!room->chan)
        return;
    length = take_length(world, room->chan);
    slot = relay_reserve_on(room->chan, cpu, length, &outcome);
    MUST((slot != NULL) == (outcome == RELAY_STORED));
    if (slot)
        memset(slot, 'r', length);
}

static void do_write_many(struct world *world)
{
    struct room *room = take_room(world);
    uint32_t lengths[16];
    unsigned count = take(world, 16);

    if (!room->chan)
        return;
    for (unsigned i = 0; i < count; i++)
        lengths[i] = take(world, 20);
    MUST(relay_write_many(room->chan, take(world, CPUS), bytes, lengths, count) <= count);
}

static void do_switch(struct world *world)
{
    struct room *room = take_room(world);
    struct rchan_buf *buf = room->chan ? relay_cpu_buf(room->chan, take(world, CPUS)) : NULL;
    size_t length;

    if (!buf)
        return;
    length = take_length(world, room->chan);
    MUST(relay_switch_subbuf(buf, length) <= length);
}

/* ---------------------------------------------------------------- calls: files */

static void do_open_file(struct world *world)
{
    static const int flags[] = {O_RDONLY, O_RDWR, O_WRONLY, O_RDONLY | O_NONBLOCK};
    static const char *const names[] = {"a0", "a1", "a2", "b0", "b1", "late0", "late1", "x0", "x1"};
    unsigned i = take(world, FILES);
    struct dentry *entry =
        relay_lookup(take(world, 3) ? NULL : world->dirs[take(world, DIRS)], names[take(world, 9)]);

    if (!world->files[i] && entry)
        relay_file_open(entry, flags[take(world, 4)], &world->files[i]);
    relay_dentry_put(entry);
}

static void do_close_file(struct world *world)
{
    unsigned i = take(world, FILES);

    relay_file_close(world->files[i]);
    world->files[i] = NULL;
}

static void do_read(struct world *world)
{
    struct relay_file *file = world->files[take(world, FILES)];
    size_t count = take(world, 3) ? take(world, 256) : LONGEST;
    static unsigned char to[LONGEST];
    ssize_t got;

    if (!file)
        return;
    got = relay_file_read(file, to, count);
    MUST(got <= (ssize_t)count && (got >= 0 || got == -EBADF));
}

static void do_look(struct world *world)
{
    struct relay_file *file = world->files[take(world, FILES)];
    struct pollfd ask = {.events = POLLIN};
    int mask;

    if (!file)
        return;
    mask = relay_file_poll(file);
    MUST(relay_file_wait(file, 0, NULL) == mask);
    ask.fd = relay_file_eventfd(file);
    MUST(ask.fd >= 0 || ask.fd == -EBADF);
    MUST(ask.fd < 0 || poll(&ask, 1, 0) == (mask != 0));
    MUST(relay_file_lseek(file, 0, SEEK_SET) == -ESPIPE);
    MUST(relay_file_write(file, bytes, 1) < 0);
}

static void do_splice(struct world *world)
{
    struct relay_file *file = world->files[take(world, FILES)];
    size_t count = take(world, 3) ? take(world, 256) : LONGEST;
    static unsigned char from[65536];
    ssize_t got;

    if (!file)
        return;
    got = relay_file_splice(file, world->pipe[1], count);
    MUST(got <= (ssize_t)count);
    MUST(got <= 0 || read(world->pipe[0], from, sizeof(from)) == got);
}

static void do_map(struct world *world)
{
    struct relay_file *file = world->files[take(world, FILES)];
    unsigned i = take(world, MAPPINGS);
    int kind = take(world, 2) ? MAP_SHARED : MAP_PRIVATE;
    int prot = PROT_READ | (take(world, 2) ? PROT_WRITE : 0);
    size_t size;

    if (!file || world->mappings[i])
        return;
    size = relay_file_buf(file)->chan->alloc_size + (take(world, 8) == 7);
    if (relay_file_mmap(file, size, prot, kind, 0, &world->mappings[i]) == 0)
        MUST(relay_mapping_size(world->mappings[i]) == size);
}

static void do_unmap(struct world *world)
{
    unsigned i = take(world, MAPPINGS);

    relay_mapping_close(world->mappings[i]);
    world->mappings[i] = NULL;
}

static void do_directory(struct world *world)
{
    unsigned i = take(world, DIRS);

    if (!world->dirs[i])
        world->dirs[i] = relay_create_dir(i ? "dir1" : "dir0", i ? world->dirs[0] : NULL);
    else if (relay_remove(world->dirs[i]) == 0)
        world->dirs[i] = NULL;
}

/* Hold a buffer, give it a second name; or take both back. */
static void do_hold_buf(struct world *world)
{
    struct room *room = take_room(world);
    unsigned i = take(world, BUFS);

    if (world->bufs[i]) {
        relay_remove(world->names[i]);
        relay_buf_put(world->bufs[i]);
        world->bufs[i] = NULL;
        world->names[i] = NULL;
    } else if (room->chan && (world->bufs[i] = relay_cpu_buf(room->chan, take(world, CPUS)))) {
        relay_buf_get(world->bufs[i]);
        world->names[i] = relay_create_file(i ? "x1" : "x0", NULL, 0444, world->bufs[i]);
    }
}

#define CALL(name)                                                                                 \
    {                                                                                              \
#name, do_##name                                                                           \
    }
static const struct {
    const char *name;
    void (*run)(struct world *world);
} calls[] = {
    CALL(write),        CALL(write),     CALL(write),      CALL(write),
    CALL(write_nolock), CALL(reserve),   CALL(reserve),    CALL(read),
    CALL(read),         CALL(read),      CALL(write_many), CALL(switch),
    CALL(flush),        CALL(reset),     CALL(consumed),   CALL(consumed),
    CALL(look),         CALL(splice),    CALL(open_file),  CALL(open_file),
    CALL(close_file),   CALL(map),       CALL(unmap),      CALL(open),
    CALL(close),        CALL(hold),      CALL(put),        CALL(late),
    CALL(online),       CALL(directory), CALL(hold_buf),   CALL(change_callback),
};

/* ---------------------------------------------------------------- invariants */

static void check_buf(struct rchan_buf *buf)
{
    struct relay_buf_info info;
    struct relay_count sum;

    MUST(relay_buf_is_valid(buf));
    relay_buf_snapshot(buf, &info, NULL);
    sum = info.account.unread;
    for (int fate = 0; fate < RELAY_N_FATES; fate++) {
        sum.events += info.account.fate[fate].events;
        sum.bytes += info.account.fate[fate].bytes;
    }
    MUST(sum.events == info.account.attempted.events);
    MUST(sum.bytes == info.account.attempted.bytes);
    MUST(info.consumed <= info.produced);
    MUST(!relay_buf_full(buf) == (info.produced - info.consumed < buf->chan->n_subbufs));
}

static void check(struct world *world)
{
    for (unsigned i = 0; i < ROOMS; i++) {
        struct rchan_buf *bufs[CPUS];
        size_t count = 0;

        if (world->rooms[i].chan) {
            MUST(relay_chan_is_valid(world->rooms[i].chan));
            count = relay_bufs(world->rooms[i].chan, bufs, CPUS);
        }
        for (size_t k = 0; k < count; k++) {
            check_buf(bufs[k]);
            relay_buf_put(bufs[k]);
        }
    }
    for (unsigned i = 0; i < FILES; i++)
        MUST(!world->files[i] || relay_file_is_valid(world->files[i]));
    for (unsigned i = 0; i < BUFS; i++)
        if (world->bufs[i])
            check_buf(world->bufs[i]);
}

static void trace(const struct world *world, const char *name)
{
    fprintf(stderr, "%s with", name);
    for (unsigned i = 0; i < 8 && world->at + i < world->end; i++)
        fprintf(stderr, " %u", world->at[i]);
    fprintf(stderr, "\n");
}

/* Close everything, in an order that the last bytes choose. */
static void end(struct world *world)
{
    unsigned first = take(world, 3);

    for (unsigned turn = first; turn < first + 3; turn++) {
        for (unsigned i = 0; turn % 3 == 0 && i < FILES; i++)
            relay_file_close(world->files[i]);
        for (unsigned i = 0; turn % 3 == 1 && i < MAPPINGS; i++)
            relay_mapping_close(world->mappings[i]);
        for (unsigned i = 0; turn % 3 == 2 && i < ROOMS; i++) {
            if (world->rooms[i].chan && !world->rooms[i].closed)
                relay_close(world->rooms[i].chan);
            for (unsigned k = 0; k < world->rooms[i].held; k++)
                relay_put(world->rooms[i].chan);
        }
    }
    for (unsigned i = 0; i < BUFS; i++) {
        relay_remove(world->names[i]);
        if (world->bufs[i])
            check_buf(world->bufs[i]);
        relay_buf_put(world->bufs[i]);
    }
    for (unsigned i = DIRS; i-- > 0;)
        relay_remove(world->dirs[i]);
    close(world->pipe[0]);
    close(world->pipe[1]);
    MUST(relay_dir_names(relay_root(), NULL, 0) == 0);
}

size_t relay_sequence(const uint8_t *data, size_t size)
{
    struct world world = {.at = data, .end = data + size};
    size_t count = 0;

    MUST(pipe2(world.pipe, O_NONBLOCK) == 0);
    do_directory(&world);
    do_open(&world);
    for (; world.at < world.end; count++) {
        unsigned call = take(&world, sizeof(calls) / sizeof(calls[0]));

        if (relay_sequence_trace)
            trace(&world, calls[call].name);
        calls[call].run(&world);
        check(&world);
    }
    end(&world);
    return count;
}
