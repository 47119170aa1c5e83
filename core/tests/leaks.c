/* SPDX-License-Identifier: MIT */
/*
 * What is left when all is closed: no descriptor, no mapping, no page and no block of memory, in
 * whatever order things go, and whatever failed on the way. Each case runs twice; what the second
 * run leaves behind is a leak.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/internal.h"
#include "check.h"
#include "kit.h"
#include "relay/relay_live.h"
#include "relay/relay_raster.h"
#include "relay/relay_save.h"

struct held {
    size_t descriptors, mappings, blocks;
};

/* ---------------------------------------------------------------- memory that is asked for */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
int __real_posix_memalign(void **memory, size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
void __wrap_free(void *memory);

static size_t blocks; /* atomic: of this program and the library, in use */

static void *counted(void *memory)
{
    __atomic_fetch_add(&blocks, memory != NULL, __ATOMIC_RELAXED);
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    return memory ? __real_realloc(memory, size) : counted(__real_realloc(NULL, size));
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
    int error = __real_posix_memalign(memory, alignment, size);

    __atomic_fetch_add(&blocks, error == 0, __ATOMIC_RELAXED);
    return error;
}

void __wrap_free(void *memory)
{
    __atomic_fetch_sub(&blocks, memory != NULL, __ATOMIC_RELAXED);
    __real_free(memory);
}

/* ---------------------------------------------------------------- what is held */

/* Of memory files; what reserves their addresses goes with them. */
static size_t count_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    size_t count = 0;

    NEED(maps);
    while (fgets(line, sizeof(line), maps))
        count += strstr(line, "memfd:relay") != NULL;
    fclose(maps);
    return count;
}

static struct held look(void)
{
    return (struct held){kit_descriptors(), count_mappings(),
                         __atomic_load_n(&blocks, __ATOMIC_RELAXED)};
}

static void leaves_nothing(void (*run)(void))
{
    struct held before, after;

    run();
    before = look();
    run();
    after = look();
    CHECK_EQ(after.descriptors, before.descriptors);
    CHECK_EQ(after.mappings, before.mappings);
    CHECK_EQ(after.blocks, before.blocks);
}

/* ---------------------------------------------------------------- channels */

/* A channel of two buffers, and all that can be had of the first one. */
struct all {
    struct rchan *chan;
    struct rchan_buf *buf;
    struct dentry *entry;
    struct relay_file *file;
    struct relay_mapping *mapping;
};

static struct all open_all(const char *name, struct dentry *parent)
{
    struct relay_options opt = {.cpus = 2};
    struct all all = {.chan = relay_open_on(name, parent, 4096, 4, &kit_no_overwrite, NULL, &opt)};
    char file[16];

    NEED(all.chan);
    all.buf = relay_cpu_buf(all.chan, 0);
    relay_buf_get(all.buf);
    snprintf(file, sizeof(file), "%s0", name);
    all.entry = relay_lookup(parent, file);
    NEED(relay_file_open(all.entry, O_RDONLY, &all.file) == 0);
    NEED(relay_file_mmap(all.file, all.chan->alloc_size, PROT_READ, MAP_SHARED, 0, &all.mapping) ==
         0);
    CHECK(relay_file_eventfd(all.file) >= 0);
    kit_put(all.chan, 0, 'a', 4096);
    kit_put(all.chan, 0, 'b', 100);
    kit_read(all.file, 10);
    return all;
}

static void let_go(struct all *all, unsigned which)
{
    switch (which) {
    case 0:
        relay_close(all->chan);
        break;
    case 1:
        relay_buf_put(all->buf);
        break;
    case 2:
        relay_dentry_put(all->entry);
        break;
    case 3:
        relay_file_close(all->file);
        break;
    default:
        relay_mapping_close(all->mapping);
    }
}

static void in_every_order(void)
{
    for (unsigned first = 0; first < 5; first++)
        for (unsigned step = 1; step < 5; step++) {
            struct all all = open_all("cpu", NULL);

            for (unsigned i = 0; i < 5; i++)
                let_go(&all, (first + i * step) % 5);
        }
}

static void of_a_channel(void)
{
    leaves_nothing(in_every_order);
}

static void directories(void)
{
    struct dentry *dir = relay_create_dir("dir", NULL), *inner = relay_create_dir("inner", dir);
    struct all all = open_all("cpu", inner);

    CHECK(!relay_create_dir("inner", dir));
    CHECK(!relay_create_file("cpu0", inner, 0400, all.buf));
    CHECK(relay_remove(inner) != 0);
    for (unsigned i = 0; i < 5; i++)
        let_go(&all, i);
    CHECK_EQ(relay_remove(inner), 0);
    CHECK_EQ(relay_remove(dir), 0);
}

