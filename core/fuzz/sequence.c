/* SPDX-License-Identifier: MIT */
/* See sequence.h. The first bytes choose the first channel, each further one a call, arguments. */
#include <fcntl.h>
#include <unistd.h>

#include "relay/relay_info.h"
#include "sequence.h"
#include "world.h"

bool relay_sequence_trace;

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
