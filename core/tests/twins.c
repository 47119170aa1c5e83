/* SPDX-License-Identifier: MIT */
/*
 * Saving cannot be observed: of two channels that get the same random calls one is saved, closed
 * and opened again from what was saved, at random moments. Every result, every state and all bytes
 * stay equal. `test_twins` runs seeds 1, 2, 3 …, more of them with RELAY_SOAK.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_save.h"

enum { CPUS = 3, FILES = 3, VIEWS = 2, SLOTS = 3, SEEDS = 600, CALLS = 150, LONGEST = 4200 };

struct view {
    struct relay_mapping *mapping;
    unsigned cpu;
    bool writable;
};

/* Where a slot of relay_reserve is. */
struct slot {
    unsigned cpu;
    size_t at, length;
};

struct twin {
    struct rchan *chan; /* held */
    struct dentry *dir;
    struct relay_file *files[FILES];
    struct view views[VIEWS];
    struct slot slots[SLOTS];
    uint64_t state; /* of the random numbers that choose the calls and what callbacks decide */
    const char *name;
    unsigned mode; /* what subbuf_start is: a block does not say */
    bool is_closed;
    int pipe[2];
};

static unsigned below(struct twin *twin, unsigned limit)
{
    twin->state ^= twin->state << 13;
    twin->state ^= twin->state >> 7;
    twin->state ^= twin->state << 17;
    return (unsigned)(twin->state >> 32) % limit;
}

/* ---------------------------------------------------------------- the client */

static int decides(struct rchan_buf *buf, void *subbuf, void *prev, size_t prev_padding)
{
    struct twin *twin = buf->chan->private_data;
    unsigned what = below(twin, 64);

    if (what & 1)
        subbuf_start_reserve(buf, below(twin, 6));
    if (what & 2)
        memset(subbuf, (int)what, 1);
    if (prev && what & 4)
        memset(prev, (int)prev_padding, 1);
    if (what == 63)
        relay_subbufs_consumed(buf->chan, buf->ctl->cpu, 1);
    return what & 24 ? !relay_buf_full(buf) : what & 32 ? 1 : 0;
}

static int (*const modes[])(struct rchan_buf *, void *, void *,
                            size_t) = {relay_no_overwrite, relay_overwrite, decides, NULL};

static struct dentry *creates(const char *filename, struct dentry *parent, uint16_t mode,
                              struct rchan_buf *buf, int *is_global)
{
    const struct twin *twin = buf->chan->private_data;

    if (twin->state % 4 == 0)
        *is_global = 1;
    return relay_default_create_buf_file(filename, parent, mode, buf, is_global);
}

static const struct rchan_callbacks callbacks = {relay_no_overwrite, NULL, NULL, creates,
                                                 relay_default_remove_buf_file};

/* ---------------------------------------------------------------- calls; each has a result */

typedef uint64_t call(struct twin *twin);

static const unsigned char *event(struct twin *twin)
{
    static unsigned char bytes[LONGEST];

    memset(bytes, (int)below(twin, 256), sizeof(bytes));
    return bytes;
}

static size_t length(struct twin *twin)
{
    size_t size = twin->chan->subbuf_size;

    return below(twin, 4) ? below(twin, (unsigned)size / 2 + 2) : below(twin, (unsigned)size + 2);
}

static uint64_t do_write(struct twin *twin)
{
    unsigned cpu = below(twin, CPUS);
    size_t count = length(twin);

    return relay_write_on(twin->chan, cpu, event(twin), count);
}

static uint64_t do_write_nolock(struct twin *twin)
{
    unsigned cpu = below(twin, CPUS);
    size_t count = length(twin);

    return relay_write_nolock_on(twin->chan, cpu, event(twin), count);
}

static uint64_t do_reserve(struct twin *twin)
{
    unsigned cpu = below(twin, CPUS), i = below(twin, SLOTS);
    size_t count = length(twin);
    unsigned char *at = relay_reserve_on(twin->chan, cpu, count, NULL);

    if (!at || !count)
        return at != NULL;
    twin->slots[i] =
        (struct slot){cpu, (size_t)(at - relay_cpu_buf(twin->chan, cpu)->start), count};
    return twin->slots[i].at;
}