static void of_directories(void)
{
    leaves_nothing(directories);
}

/* Late files, CPUs that come and go, a global channel, a channel that is held beyond its end. */
static void others(void)
{
    struct rchan *large =
        kit_open(&kit_no_overwrite, 1 << 20, 17, 1); /* the system is asked first */
    struct relay_options opt = {.cpus = 4, .online = (const unsigned char[]){1, 0, 0, 0}};
    struct rchan *chan = relay_open_on(NULL, NULL, 16, 2, &kit_logged, NULL, &opt);

    NEED(chan);
    relay_close(large);
    CHECK_EQ(relay_cpu_online(chan, 1, true), 0);
    CHECK_EQ(relay_late_setup_files(chan, "cpu", NULL), 0);
    CHECK_EQ(relay_late_setup_files(chan, "cpu", NULL), -EEXIST);
    CHECK_EQ(relay_cpu_online(chan, 2, true), 0);
    CHECK_EQ(relay_cpu_online(chan, 0, false), 0);
    relay_get(chan);
    relay_close(chan);
    relay_close(chan); /* refused */
    relay_put(chan);
    kit.global = true;
    chan = kit_open_with(&kit_logged, 16, 2, &(struct relay_options){.cpus = 4});
    kit.global = false;
    relay_close(chan);
    kit_take_log();
}

static void of_other_channels(void)
{
    leaves_nothing(others);
}

/* ---------------------------------------------------------------- what fails */

static void refused(const struct rchan_callbacks *cb, size_t size, const struct relay_options *opt)
{
    CHECK(!relay_open_on("cpu", NULL, size, 2, cb, NULL, opt));
}

static void failures(void)
{
    struct relay_options opt = {.cpus = 3, .memory_limit = 2 * (8192 + 4096)};
    struct rchan *chan;

    refused(&kit_no_overwrite, 4096, &opt); /* room for two */
    refused(&kit_no_overwrite, UINT32_MAX, &opt);
    refused(NULL, 16, &opt);
    opt.memory_limit = 0;
    for (unsigned call = 1; call <= 3; call++) {
        kit.creates = 0;
        kit.fail_at = call;
        refused(&kit_logged, 16, &opt);
    }
    kit.fail_at = 0;
    chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);
    refused(&kit_no_overwrite, 16, &opt); /* the name is taken */
    relay_close(chan);
    kit_take_log();
}

static void of_what_fails(void)
{
    leaves_nothing(failures);
}

static uint64_t blocks_of(const struct rchan *chan)
{
    struct stat status;

    NEED(fstat(chan->own->region.fd, &status) == 0);
    return (uint64_t)status.st_blocks;
}

/* A CPU whose file cannot be made: its pages go back while the channel goes on. */
static void a_cpu_that_cannot_come(void)
{
    struct relay_options opt = {.cpus = 2, .online = (const unsigned char[]){1, 0}};
    struct rchan *chan = kit_open_with(&kit_logged, 65536, 4, &opt);
    uint64_t in_use = chan->own->region.in_use, pages = blocks_of(chan);
    struct held before = look();

    CHECK_EQ(in_use, chan->own->region.stretch);
    CHECK(pages >= 4 * 65536 / 512);
    for (int i = 0; i < 3; i++) {
        kit.fail_at = kit.creates + 1;
        CHECK_EQ(relay_cpu_online(chan, 1, true), -EINVAL);
        CHECK_EQ(chan->own->region.in_use, in_use);
        CHECK_EQ(blocks_of(chan), pages);
        CHECK_EQ(look().mappings, before.mappings);
    }
    kit.fail_at = 0;
    CHECK_EQ(relay_cpu_online(chan, 1, true), 0);
    CHECK_EQ(chan->own->region.in_use, 2 * in_use);
    CHECK_EQ(blocks_of(chan), 2 * pages);
    kit_close(chan);
}

/* One buffer is held beyond the channel's end: the pages of the other go back. */
static void a_buffer_that_stays(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 65536, 4, 2);
    struct rchan_buf *buf = relay_cpu_buf(chan, 1);
    uint64_t both = blocks_of(chan);

    kit_put(chan, 1, 'a', 10);
    relay_buf_get(buf);
    relay_close(chan);
    CHECK_EQ(buf->chan->own->region.in_use, buf->chan->own->region.stretch);
    CHECK_EQ(blocks_of(buf->chan), both / 2);
    CHECK_STR(kit_text(buf->start, 10), "a*10");
    relay_buf_put(buf);
}

