/* SPDX-License-Identifier: MIT */
/* Pictures of buffers: what colour is where, and that nothing outside of the image is touched. */
#include <stdint.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_raster.h"

#define SIZE 100
#define SENTINEL 0x12345678u

/* The ground of each paint; a stripe is one more. */
enum { COLOUR_STEP = 0x10 };
static struct relay_ink palette[RELAY_N_PAINTS];
static uint32_t pixels[(SIZE + 2) * (SIZE + 2)];

/* An image with one pixel around it that nobody may touch. */
static const struct relay_image image = {pixels + SIZE + 3, SIZE + 2, SIZE, SIZE};

static uint32_t ground(enum relay_paint paint)
{
    return 0xff000000u | ((uint32_t)paint + 1) * COLOUR_STEP;
}

static void clear(void)
{
    for (size_t i = 0; i < sizeof(pixels) / sizeof(*pixels); i++)
        pixels[i] = SENTINEL;
    for (unsigned i = 0; i < RELAY_N_PAINTS; i++)
        palette[i] = (struct relay_ink){ground(i) + 1, ground(i)};
}

static bool frame_is_whole(void)
{
    for (int i = 0; i < SIZE + 2; i++)
        if (pixels[i] != SENTINEL || pixels[(SIZE + 1) * (SIZE + 2) + i] != SENTINEL ||
            pixels[i * (SIZE + 2)] != SENTINEL || pixels[i * (SIZE + 2) + SIZE + 1] != SENTINEL)
            return false;
    return true;
}

static uint32_t at(int x, int y)
{
    return image.pixels[(size_t)y * image.stride + (size_t)x];
}

/* Whether the pixel is of this paint, stripe or ground. */
static bool is(int x, int y, enum relay_paint paint)
{
    return (at(x, y) & ~1u) == ground(paint);
}

static struct relay_picture picture_of(struct relay_buf_info *bufs,
                                       struct relay_subbuf_info *subbufs, uint32_t rows, uint32_t n)
{
    return (struct relay_picture){.bufs = bufs,
                                  .subbufs = subbufs,
                                  .rows = rows,
                                  .n_subbufs = n,
                                  .subbuf_size = 100,
                                  .palette = palette};
}

static void a_bar_shows_the_parts(void)
{
    struct relay_buf_info buf = {.consumed = 0};
    struct relay_subbuf_info subbuf = {
        .state = RELAY_SUBBUF_UNREAD, .header = 10, .read = 30, .used = 70, .padding = 20};
    struct relay_picture picture = picture_of(&buf, &subbuf, 1, 1);
    struct relay_place place = {.x = 0, .y = 10, .width = SIZE, .height = 20};

    clear();
    CHECK(relay_draw_bars(&picture, &place, 1, &image));
    CHECK(is(5, 15, RELAY_PAINT_HEADER));
    CHECK(is(20, 15, RELAY_PAINT_CONSUMED));
    CHECK(is(50, 15, RELAY_PAINT_UNREAD));
    CHECK(is(80, 15, RELAY_PAINT_PADDING));
    CHECK(is(95, 15, RELAY_PAINT_FREE));
    CHECK_EQ(at(5, 9), SENTINEL);
    CHECK_EQ(at(5, 30), SENTINEL);
    CHECK(frame_is_whole());
}

/* Clockwise from twelve o'clock: unread, done, free, current. */
static void a_ring_shows_the_subbufs(void)
{
    struct relay_buf_info buf = {.current = 3};
    struct relay_subbuf_info subbufs[4] = {{.state = RELAY_SUBBUF_UNREAD, .used = 100},
                                           {.state = RELAY_SUBBUF_DONE, .used = 100},
                                           {.state = RELAY_SUBBUF_FREE, .used = 100},
                                           {.state = RELAY_SUBBUF_CURRENT, .used = 50}};
    struct relay_picture picture = picture_of(&buf, subbufs, 1, 4);
    struct relay_place place = {.x = 50, .y = 50};
    struct relay_ring_map *map = relay_ring_map_new(25, 45, 360, 1.5);

    NEED(map);
    clear();
    CHECK(relay_draw_rings(map, &picture, &place, 1, &image));
    CHECK(is(75, 25, RELAY_PAINT_UNREAD));
    CHECK(is(75, 75, RELAY_PAINT_CONSUMED));
    CHECK(is(25, 75, RELAY_PAINT_FREE));
    CHECK(is(17, 40, RELAY_PAINT_UNREAD)); /* the first half of the last quarter */
    CHECK(is(40, 17, RELAY_PAINT_FREE));
    CHECK_EQ(at(50, 50), SENTINEL);
    CHECK_EQ(at(2, 2), SENTINEL);
    CHECK(frame_is_whole());
    relay_ring_map_free(map);
    relay_ring_map_free(NULL);
}

