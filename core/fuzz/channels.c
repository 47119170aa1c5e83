/* SPDX-License-Identifier: MIT */
/* Calls of a sequence to channels: open, close, write and all that happens to a whole channel. */
#include "relay/relay_info.h"
#include "world.h"

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
            relay_write_on(buf->chan, take(world, CPUS), world->bytes, 1);
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

/* ---------------------------------------------------------------- channels */

void do_open(struct world *world)
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

void do_close(struct world *world)
{
    struct room *room = take_room(world);

    if (!room->chan)
        return;
    relay_close(room->chan);
    room->closed = true;
    if (!room->held)
        room->chan = NULL;
}

void do_hold(struct world *world)
{
    struct room *room = take_room(world);

    if (!room->chan || room->held > 3)
        return;
    relay_get(room->chan);
    room->held++;
}

void do_put(struct world *world)
{
    struct room *room = take_room(world);

    if (!room->held)
        return;
    relay_put(room->chan);
    if (--room->held == 0 && room->closed)
        room->chan = NULL;
}

void do_late(struct world *world)
{
    struct room *room = take_room(world);

    relay_late_setup_files(room->chan, take(world, 8) ? "late" : NULL,
                           world->dirs[take(world, DIRS)]);
}

void do_online(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS + 1);

    relay_cpu_online(room->chan, cpu, take(world, 2));
}

void do_flush(struct world *world)
{
    relay_flush(take_room(world)->chan);
}

void do_reset(struct world *world)
{
    relay_reset(take_room(world)->chan);
}

void do_consumed(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS + 1);

    relay_subbufs_consumed(room->chan, cpu, take(world, 7));
}

void do_change_callback(struct world *world)
{
    struct room *room = take_room(world);

    if (room->chan)
        relay_set_subbuf_start(room->chan, tables[take(world, 4)].subbuf_start);
}

/* ---------------------------------------------------------------- writing */

void do_write(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS);

    if (room->chan)
        relay_write_on(room->chan, cpu, world->bytes, take_length(world, room->chan));
}

void do_write_nolock(struct world *world)
{
    struct room *room = take_room(world);
    unsigned cpu = take(world, CPUS + 1);

    if (room->chan)
        relay_write_nolock_on(room->chan, cpu, world->bytes, take_length(world, room->chan));
}

void do_reserve(struct world *world)
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

void do_write_many(struct world *world)
{
    struct room *room = take_room(world);
    uint32_t lengths[16];
    unsigned count = take(world, 16);

    if (!room->chan)
        return;
    for (unsigned i = 0; i < count; i++)
        lengths[i] = take(world, 20);
    MUST(relay_write_many(room->chan, take(world, CPUS), world->bytes, lengths, count) <= count);
}

void do_switch(struct world *world)
{
    struct room *room = take_room(world);
    struct rchan_buf *buf = room->chan ? relay_cpu_buf(room->chan, take(world, CPUS)) : NULL;
    size_t length;

    if (!buf)
        return;
    length = take_length(world, room->chan);
    MUST(relay_switch_subbuf(buf, length) <= length);
}