static uint64_t do_fill(struct twin *twin)
{
    struct slot *slot = &twin->slots[below(twin, SLOTS)];

    if (slot->length)
        memcpy(relay_cpu_buf(twin->chan, slot->cpu)->start + slot->at, event(twin), slot->length);
    slot->length = 0;
    return slot->at;
}

static uint64_t do_switch(struct twin *twin)
{
    struct rchan_buf *buf = relay_cpu_buf(twin->chan, below(twin, CPUS));

    return buf ? relay_switch_subbuf(buf, length(twin)) : 1;
}

static uint64_t do_whole(struct twin *twin)
{
    unsigned what = below(twin, 40);

    if (what == 0 && !twin->is_closed)
        relay_reset(twin->chan);
    else if (what < 10)
        relay_flush(twin->chan);
    else if (what == 39 && !twin->is_closed) {
        relay_close(twin->chan);
        twin->is_closed = true;
    }
    return what;
}

static uint64_t do_consumed(struct twin *twin)
{
    unsigned cpu = below(twin, CPUS);

    relay_subbufs_consumed(twin->chan, cpu, below(twin, 4));
    return cpu;
}

static uint64_t do_online(struct twin *twin)
{
    unsigned cpu = below(twin, CPUS);

    return (uint64_t)relay_cpu_online(twin->chan, cpu, below(twin, 2));
}

static uint64_t do_late(struct twin *twin)
{
    int result = relay_late_setup_files(twin->chan, "late", twin->dir);

    if (result == 0)
        twin->name = "late";
    return (uint64_t)result;
}

static uint64_t do_mode(struct twin *twin)
{
    twin->mode = below(twin, 4);
    relay_set_subbuf_start(twin->chan, modes[twin->mode]);
    return twin->mode;
}