/* ---------------------------------------------------------------- saved, live, drawn */

static void saved_ones(void)
{
    struct all all = open_all("cpu", NULL);
    size_t size = relay_save_size(all.chan);
    unsigned char *block = malloc(size);
    ssize_t used;

    NEED(block);
    CHECK_EQ(relay_save(all.chan, block, 100), -ENOSPC);
    used = relay_save(all.chan, block, size);
    NEED(used > 0);
    CHECK(!relay_open_saved(block, (size_t)used, NULL, &kit_no_overwrite, NULL)); /* the names */
    for (unsigned i = 5; i-- > 0;)
        let_go(&all, i);
    relay_close(relay_open_saved(block, (size_t)used, NULL, &kit_no_overwrite, NULL));
    CHECK(!relay_open_saved(block, (size_t)used - 8, NULL, &kit_no_overwrite, NULL));
    free(block);
}

static void of_saved_channels(void)
{
    leaves_nothing(saved_ones);
}

static void load(const struct relay_live_options *opt)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 1024, 4, 2);
    struct relay_live *live = relay_live_open(chan, opt);
    struct relay_live_writing writing = {.rate = 100000, .min = 64};
    struct relay_live_reading reading = {.kind = RELAY_LIVE_MMAP};
    struct relay_live_break where = {.reaches = RELAY_LIVE_INTACT, .value = 100};

    NEED(live);
    relay_live_set_writing(live, &(struct relay_live_writing){.rate = 1, .min = 16}, NULL, 0);
    relay_live_set_writing(live, &writing, NULL, 0);
    relay_live_set_reading(live, &reading, NULL, 0);
    reading.kind = RELAY_LIVE_READ;
    reading.batch = 100; /* events come in two parts */
    relay_live_set_reading(live, &reading, (uint32_t[]){1}, 1);
    relay_live_set_break(live, &where);
    if (opt->simulated) {
        CHECK_EQ(relay_live_simulate(live, 1), 0);
    } else {
        CHECK_EQ(relay_live_run(live), 0);
        CHECK(relay_live_wait_hit(live, 60, NULL));
    }
    relay_live_set_reading(live, &(struct relay_live_reading){0}, NULL, 0);
    CHECK_EQ(relay_live_drain(live), 0);
    relay_live_set_writing(live, &writing, NULL, 0); /* nobody takes it up */
    relay_live_close(live);
    relay_close(chan);
}

static void simulated_load(void)
{
    load(&(struct relay_live_options){.simulated = true});
}

static void load_in_threads(void)
{
    load(&(struct relay_live_options){.writer_threads = 2, .reader_threads = 2});
}

static void of_a_load(void)
{
    leaves_nothing(simulated_load);
    leaves_nothing(load_in_threads);
}

static void pictures(void)
{
    static uint32_t pixels[64 * 64];
    struct relay_ink palette[RELAY_N_PAINTS] = {{0}};
    struct relay_buf_info buf = {0};
    struct relay_subbuf_info subbuf = {0};
    struct relay_picture picture = {.bufs = &buf,
                                    .subbufs = &subbuf,
                                    .rows = 1,
                                    .n_subbufs = 1,
                                    .subbuf_size = 16,
                                    .palette = palette};
    struct relay_image image = {pixels, 64, 64, 64};
    struct relay_place places[] = {{.width = 10, .height = 5}, {.width = 20, .height = 5}};
    struct relay_ring_map *map = relay_ring_map_new(10, 20, 64, 1);

    NEED(map);
    CHECK(relay_draw_bars(&picture, places, 2, &image));
    CHECK(relay_draw_rings(map, &picture, places, 2, &image));
    relay_ring_map_free(map);
}

static void of_pictures(void)
{
    leaves_nothing(pictures);
}

static const struct check_test tests[] = {
    TEST(of_a_channel),           TEST(of_directories),      TEST(of_other_channels),
    TEST(of_what_fails),          TEST(of_saved_channels),   TEST(of_a_load),
    TEST(a_cpu_that_cannot_come), TEST(a_buffer_that_stays), TEST(of_pictures),
};
CHECK_MAIN(tests, kit_before, kit_after)