static bool shows(uint32_t colour)
{
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++)
            if ((at(x, y) & ~1u) == colour)
                return true;
    return false;
}

/* One lost among many, each far less than a pixel: at full strength still, at every size. */
static void a_loss_is_never_hidden(void)
{
    enum { MANY = 20000 };
    struct relay_subbuf_info *subbufs = calloc(MANY, sizeof(*subbufs));
    struct relay_buf_info buf = {0};
    struct relay_picture picture = picture_of(&buf, subbufs, 1, MANY);

    NEED(subbufs);
    for (int i = 0; i < MANY; i++)
        subbufs[i] = (struct relay_subbuf_info){.state = RELAY_SUBBUF_UNREAD, .used = 100};
    for (int lost = 0; lost < MANY; lost += MANY / 7) {
        subbufs[lost].lost = 1;
        for (int height = 1; height < 30; height += 4) {
            struct relay_place place = {.x = 3, .y = 3, .width = 20 + height, .height = height};

            clear();
            CHECK(relay_draw_bars(&picture, &place, 1, &image));
            CHECK(shows(ground(RELAY_PAINT_LOST)));
        }
        for (int radius = 8; radius < 50; radius += 5) {
            struct relay_ring_map *map = relay_ring_map_new(radius * 0.6, radius, radius * 6u, 1.5);
            struct relay_place place = {.x = 50, .y = 50};

            NEED(map);
            clear();
            CHECK(relay_draw_rings(map, &picture, &place, 1, &image));
            CHECK(shows(ground(RELAY_PAINT_LOST)));
            relay_ring_map_free(map);
        }
        subbufs[lost].lost = 0;
    }
    free(subbufs);
}

static void overlays_lie_over_the_rest(void)
{
    struct relay_buf_info bufs[2] = {{0}, {0}};
    struct relay_subbuf_info subbufs[2] = {{.state = RELAY_SUBBUF_CURRENT, .used = 100},
                                           {.state = RELAY_SUBBUF_CURRENT, .used = 100}};
    struct relay_overlay overlays[] = {
        {.row = 1, .paint = RELAY_PAINT_RESERVED, .from = 20, .to = 60},
        {.row = 1, .paint = 77, .from = 0, .to = 100},
        {.row = 1, .paint = RELAY_PAINT_HEADER, .from = UINT64_MAX - 1, .to = UINT64_MAX},
        {.row = 1, .paint = RELAY_PAINT_HEADER, .from = 90, .to = 80},
    };
    struct relay_picture picture = picture_of(bufs, subbufs, 2, 1);
    struct relay_place places[] = {{.row = 0, .width = SIZE, .height = 10},
                                   {.row = 1, .y = 20, .width = SIZE, .height = 10}};

    picture.overlays = overlays;
    picture.n_overlays = 4;
    clear();
    CHECK(relay_draw_bars(&picture, places, 2, &image));
    CHECK(is(40, 5, RELAY_PAINT_UNREAD));
    CHECK(is(40, 25, RELAY_PAINT_RESERVED));
    CHECK(is(10, 25, RELAY_PAINT_UNREAD));
    CHECK(is(85, 25, RELAY_PAINT_UNREAD));
    CHECK(is(98, 25, RELAY_PAINT_UNREAD));
}