static uint64_t digest(const unsigned char *bytes, size_t count)
{
    uint64_t sum = count;

    for (size_t i = 0; i < count; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3u;
    return sum;
}

static uint64_t do_read(struct twin *twin)
{
    static unsigned char to[4 * LONGEST];
    struct relay_file *file = twin->files[below(twin, FILES)];
    size_t count = below(twin, 4) ? below(twin, 40) : sizeof(to);
    ssize_t got = file ? relay_file_read(file, to, count) : 0;

    return got < 0 ? (uint64_t)got : digest(to, (size_t)got);
}

static uint64_t do_splice(struct twin *twin)
{
    static unsigned char to[4 * LONGEST];
    struct relay_file *file = twin->files[below(twin, FILES)];
    ssize_t got = file ? relay_file_splice(file, twin->pipe[1], below(twin, 60)) : 0;

    if (got <= 0)
        return (uint64_t)got;
    NEED(read(twin->pipe[0], to, sizeof(to)) == got);
    return digest(to, (size_t)got);
}

static uint64_t do_look(struct twin *twin)
{
    struct relay_file *file = twin->files[below(twin, FILES)];
    struct pollfd ask = {.events = POLLIN};

    if (!file)
        return 0;
    ask.fd = relay_file_eventfd(file);
    return (uint64_t)poll(&ask, 1, 0) << 40 | (uint64_t)relay_file_poll(file) << 32 |
           (uint32_t)relay_file_size(file);
}

static struct relay_file *open_file(struct twin *twin, unsigned cpu, int flags)
{
    struct relay_file *file = NULL;
    struct dentry *entry;
    char name[24];

    snprintf(name, sizeof(name), "%s%u", twin->name ? twin->name : "", cpu);
    entry = relay_lookup(twin->dir, name);
    relay_file_open(entry, flags, &file);
    relay_dentry_put(entry);
    return file;
}

static uint64_t do_open_file(struct twin *twin)
{
    static const int flags[] = {O_RDONLY, O_RDWR, O_WRONLY, O_RDONLY | O_NONBLOCK};
    struct relay_file **file = &twin->files[below(twin, FILES)];
    unsigned cpu = below(twin, CPUS), how = below(twin, 4);

    relay_file_close(*file);
    *file = open_file(twin, cpu, flags[how]);
    return *file != NULL;
}

static void map(struct view *view, struct relay_file *file)
{
    int prot = view->writable ? PROT_READ | PROT_WRITE : PROT_READ;

    NEED(relay_file_mmap(file, relay_file_buf(file)->chan->alloc_size, prot, MAP_SHARED, 0,
                         &view->mapping) == 0);
}

/* Map, write at the very end of it, or give it back. */
static uint64_t do_map(struct twin *twin)
{
    struct view *view = &twin->views[below(twin, VIEWS)];
    struct relay_file *file = twin->files[below(twin, FILES)];
    unsigned what = below(twin, 8);

    if (view->mapping && view->writable && what)
        ((unsigned char *)relay_mapping_address(view->mapping))[twin->chan->alloc_size - what] =
            'm';
    else if (view->mapping && what < 3) {
        relay_mapping_close(view->mapping);
        view->mapping = NULL;
    } else if (!view->mapping && file && (relay_file_flags(file) & O_ACCMODE) != O_WRONLY) {
        view->cpu = relay_file_buf(file)->ctl->cpu;
        view->writable = (relay_file_flags(file) & O_ACCMODE) == O_RDWR;
        map(view, file);
    }
    return view->mapping != NULL;
}

static call *const calls[] = {
    do_write,   do_write,     do_write,     do_write,  do_write, do_write_nolock,
    do_reserve, do_fill,      do_read,      do_read,   do_read,  do_splice,
    do_look,    do_open_file, do_map,       do_whole,  do_mode,  do_consumed,
    do_online,  do_late,      do_open_file, do_switch, do_write, do_reserve,
};

/* ---------------------------------------------------------------- twins */

static void let_go(struct twin *twin)
{
    for (unsigned i = 0; i < VIEWS; i++)
        relay_mapping_close(twin->views[i].mapping);
    for (unsigned i = 0; i < FILES; i++)
        relay_file_close(twin->files[i]);
    if (!twin->is_closed)
        relay_close(twin->chan);
    relay_put(twin->chan);
}

/* Saved, closed, and opened from what was saved, with the same descriptors and mappings. */
static void replace(struct twin *twin)
{
    size_t size = relay_save_size(twin->chan);
    unsigned char *block = malloc(size);
    ssize_t saved = relay_save(twin->chan, block, size);
    struct twin old = *twin;
    unsigned cpus[FILES];
    int flags[FILES];

    NEED(saved > 0);
    for (unsigned i = 0; i < FILES; i++)
        if (old.files[i]) {
            cpus[i] = relay_file_buf(old.files[i])->ctl->cpu;
            flags[i] = relay_file_flags(old.files[i]);
        }
    let_go(&old);
    twin->chan = relay_open_saved(block, (size_t)saved, twin->dir, &callbacks, twin);
    free(block);
    NEED(twin->chan);
    relay_get(twin->chan);
    relay_set_subbuf_start(twin->chan, modes[twin->mode]);
    for (unsigned i = 0; i < FILES; i++)
        if (old.files[i])
            NEED(twin->files[i] = open_file(twin, cpus[i], flags[i]));
    for (unsigned i = 0; i < VIEWS; i++)
        if (old.views[i].mapping) {
            struct relay_file *file = open_file(twin, old.views[i].cpu, O_RDWR);

            NEED(file);
            map(&twin->views[i], file);
            relay_file_close(file);
        }
    if (twin->is_closed)
        relay_close(twin->chan);
}

static bool same_ctl(struct relay_ctl *one, struct relay_ctl *other)
{
    bool same = one->limit == other->limit && one->base == other->base &&
                one->events == other->events && one->events_begin == other->events_begin &&
                one->bytes_done == other->bytes_done && one->writing == other->writing;

    for (uint32_t i = 0; i < one->n_subbufs; i++) {
        const struct relay_slot *slot = relay_ctl_slot(one, i);

        if (slot->lap == RELAY_NO_LAP)
            same = same && relay_ctl_slot(other, i)->lap == RELAY_NO_LAP;
        else
            same = same && memcmp(slot, relay_ctl_slot(other, i), sizeof(*slot)) == 0;
    }
    return same;
}

/* All that can be seen of both, and what cannot. */
static bool same(struct rchan *one, struct rchan *other)
{
    struct relay_buf_info infos[2][CPUS];
    struct relay_subbuf_info rows[2][CPUS * 8];
    size_t count = relay_snapshot(one, infos[0], rows[0], CPUS);

    if (relay_snapshot(other, infos[1], rows[1], CPUS) != count ||
        memcmp(infos[0], infos[1], count * sizeof(infos[0][0])) != 0 ||
        memcmp(rows[0], rows[1], count * one->n_subbufs * sizeof(rows[0][0])) != 0 ||
        one->last_toobig != other->last_toobig || one->is_global != other->is_global ||
        one->header_size != other->header_size)
        return false;
    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        struct rchan_buf *a = relay_cpu_buf(one, cpu), *b = relay_cpu_buf(other, cpu);

        if (!a != !b || one->ways[cpu].open != other->ways[cpu].open ||
            relay_cpu_is_online(one, cpu) != relay_cpu_is_online(other, cpu))
            return false;
        if (a && (memcmp(a->start, b->start, one->alloc_size) != 0 || !same_ctl(a->ctl, b->ctl)))
            return false;
    }
    return true;
}

