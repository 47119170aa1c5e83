/* SPDX-License-Identifier: MIT */
/*
 * A read looks before it locks. Twins get the same random calls; the looks of the one are made to
 * fail, so that it reads under the lock: bytes, results and all state must stay the same. And what
 * happens within a look must seem to have happened before or behind a look under the lock. Built
 * with a library whose probes call. RELAY_SOAK multiplies the number of calls.
 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"

enum {
    LARGEST = 6,
    MOST = 4,
    SHAPES = LARGEST * MOST * 8,
    CALLS = CHECK_TSAN ? 150 : 1500,
    CONTROL = 1024,
    WITHIN = 3
};

enum kind { WRITE, RESERVE, FLUSH, RESET, CONSUMED, READ, SPLICE, KINDS };

struct call {
    enum kind kind;
    size_t argument;
};

struct twin {
    struct rchan *chan;
    struct rchan_buf *buf;
    struct relay_file *file;
    ssize_t result; /* of the latest call */
    char bytes[LARGEST * MOST];
};

static struct twin twins[3];
static uint64_t random_state;
static int nowhere; /* /dev/null */

static size_t below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 32) % limit;
}

/* ---------------------------------------------------------------- what a look meets */

static struct twin *locking; /* its looks fail */
static unsigned long locks;

/* A read by another thread, that begins when a call of the first twin comes to that probe. */
static struct {
    int probe; /* 0: none, or begun: the first probe is none of those asked for */
    pthread_t thread;
    ssize_t result;
    bool waits, ends; /* atomic */
} beside;

static void *read_beside(void *arg)
{
    struct twin *twin = arg;

    beside.result = relay_file_read(twin->file, twin->bytes, sizeof(twin->bytes));
    __atomic_store_n(&beside.ends, true, __ATOMIC_RELEASE);
    return NULL;
}

static void begin_beside(void)
{
    beside.probe = 0;
    NEED(pthread_create(&beside.thread, NULL, read_beside, &twins[0]) == 0);
    while (!__atomic_load_n(&beside.waits, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&beside.ends, __ATOMIC_ACQUIRE))
        sched_yield();
}

/* A call that is made when the first read of a twin comes to that probe. */
static struct {
    const struct call *call; /* NULL: none, or made */
    struct twin *twin;
    int probe;
} within;

static void make(struct twin *twin, const struct call *call);

static void make_within(void)
{
    const struct call *call = within.call;
    ssize_t result = within.twin->result;

    within.call = NULL;
    make(within.twin, call);
    within.twin->result = result;
}

void relay_probe_hit(int id)
{
    if (id == RELAY_PROBE_LOCK_WAIT)
        __atomic_store_n(&beside.waits, true, __ATOMIC_RELEASE);
    if (beside.probe && id == beside.probe)
        begin_beside();
    if (id == RELAY_PROBE_LOCK_TAKEN)
        __atomic_fetch_add(&locks, 1, __ATOMIC_RELAXED);
    if (id == RELAY_PROBE_READ_LOOKED && locking) /* as a change that passed, but changes nothing */
        relay_store(&locking->buf->ctl->switches, relay_load(&locking->buf->ctl->switches) + 2);
    if (within.call && id == within.probe)
        make_within();
}

/* ---------------------------------------------------------------- calls */

static void make(struct twin *twin, const struct call *call)
{
    static const char event[LARGEST + 1] = "abcdef";

    twin->result = 0;
    switch (call->kind) {
    case WRITE:
        twin->result = relay_write_on(twin->chan, 0, event + call->argument % 3,
                                      call->argument < 4 ? call->argument : call->argument - 2);
        break;
    case RESERVE:
        twin->result = relay_reserve_on(twin->chan, 0, call->argument, NULL) != NULL;
        break;
    case FLUSH:
        relay_flush(twin->chan);
        break;
    case RESET:
        relay_reset(twin->chan);
        break;
    case CONSUMED:
        relay_subbufs_consumed(twin->chan, 0, call->argument);
        break;
    case READ:
        twin->result = relay_file_read(twin->file, twin->bytes, call->argument);
        break;
    default:
        twin->result = relay_file_splice(twin->file, nowhere, call->argument);
    }
}

/* Writes and reads most of the time: a ring that is flushed and reset all the time has no history. */
static struct call any_call(void)
{
    enum kind kind = below(3) ? (below(2) ? WRITE : READ) : (enum kind)below(KINDS);

