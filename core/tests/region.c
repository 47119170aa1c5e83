/* SPDX-License-Identifier: MIT */
/*
 * The two regions of a buffer: mappable by themselves, without pointers. A copy of both elsewhere
 * tells the whole story, which is what another process that maps them will rely on.
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "check.h"
#include "kit.h"

/* Version 3 of the layout. Who changes one of these must raise RELAY_CTL_VERSION. */
#define AT(type, member, offset) _Static_assert(offsetof(struct type, member) == (offset), #member)
AT(relay_ctl, magic, 0);
AT(relay_ctl, version, 4);
AT(relay_ctl, size, 8);
AT(relay_ctl, slots_at, 12);
AT(relay_ctl, cpu, 16);
AT(relay_ctl, n_subbufs, 20);
AT(relay_ctl, subbuf_size, 24);
AT(relay_ctl, alloc_size, 32);
AT(relay_ctl, offset, 64);
AT(relay_ctl, limit, 72);
AT(relay_ctl, base, 80);
AT(relay_ctl, events, 88);
AT(relay_ctl, writing, 96);
AT(relay_ctl, committing, 104);
AT(relay_ctl, produced, 128);
AT(relay_ctl, current, 136);
AT(relay_ctl, switches, 140);
AT(relay_ctl, prev_padding, 144);
AT(relay_ctl, file_size, 152);
AT(relay_ctl, consumed, 192);
AT(relay_ctl, bytes_consumed, 200);
AT(relay_ctl, waiters, 208);
AT(relay_ctl, wakeups, 212);
AT(relay_ctl, finalized, 216);
AT(relay_ctl, turn, 232);
AT(relay_ctl, mapped, 236);
AT(relay_ctl, turn_born, 240);
AT(relay_ctl, lock, 256);
AT(relay_ctl, doing, 260);
AT(relay_ctl, holder_born, 264);
AT(relay_ctl, deciding, 272);
AT(relay_ctl, deciding_slot, 276);
AT(relay_ctl, file_size_before, 280);
AT(relay_ctl, not_writing, 288);
AT(relay_ctl, release_to, 296);
AT(relay_ctl, losing, 304);
AT(relay_ctl, account, 320);
AT(relay_ctl, maker, 512);
AT(relay_maker, born, 8);
AT(relay_maker, pid_ns, 16);
AT(relay_maker, channel, 24);
AT(relay_maker, boot, 32);
AT(relay_slot, padding, 24);
_Static_assert(sizeof(struct relay_slot) == 64, "a slot is a cache line");
_Static_assert(sizeof(struct relay_ctl) % RELAY_LINE == 0, "slots begin on a cache line");
_Static_assert(RELAY_CTL_VERSION == 3, "the offsets above are version 3");

static void whole_pages(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 100, 3, 3);

    for (unsigned cpu = 0; cpu < 3; cpu++) {
        struct rchan_buf *buf = relay_cpu_buf(chan, cpu);

        CHECK_EQ((uintptr_t)buf->start % 4096, 0);
        CHECK_EQ((uintptr_t)buf->ctl % 4096, 0);
        CHECK_EQ(buf->ctl->magic, RELAY_CTL_MAGIC);
        CHECK_EQ(buf->ctl->version, RELAY_CTL_VERSION);
        CHECK_EQ(buf->ctl->cpu, cpu);
        CHECK_EQ(buf->ctl->alloc_size, 4096);
        CHECK(buf->ctl->slots_at >= sizeof(struct relay_ctl));
        CHECK(buf->ctl->size >= buf->ctl->slots_at + 3 * sizeof(struct relay_slot));
        CHECK_EQ((uintptr_t)relay_ctl_slot(buf->ctl, 0) % RELAY_LINE, 0);
    }
    kit_close(chan);
}

/* A channel in the middle of everything: padding, a partly read sub-buffer, mapping, eventfd. */
struct busy {
    struct rchan *chan;
    struct rchan_buf *buf;
    struct relay_file *file;
    struct relay_mapping *mapping;
};

static struct busy begin(const char *name)
{
    struct relay_options opt = {.cpus = 1};
    struct busy busy = {.chan = relay_open_on(name, NULL, 64, 4, &kit_overwrite, NULL, &opt)};
    struct dentry *entry;
    char file[16];

