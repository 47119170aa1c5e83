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

/* The first byte is the first sample's, and no byte is nobody's, wherever it would be. */
static void an_overlay_of_nothing(void)
{
    struct relay_buf_info buf = {0};
    struct relay_subbuf_info subbuf = {.state = RELAY_SUBBUF_CURRENT, .used = 100};
    struct relay_overlay overlay = {.paint = RELAY_PAINT_RESERVED};
    struct relay_picture picture = picture_of(&buf, &subbuf, 1, 1);
    struct relay_place place = {.width = SIZE, .height = 10};

    picture.overlays = &overlay;
    picture.n_overlays = 1;
    for (overlay.from = 0; overlay.from <= 100; overlay.from += 50) {
        for (uint64_t bytes = 0; bytes < 3; bytes++) {
            unsigned painted = 0;

            overlay.to = overlay.from + bytes;
            clear();
            CHECK(relay_draw_bars(&picture, &place, 1, &image));
            for (int x = 0; x < SIZE; x++)
                painted += is(x, 5, RELAY_PAINT_RESERVED);
            CHECK_EQ(painted, overlay.from < 100 ? bytes : 0);
        }
    }
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

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static int at_most(double value, int most)
{
    return value < most ? (int)value : most;
}

/* What a mark shows at (x, y), or what is there without marks: each mark where its comment says. */
static uint32_t marked(const struct relay_picture *picture, const struct relay_place *place, int x,
                       int y, uint32_t without)
{
    const struct relay_marks *marks = picture->marks;
    const struct relay_buf_info *info = &picture->bufs[place->row];
    double length = (double)place->width / picture->n_subbufs, size = (double)picture->subbuf_size;
    double offset = (double)info->offset < size ? (double)info->offset : size;
    int column = x - place->x, row = y - place->y, line = marks->line;
    int from_below = place->height - 1 - row, last = place->width - 1;
    int begin = (int)(info->current * length), end = (int)((info->current + 1) * length);
    int read = at_most(
        ((double)(info->consumed % picture->n_subbufs) + (double)info->bytes_consumed / size) *
            length,
        last);
    int written = at_most(begin + offset / size * length, last);
    int pointer = at_most(place->height / 2, 7 * line);

    end += end < (info->current + 1) * length;
    if (row < 0 || from_below < 0 || column < 0)
        return without;
    if (column > last) /* beside the bar: whether anything was lost */
        return column > last + line && column <= last + line + marks->loss_width
                   ? (info->account.fate[RELAY_OVERWRITTEN].events ? marks->loss : marks->ground)
                   : without;
    if (from_below < pointer && abs(column - read) <= (pointer - 1 - from_below) / 2)
        return marks->consumer;
    if (end - begin < 5 * line || place->height < 5 * line)
        return column >= written && column < written + line ? marks->current : without;
    if (column < begin || column >= end)
        return without;
    return row < line || from_below < line || column < begin + line || column >= end - line
               ? marks->current
               : without;
}

static void marks_are_where_they_should_be(void)
{
    struct relay_marks marks = {0xff00ff00u, 0xffffff00u, 0xffff0000u, 0xff000001u, 0, 0};
    static const uint32_t counts[] = {1, 2, 3, 7, 16, 31};
    static uint32_t plain[(SIZE + 2) * (SIZE + 2)];
    struct relay_subbuf_info subbufs[31] = {{0}};
    uint32_t seed = 1;

    for (unsigned turn = 0; turn < 300; turn++) {
        uint32_t n = counts[turn % 6], produced = next(&seed) % 100;
        struct relay_buf_info buf = {.current = produced % n,
                                     .produced = produced,
                                     .consumed = produced - next(&seed) % (produced + 1) % (n + 1),
                                     .offset = next(&seed) % 102,
                                     .bytes_consumed = next(&seed) % 101};
        struct relay_picture picture = picture_of(&buf, subbufs, 1, n);
        struct relay_place place = {.x = (int)(next(&seed) % 20),
                                    .y = (int)(next(&seed) % 20),
                                    .width = 5 + (int)(next(&seed) % 60),
                                    .height = 1 + (int)(next(&seed) % 40)};

        buf.account.fate[RELAY_OVERWRITTEN].events = next(&seed) % 2;
        marks.line = 1 + (int)(next(&seed) % 3);
        marks.loss_width = (int)(next(&seed) % 6);
        clear();
        CHECK(relay_draw_bars(&picture, &place, 1, &image));
        memcpy(plain, pixels, sizeof(plain));
        picture.marks = &marks;
        CHECK(relay_draw_bars(&picture, &place, 1, &image));
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < SIZE; x++) {
                uint32_t before = plain[(y + 1) * (SIZE + 2) + x + 1];

                if (!CHECK_EQ(at(x, y), marked(&picture, &place, x, y, before))) {
                    fprintf(stderr, "  turn %u, at %d %d of %d+%d %d+%d, line %d, n %u\n", turn, x,
                            y, place.x, place.width, place.y, place.height, marks.line, n);
                    return;
                }
            }
    }
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
    for (int width = 65535; width < 65538; width++) {
        place = (struct relay_place){.width = width, .height = 10};
        CHECK_EQ(relay_draw_bars(&picture, &place, 1, &image), width <= 65536);
    }
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
    TEST(an_overlay_of_nothing),
    TEST(marks_of_bars),
    TEST(marks_are_where_they_should_be),
    TEST(outlines_frame_a_subbuf),
    TEST(nothing_is_drawn_outside),
    TEST(what_is_refused),
    TEST(rows_that_differ),
};
CHECK_MAIN(tests, kit_before, kit_after)