    if (kind == RESET && below(4))
        kind = WRITE;
    return (struct call){kind, below(kind == READ || kind == SPLICE ? LARGEST * MOST
                                     : kind == CONSUMED             ? MOST + 1
                                                                    : LARGEST + 2)};
}

/* ---------------------------------------------------------------- states */

static size_t control_size(const struct twin *twin)
{
    return twin->buf->ctl->slots_at + twin->buf->ctl->n_subbufs * sizeof(struct relay_slot);
}

/* In all but the number of changes, which is no state of the channel's. */
static bool is_equal(const struct twin *a, const struct twin *b)
{
    static _Alignas(RELAY_LINE) unsigned char control[2][CONTROL];
    size_t size = control_size(a);

    memcpy(control[0], a->buf->ctl, size);
    memcpy(control[1], b->buf->ctl, size);
    for (int i = 0; i < 2; i++)
        ((struct relay_ctl *)control[i])->switches = 0;
    return a->result == b->result && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0 &&
           memcmp(control[0], control[1], size) == 0 &&
           memcmp(a->buf->start, b->buf->start, a->chan->alloc_size) == 0;
}

/* The two regions are all the state there is: enumerate.c shows it. */
static void become(struct twin *to, const struct twin *from)
{
    memcpy(to->buf->ctl, from->buf->ctl, control_size(from));
    memcpy(to->buf->start, from->buf->start, from->chan->alloc_size);
    memcpy(to->bytes, from->bytes, sizeof(to->bytes));
    to->result = from->result;
}

/* ---------------------------------------------------------------- shapes */

static void open_twin(unsigned which, unsigned shape)
{
    static const char *const names[] = {"a", "b", "c"};
    static const char *const files[] = {"a0", "b0", "c0"};
    size_t size = 1 + shape / 8 % LARGEST;
    struct relay_options opt = {.cpus = 1,
                                .writers = shape & 1 ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY,
                                .header_size = shape & 2 && size > 2 ? 1 : 0};
    struct twin *twin = &twins[which];
    struct dentry *entry;

    memset(twin, 0, sizeof(*twin));
    twin->chan = relay_open_on(names[which], NULL, size, 1 + shape / 8 / LARGEST,
                               shape & 4 ? &kit_overwrite : &kit_no_overwrite, NULL, &opt);
    NEED(twin->chan);
    twin->buf = relay_cpu_buf(twin->chan, 0);
    NEED(control_size(twin) <= CONTROL);
    entry = relay_lookup(NULL, files[which]);
    NEED(relay_file_open(entry, O_RDONLY, &twin->file) == 0);
    relay_dentry_put(entry);
}

static void with_every_shape(unsigned count, void (*run)(unsigned shape))
{
    nowhere = open("/dev/null", O_WRONLY);
    NEED(nowhere >= 0);
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        random_state = shape + 1;
        for (unsigned i = 0; i < count; i++)
            open_twin(i, shape);
        run(shape);
        for (unsigned i = 0; i < count; i++) {
            relay_file_close(twins[i].file);
            relay_close(twins[i].chan);
        }
    }
    close(nowhere);
}

/* ---------------------------------------------------------------- tests */

static unsigned long reads, without_lock, empty_without_lock;

static void looks_and_locks(unsigned shape)
{
    for (unsigned long i = 0; i < CALLS * kit_soak(); i++) {
        struct call call = any_call();
        unsigned long before = locks;

        make(&twins[0], &call);
        if (call.kind == READ && call.argument > 0) {
            reads++;
            without_lock += locks == before;
            empty_without_lock += locks == before && twins[0].result == 0;
        }
        locking = &twins[1];
        before = locks;
        make(&twins[1], &call);
        locking = NULL;
        CHECK(call.kind != READ || call.argument == 0 || locks > before);
        if (!CHECK(is_equal(&twins[0], &twins[1])) || !CHECK(kit_valid(twins[0].chan))) {
            fprintf(stderr, "  shape %u, call %lu: %d(%zu): %s, under the lock %s\n", shape, i,
                    (int)call.kind, call.argument, kit_state(twins[0].buf),
                    kit_state(twins[1].buf));
            return;
        }
    }
}