static void marks_of_bars(void)
{
    struct relay_buf_info bufs[2] = {{.current = 1, .offset = 50, .bytes_consumed = 20}, {0}};
    struct relay_subbuf_info subbufs[4] = {{.state = RELAY_SUBBUF_UNREAD, .used = 100},
                                           {.state = RELAY_SUBBUF_CURRENT, .used = 50}};
    struct relay_marks marks = {.current = 0xff00ff00u,
                                .consumer = 0xffffff00u,
                                .loss = 0xffff0000u,
                                .ground = 0xff000001u,
                                .line = 1,
                                .loss_width = 4};
    struct relay_place places[] = {{.row = 0, .width = 80, .height = 20},
                                   {.row = 1, .y = 40, .width = 80, .height = 20}};
    struct relay_picture picture = picture_of(bufs, subbufs, 2, 2);

    bufs[1].account.fate[RELAY_TOO_BIG].events = 1;
    bufs[0].account.fate[RELAY_CONSUMED].events = 1;
    picture.marks = &marks;
    clear();
    CHECK(relay_draw_bars(&picture, places, 2, &image));
    CHECK_EQ(at(60, 0), marks.current);
    CHECK_EQ(at(40, 10), marks.current);
    CHECK_EQ(at(79, 10), marks.current);
    CHECK_EQ(at(8, 19), marks.consumer);
    CHECK_EQ(at(82, 10), marks.ground);
    CHECK_EQ(at(82, 50), marks.loss);
    CHECK_EQ(at(81 + 4, 50), SENTINEL);
}