static void open_twin(struct twin *twin, uint64_t seed, const char *dir)
{
    static const size_t sizes[] = {1, 3, 16, 24, 64, 700, 4096};
    struct relay_options opt = {.cpus = CPUS};
    unsigned what;

    *twin = (struct twin){.state = seed};
    for (int i = 0; i < 5; i++)
        below(twin, 2);
    what = below(twin, 1 << 16);
    opt.online = what & 1 ? (const unsigned char[]){1, 0, 1} : NULL;
    opt.writers = what & 2 ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY;
    opt.header_size = what & 4 ? 4 : 0;
    twin->name = what & 24 ? "cpu" : NULL;
    twin->mode = what >> 5 & 3;
    twin->dir = relay_create_dir(dir, NULL);
    NEED(pipe2(twin->pipe, O_NONBLOCK) == 0);
    twin->chan = relay_open_on(twin->name, twin->dir, sizes[2 + (what >> 7) % 5],
                               1 + (what >> 10) % 5, &callbacks, twin, &opt);
    NEED(twin->chan);
    relay_get(twin->chan);
    relay_set_subbuf_start(twin->chan, modes[twin->mode]);
}

static void end_twin(struct twin *twin)
{
    let_go(twin);
    CHECK_EQ(relay_remove(twin->dir), 0);
    close(twin->pipe[0]);
    close(twin->pipe[1]);
}

static bool run(unsigned long seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    struct twin one, other, chance = {.state = state ^ 0x5555};
    bool equal = true;

    open_twin(&one, state, "one");
    open_twin(&other, state, "other");
    for (unsigned i = 0; i < CALLS && equal; i++) {
        unsigned which = below(&chance, sizeof(calls) / sizeof(calls[0]));

        if (below(&chance, 6) == 0)
            replace(&other);
        equal = CHECK_EQ(calls[which](&one), calls[which](&other)) &&
                CHECK(one.state == other.state) && CHECK(same(one.chan, other.chan)) &&
                CHECK(kit_valid(other.chan));
        if (!equal)
            fprintf(stderr, "seed %lu, call %u of kind %u\n", seed, i, which);
    }
    end_twin(&one);
    end_twin(&other);
    return equal;
}

static void saving_cannot_be_observed(void)
{
    unsigned long count = SEEDS * kit_soak();

    for (unsigned long seed = 1; seed <= count && run(seed);)
        seed++;
}

static const struct check_test tests[] = {TEST(saving_cannot_be_observed)};
CHECK_MAIN(tests, kit_before, kit_after)