/* Only a read that finds nothing gets by without the lock: what it found has to be accounted for. */
static void a_look_is_worth_a_lock(void)
{
    with_every_shape(2, looks_and_locks);
    CHECK_EQ(without_lock, empty_without_lock);
    CHECK(without_lock > reads / 10 && without_lock < reads);
}

static unsigned long as_before, as_behind;

/* A read in which another call is made at that probe, if it comes there, else behind the read. */
static void read_with(struct twin *twin, const struct call *read, const struct call *other,
                      int probe)
{
    within.call = other;
    within.twin = twin;
    within.probe = probe;
    make(twin, read);
    if (within.call)
        make_within();
}

/* The others look under the lock, the second behind the other call, the third before it. */
static void one_within(unsigned shape, const struct call *read, const struct call *other)
{
    read_with(&twins[0], read, other, RELAY_PROBE_READ_LOOKED);
    locking = &twins[1];
    read_with(&twins[1], read, other, RELAY_PROBE_READ_ENTER);
    locking = &twins[2];
    read_with(&twins[2], read, other, RELAY_PROBE_READ_POSITION);
    locking = NULL;
    as_before += !is_equal(&twins[0], &twins[2]);
    as_behind += !is_equal(&twins[0], &twins[1]);
    if (!CHECK(is_equal(&twins[0], &twins[1]) || is_equal(&twins[0], &twins[2])))
        fprintf(stderr, "  shape %u: read(%zu), within %d(%zu): %s, before %s, behind %s\n", shape,
                read->argument, (int)other->kind, other->argument, kit_state(twins[0].buf),
                kit_state(twins[1].buf), kit_state(twins[2].buf));
    become(&twins[1], &twins[0]);
    become(&twins[2], &twins[0]);
}

static void calls_within(unsigned shape)
{
    for (unsigned long i = 0; i < CALLS * kit_soak(); i++) {
        struct call call = any_call(), read = {READ, below(LARGEST * MOST)};

        if (i % WITHIN == 0 && call.kind < READ)
            one_within(shape, &read, &call);
        else
            for (unsigned k = 0; k < 3; k++)
                make(&twins[k], &call);
    }
}

static void a_look_is_of_one_moment(void)
{
    with_every_shape(3, calls_within);
    CHECK(as_before > CALLS && as_behind > CALLS);
}

/* Two events wait in the first sub-buffer, and one of them has been read. */
static void half_done(const struct call *call, int probe)
{
    static const struct call before[] = {{WRITE, 2}, {WRITE, 2}, {READ, 2}};
    const struct call read = {READ, sizeof(twins[0].bytes)};

    for (unsigned k = 0; k < 2; k++) {
        open_twin(k, (5 - 1 + 2 * LARGEST) * 8);
        for (unsigned i = 0; i < 3; i++)
            make(&twins[k], &before[i]);
    }
    beside.probe = probe;
    beside.waits = beside.ends = false;
    make(&twins[0], call);
    NEED(beside.probe == 0);
    pthread_join(beside.thread, NULL);
    CHECK(beside.waits);
    twins[0].result = beside.result;
    make(&twins[1], call);
    make(&twins[1], &read);
    CHECK(is_equal(&twins[0], &twins[1]));
    for (unsigned k = 0; k < 2; k++) {
        relay_file_close(twins[k].file);
        relay_close(twins[k].chan);
    }
}

/* What is half done is not looked at: the read waits, and comes behind it. */
static void a_look_is_of_something_whole(void)
{
    static const struct call write = {WRITE, 3}, reset = {RESET, 0};
    static const int switching[] = {
        RELAY_PROBE_SWITCH_PADDED, RELAY_PROBE_SWITCH_PRODUCED, RELAY_PROBE_SWITCH_SIZED,
        RELAY_PROBE_SWITCH_WOKEN,  RELAY_PROBE_SWITCH_REWOUND,  RELAY_PROBE_SWITCH_ASKED,
        RELAY_PROBE_SWITCH_MOVED,  RELAY_PROBE_SWITCH_CLEARED,
    };

    for (size_t i = 0; i < sizeof(switching) / sizeof(switching[0]); i++)
        half_done(&write, switching[i]);
    half_done(&reset, RELAY_PROBE_RESET_CLEARED);
}

static const struct check_test tests[] = {
    TEST(a_look_is_worth_a_lock),
    TEST(a_look_is_of_one_moment),
    TEST(a_look_is_of_something_whole),
};
CHECK_MAIN(tests, kit_before, kit_after)