/* Along the inside of its sub-buffer; a loss stays visible below it. */
static void outlines_frame_a_subbuf(void)
{
    struct relay_buf_info bufs[3] = {{0}};
    struct relay_subbuf_info subbufs[12] = {{0}};
    struct relay_outline outlines[] = {{0, 1, {0xffabcdefu, 0xff123456u}},
                                       {2, 3, {0xffabcdefu, 0xff123456u}},
                                       {2, 4, {0xffffffffu, 0xffffffffu}}};
    struct relay_picture picture = picture_of(bufs, subbufs, 3, 4);
    struct relay_place places[] = {{.row = 0, .width = SIZE, .height = 20},
                                   {.row = 1, .y = 25, .width = SIZE, .height = 20},
                                   {.row = 2, .y = 50, .width = SIZE, .height = 20}};

    picture.outlines = outlines;
    picture.n_outlines = 3;
    picture.line = 2;
    subbufs[11].lost = 1;
    clear();
    CHECK(relay_draw_bars(&picture, places, 3, &image));
    CHECK(at(35, 1) == 0xffabcdefu || at(35, 1) == 0xff123456u);
    CHECK(at(26, 10) == 0xffabcdefu || at(26, 10) == 0xff123456u);
    CHECK(is(35, 10, RELAY_PAINT_FREE));
    CHECK(is(10, 1, RELAY_PAINT_FREE));
    CHECK(is(35, 26, RELAY_PAINT_FREE));
    CHECK(at(80, 51) == 0xffabcdefu || at(80, 51) == 0xff123456u);
    CHECK(is(80, 69, RELAY_PAINT_LOST));
    CHECK(is(75, 68, RELAY_PAINT_LOST));
    CHECK(frame_is_whole());
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Places anywhere, sizes of all kinds, snapshots that no channel would give. */
static void nothing_is_drawn_outside(void)
{
    static const int corners[] = {0, -1, 50, SIZE, -SIZE, INT32_MAX, INT32_MIN, 1 << 24, SIZE + 40};
    enum { CORNERS = sizeof(corners) / sizeof(*corners), ROWS = 3, MOST = 9 };
    struct relay_marks marks = {.line = 3, .loss_width = 9};
    struct relay_outline outlines[] = {
        {0, 0, {1, 2}}, {1, UINT32_MAX, {1, 2}}, {1, MOST - 1, {1, 2}}};
    struct relay_subbuf_info subbufs[ROWS * MOST];
    struct relay_buf_info bufs[ROWS];
    uint32_t seed = 1;

    clear();
    for (int turn = 0; turn < 3000; turn++) {
        struct relay_picture picture = picture_of(bufs, subbufs, ROWS, next(&seed) % (MOST + 1));
        struct relay_place place = {.row = next(&seed) % ROWS,
                                    .x = corners[next(&seed) % CORNERS],
                                    .y = corners[next(&seed) % CORNERS],
                                    .width = (int)(next(&seed) % 300) - 20,
                                    .height = (int)(next(&seed) % 300) - 20};
        struct relay_ring_map *map = relay_ring_map_new(
            1 + next(&seed) % 60 / 7.0, 10 + next(&seed) % 90 / 1.3, 8 + next(&seed) % 500, 1.5);

        for (size_t i = 0; i < sizeof(subbufs); i++)
            ((unsigned char *)subbufs)[i] = (unsigned char)next(&seed);
        for (size_t i = 0; i < sizeof(bufs); i++)
            ((unsigned char *)bufs)[i] = (unsigned char)next(&seed);
        picture.subbuf_size = next(&seed) % 3 ? 100 : next(&seed) % 2 ? 0 : UINT32_MAX;
        picture.marks = turn % 2 ? &marks : NULL;
        picture.outlines = outlines;
        picture.n_outlines = 3;
        picture.line = turn % 9 - 2;
        NEED(map);
        CHECK(relay_draw_bars(&picture, &place, 1, &image));
        CHECK(relay_draw_rings(map, &picture, &place, 1, &image));
        relay_ring_map_free(map);
    }
    CHECK(frame_is_whole());
}

static void what_is_refused(void)
{
    struct relay_buf_info buf = {0};
    struct relay_subbuf_info subbuf = {0};
    struct relay_picture picture = picture_of(&buf, &subbuf, 1, 1);
    struct relay_place place = {.row = 1, .width = 10, .height = 10};
    struct relay_ring_map *map = relay_ring_map_new(10, 20, 8, 1.5);
    struct relay_image empty = {NULL, 0, 0, 0};

    NEED(map);
    CHECK(!relay_ring_map_new(0, 10, 100, 1.5));
    CHECK(!relay_ring_map_new(10, 10, 100, 1.5));
    CHECK(!relay_ring_map_new(10, 8193, 100, 1.5));
    CHECK(!relay_ring_map_new(10, 20, 7, 1.5));
    CHECK(!relay_ring_map_new(10, 20, 65537, 1.5));
    CHECK(!relay_draw_bars(&picture, &place, 1, &image));
    CHECK(!relay_draw_rings(map, &picture, &place, 1, &image));
    place = (struct relay_place){.width = 65537, .height = 10};
    CHECK(!relay_draw_bars(&picture, &place, 1, &image));
    place.width = 10;
    CHECK(relay_draw_bars(&picture, &place, 1, &empty));
    CHECK(relay_draw_rings(map, &picture, &place, 1, &empty));
    CHECK(relay_draw_bars(&picture, NULL, 0, &image));
    relay_ring_map_free(map);
}

static void rows_that_differ(void)
{
    struct relay_options opt = {.cpus = 3};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);
    struct relay_buf_info bufs[2][3];
    struct relay_subbuf_info subbufs[2][6];
    uint8_t differs[3];

    memset(bufs, 0, sizeof(bufs));
    CHECK_EQ(relay_snapshot(chan, bufs[0], subbufs[0], 3), 3);
    kit_put(chan, 1, 'a', 5);
    CHECK_EQ(relay_snapshot(chan, bufs[1], subbufs[1], 3), 3);
    CHECK_EQ(relay_snapshot_diff(bufs[1], bufs[0], subbufs[1], subbufs[0], 3, 2, differs), 1);
    CHECK(!differs[0] && differs[1] && !differs[2]);
    subbufs[0][5].lost = 1;
    CHECK_EQ(relay_snapshot_diff(bufs[1], bufs[0], subbufs[1], subbufs[0], 3, 2, differs), 2);
    CHECK(differs[2]);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(a_bar_shows_the_parts),
    TEST(a_ring_shows_the_subbufs),
    TEST(a_loss_is_never_hidden),
    TEST(overlays_lie_over_the_rest),
    TEST(marks_of_bars),
    TEST(outlines_frame_a_subbuf),
    TEST(nothing_is_drawn_outside),
    TEST(what_is_refused),
    TEST(rows_that_differ),
};
CHECK_MAIN(tests, kit_before, kit_after)