    NEED(busy.chan);
    snprintf(file, sizeof(file), "%s0", name);
    entry = relay_lookup(NULL, file);
    NEED(entry && relay_file_open(entry, O_RDONLY, &busy.file) == 0);
    relay_dentry_put(entry);
    busy.buf = relay_cpu_buf(busy.chan, 0);
    NEED(relay_file_mmap(busy.file, 4096, PROT_READ, MAP_SHARED, 0, &busy.mapping) == 0);
    CHECK(relay_file_eventfd(busy.file) >= 0);
    for (char byte = 'a'; byte < 'i'; byte++)
        kit_put(busy.chan, 0, byte, 40);
    kit_read(busy.file, 50);
    kit_put(busy.chan, 0, 'x', 10);
    return busy;
}

static void end(struct busy *busy)
{
    relay_mapping_close(busy->mapping);
    relay_file_close(busy->file);
    kit_close(busy->chan);
}

/* Two channels with the same history are equal to the last byte, wherever they lie. */
static void no_pointers(void)
{
    struct busy one = begin("one");
    struct busy two = begin("two");

    CHECK(one.buf->start != two.buf->start);
    CHECK(memcmp(one.buf->ctl, two.buf->ctl, one.buf->ctl->size) == 0);
    CHECK(memcmp(one.buf->start, two.buf->start, one.buf->ctl->alloc_size) == 0);
    end(&one);
    end(&two);
}

/* All unread bytes, from nothing but copies of the two regions. */
static size_t read_copies(struct relay_ctl *ctl, const unsigned char *data, unsigned char *bytes)
{
    uint64_t lap = ctl->consumed;
    uint64_t from = ctl->bytes_consumed;
    size_t used = 0;

    if (ctl->produced - lap >= ctl->n_subbufs && ctl->offset <= ctl->subbuf_size) {
        lap = ctl->produced - ctl->n_subbufs + 1;
        from = 0;
    }
    for (; lap <= ctl->produced; lap++, from = 0) {
        uint64_t index = lap % ctl->n_subbufs;
        uint64_t end = lap == ctl->produced
                           ? ctl->offset
                           : ctl->subbuf_size - relay_ctl_slot(ctl, index)->padding;

        memcpy(bytes + used, data + index * ctl->subbuf_size + from, end - from);
        used += end - from;
    }
    return used;
}

static void copies_tell_it_all(void)
{
    struct busy busy = begin("cpu");
    struct relay_ctl *ctl = aligned_alloc(4096, busy.buf->ctl->size);
    unsigned char *data = malloc(busy.buf->ctl->alloc_size);
    unsigned char bytes[256];
    char expected[512];

    NEED(ctl && data);
    memcpy(ctl, busy.buf->ctl, busy.buf->ctl->size);
    memcpy(data, busy.buf->start, busy.buf->ctl->alloc_size);
    snprintf(expected, sizeof(expected), "%s", kit_read(busy.file, 1000));
    CHECK_STR(kit_text(bytes, read_copies(ctl, data, bytes)), expected);
    free(ctl);
    free(data);
    end(&busy);
}

/* The system would end the process; here it is an error that names the limit. */
static void a_limit_on_files(void)
{
    struct rlimit before, low;
    struct relay_options opt = {.cpus = 1};

    NEED(getrlimit(RLIMIT_FSIZE, &before) == 0);
    low = before;
    low.rlim_cur = 1 << 16;
    NEED(setrlimit(RLIMIT_FSIZE, &low) == 0);
    CHECK(!relay_open_on("big", NULL, 65536, 2, &kit_no_overwrite, NULL, &opt));
    CHECK_EQ(relay_error(), RELAY_ERR_FILE_LIMIT);
    CHECK_EQ(relay_error_errno(relay_error()), EFBIG);
    kit_close(kit_open(&kit_no_overwrite, 4096, 2, 1));
    low.rlim_cur = 2 * 4096 + 4096; /* with the control block: exactly */
    NEED(setrlimit(RLIMIT_FSIZE, &low) == 0);
    kit_close(kit_open(&kit_no_overwrite, 4096, 2, 1));
    low.rlim_cur--;
    NEED(setrlimit(RLIMIT_FSIZE, &low) == 0);
    CHECK(!relay_open_on("big", NULL, 4096, 2, &kit_no_overwrite, NULL, &opt));
    NEED(setrlimit(RLIMIT_FSIZE, &before) == 0);
    kit_close(kit_open(&kit_no_overwrite, 65536, 2, 1));
}

static const struct check_test tests[] = {
    TEST(whole_pages),
    TEST(a_limit_on_files),
    TEST(no_pointers),
    TEST(copies_tell_it_all),
};
CHECK_MAIN(tests, kit_before, kit_after)
