/* SPDX-License-Identifier: MIT */
/*
 * Every pixel of random pictures, worked out again from what relay_raster.h says: each sample gets
 * its share of what lies in it, losses have a band of their own, edges are blended. Plainly, one
 * pixel at a time, with the mathematical library's angles.
 */
#include <math.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_raster.h"

enum { SIZE = 200, MOST = 600, WIDEST = 400, NEAR = 3 };

static struct relay_ink palette[RELAY_N_PAINTS];
static uint32_t pixels[WIDEST * SIZE];
static const struct relay_image image = {pixels, WIDEST, WIDEST, SIZE};
static struct relay_subbuf_info subbufs[MOST];
static struct relay_buf_info buf;
static struct relay_picture picture;
static uint32_t seed;

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % limit;
}

/* ---------------------------------------------------------------- colours */

struct colour {
    double part[4];
};

static struct colour unpacked(uint32_t packed)
{
    struct colour colour;

    for (int i = 0; i < 4; i++)
        colour.part[i] = packed >> 8 * i & 255;
    return colour;
}

/* `share` of the one on the other. */
static struct colour mixed(struct colour over, struct colour under, double share)
{
    for (int i = 0; i < 4; i++)
        over.part[i] = over.part[i] * share + under.part[i] * (1 - share);
    return over;
}

static bool is_like(uint32_t packed, struct colour expected)
{
    struct colour got = unpacked(packed);

    for (int i = 0; i < 4; i++)
        if (fabs(got.part[i] - expected.part[i]) > NEAR)
            return false;
    return true;
}

/* ---------------------------------------------------------------- samples */

struct sample {
    double share[RELAY_N_PAINTS];
    bool lost;         /* something is, in a sub-buffer that it touches */
    bool lost_near;    /* and so its band shows it */
    bool framed, line; /* by an outline, and part of its upright lines */
};

static struct sample samples[4096];
static unsigned n_samples;
static double length; /* samples of a sub-buffer */

static void paint(double from, double to, enum relay_paint what)
{
    for (unsigned i = (unsigned)from; i < n_samples && i < to; i++)
        samples[i].share[what] += fmax(fmin(to, i + 1.0) - fmax(from, i), 0);
}

static enum relay_paint rest_of(const struct relay_subbuf_info *info)
{
    return info->lost && info->state == RELAY_SUBBUF_CURRENT ? RELAY_PAINT_LOST : RELAY_PAINT_FREE;
}

/* Where the parts of a sub-buffer end, in bytes: header, read, unread, padding. */
static void ends_of(const struct relay_subbuf_info *info, double *ends)
{
    bool is_free = info->state == RELAY_SUBBUF_FREE;
    double used = is_free ? 0 : info->used;

    ends[0] = fmin(info->header, used);
    ends[1] = fmax(info->state == RELAY_SUBBUF_DONE ? used : fmin(info->read, used), ends[0]);
    ends[2] = used;
    ends[3] = used + (is_free || info->state == RELAY_SUBBUF_CURRENT ? 0 : info->padding);
}

static const enum relay_paint PARTS[] = {RELAY_PAINT_HEADER, RELAY_PAINT_CONSUMED,
                                         RELAY_PAINT_UNREAD, RELAY_PAINT_PADDING};

/* Less than half a sample: all of it is where it begins. */
static void lay_out_small(uint32_t index, const double *ends)
{
    struct sample *sample = &samples[(unsigned)(index * length)];
    double size = (double)picture.subbuf_size, before = 0;

    for (int i = 0; i < 4; i++) {
        sample->share[PARTS[i]] += (ends[i] - before) / size * length;
        before = ends[i];
    }
    sample->share[rest_of(&subbufs[index])] += (size - before) / size * length;
    sample->lost |= subbufs[index].lost != 0;
}

static void lay_out(uint32_t index)
{
    const struct relay_subbuf_info *info = &subbufs[index];
    double gap = length >= 6 ? 1 : 0, begin = index * length, end = begin + length - gap;
    double ends[4], at = begin;

    ends_of(info, ends);
    if (length < 0.5) {
        lay_out_small(index, ends);
        return;
    }
    for (int i = 0; i < 4; i++) {
        double to = begin + ends[i] / (double)picture.subbuf_size * (length - gap);

        if (ends[0] > 0 && length >= 24) /* a header is seen, however short */
            to = fmax(to, begin + 2);
        paint(at, to, PARTS[i]);
        at = to;
    }
    paint(at, end, rest_of(info));
    paint(end, end + gap, RELAY_PAINT_GAP);
    for (unsigned i = (unsigned)begin; info->lost && i < n_samples && i < end; i++)
        samples[i].lost = true;
}

static void frame(const struct relay_outline *outline)
{
    unsigned first = (unsigned)(outline->index * length);
    unsigned last = (unsigned)ceil((outline->index + 1) * length - (length >= 6 ? 1 : 0));

    for (unsigned i = first; i < last && i < n_samples; i++) {
        samples[i].framed = true;
        samples[i].line = (int)(i - first) < picture.line || (int)(last - i) <= picture.line;
    }
}

static void lay_out_all(unsigned count, unsigned spread)
{
    n_samples = count;
    length = (double)count / picture.n_subbufs;
    memset(samples, 0, sizeof(samples));
    for (uint32_t i = 0; i < picture.n_subbufs; i++)
        lay_out(i);
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k <= spread; k++)
            if (samples[(i + k) % count].lost || samples[(i + count - k) % count].lost)
                samples[i].lost_near = true;
    for (size_t i = 0; i < picture.n_outlines; i++)
        frame(&picture.outlines[i]);
}

static uint32_t side(struct relay_ink ink, bool stripe)
{
    return stripe ? ink.stripe : ink.ground;
}

/* What a pixel of that sample shows. */
static struct colour colour_of(const struct sample *sample, bool is_band, bool stripe)
{
    struct colour colour = {{0}};
    double weight = 0;

    if (is_band && sample->lost_near)
        return unpacked(side(palette[RELAY_PAINT_LOST], stripe));
    if (sample->line)
        return unpacked(side(picture.outlines[0].ink, stripe));
    for (int what = 0; what < RELAY_N_PAINTS; what++) {
        weight += sample->share[what];
        if (weight > 0)
            colour =
                mixed(unpacked(side(palette[what], stripe)), colour, sample->share[what] / weight);
    }
    if (sample->lost && length < 6)
        colour = mixed(unpacked(side(palette[RELAY_PAINT_LOST], stripe)), colour, 0.5);
    return colour;
}

/* ---------------------------------------------------------------- pictures */

static void any_subbuf(struct relay_subbuf_info *info, bool with_header, bool with_loss)
{
    uint32_t size = (uint32_t)picture.subbuf_size;

    *info = (struct relay_subbuf_info){.state = (uint32_t)below(4)};
    info->used = below(3) ? below(size + 1) : size;
    info->header = with_header ? below(info->used / 4 + 1) : 0;
    info->read = below(info->used + 1);
    info->padding = below(size - info->used + 1);
    info->lost = with_loss && below(5) == 0;
}

static void any_picture(uint32_t n_subbufs)
{
    static struct relay_outline outline;
    bool with_header = below(2), with_loss = below(3) > 0;

    for (unsigned what = 0; what < RELAY_N_PAINTS; what++)
        palette[what] = (struct relay_ink){below(1u << 24) * 199, below(1u << 24) * 211};
    buf = (struct relay_buf_info){.current = 0};
    picture = (struct relay_picture){.bufs = &buf,
                                     .subbufs = subbufs,
                                     .rows = 1,
                                     .n_subbufs = n_subbufs,
                                     .subbuf_size = 1 + below(300),
                                     .palette = palette,
                                     .line = 1 + (int)below(3)};
    for (uint32_t i = 0; i < n_subbufs; i++)
        any_subbuf(&subbufs[i], with_header, with_loss);
    outline = (struct relay_outline){.index = below(n_subbufs),
                                     .ink = {below(1u << 24) | 1, below(1u << 24) | 1}};
    picture.outlines = &outline;
    picture.n_outlines = below(2);
    memset(pixels, 0x55, sizeof(pixels));
}

static bool is_stripe(int x, int y)
{
    return (x + y) / 4 % 2 == 0;
}

static void differs(const char *what, int x, int y, struct colour expected)
{
    CHECK(false);
    fprintf(
        stderr,
        "  %s, seed %u, %u of %u bytes, length %f: at %d %d: %08x, expected %.0f %.0f %.0f %.0f\n",
        what, seed, picture.n_subbufs, (unsigned)picture.subbuf_size, length, x, y,
        pixels[y * WIDEST + x], expected.part[3], expected.part[2], expected.part[1],
        expected.part[0]);
}

/* ---------------------------------------------------------------- bars */

/* The pixel of a bar at (x, y), or of what is beside it. */
static struct colour bar_pixel(const struct relay_place *place, int x, int y)
{
    int line = picture.line < place->height / 4 ? picture.line : place->height / 4;
    int row = y - place->y, from_below = place->height - 1 - row;
    const struct sample *sample = &samples[x - place->x];
    bool is_band = from_below < ceil(place->height * 0.22);

    line = line > 1 ? line : 1;
    if (sample->framed && (row < line || from_below < line) && !(sample->lost && is_band))
        return unpacked(side(picture.outlines[0].ink, is_stripe(x, y)));
    return colour_of(sample, is_band, is_stripe(x, y));
}

static bool check_bar(const struct relay_place *place)
{
    lay_out_all((unsigned)place->width, 0);
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < WIDEST; x++) {
            bool inside = x >= place->x && x < place->x + place->width && y >= place->y &&
                          y < place->y + place->height;
            struct colour expected = unpacked(0x55555555);

            if (inside)
                expected = bar_pixel(place, x, y);
            if (!is_like(pixels[y * WIDEST + x], expected)) {
                differs("bar", x, y, expected);
                return false;
            }
        }
    return true;
}

/* Prime numbers of sub-buffers: none of many begins at the border of two samples. */
static void bars(void)
{
    static const uint32_t wholes[] = {5, 6, 23, 24};
    static const uint32_t counts[] = {1, 2, 3, 7, 16, 41, 61, 151, 307, 449, 599};

    seed = 1;
    for (unsigned turn = 0; turn < 550; turn++) {
        struct relay_place place = {
            .x = (int)below(100), .y = (int)below(60), .width = 8 + (int)below(292)};

        any_picture(counts[turn % 11]);
        if (turn % 3 == 0 && turn % 11 < 4) /* whole samples, where rules change */
            place.width = (int)(wholes[below(4)] * counts[turn % 11]);
        place.height = 4 * picture.line + (int)below(60);
        CHECK(relay_draw_bars(&picture, &place, 1, &image));
        if (!check_bar(&place))
            return;
    }
}

/* ---------------------------------------------------------------- rings */

static double between(double value)
{
    return fmin(fmax(value, 0), 1);
}

struct ring {
    double inner, outer, line, band;
    unsigned samples;
};

/* False: it is too near to the border of two samples, or to the band's, to tell which it shows. */
static bool ring_pixel(const struct ring *ring, double x, double y, int at_x, int at_y,
                       struct colour *ret)
{
    double radius = hypot(x, y), turn = atan2(x, -y) / (2 * M_PI);
    double place = (turn < 0 ? turn + 1 : turn) * ring->samples;
    double coverage = between(radius - ring->inner + 0.5) * between(ring->outer - radius + 0.5);
    double rim = between(between(radius - (ring->outer - ring->line) + 0.5) +
                         between(ring->inner + ring->line - radius + 0.5));
    const struct sample *sample = &samples[(unsigned)place % ring->samples];
    bool is_band = radius < ring->band, stripe = is_stripe(at_x, at_y);
    struct colour ground = unpacked(palette[RELAY_PAINT_GAP].ground);

    if (coverage <= 0) {
        *ret = unpacked(0x55555555);
        return true;
    }
    *ret = colour_of(sample, is_band, stripe);
    if (sample->framed && !(sample->lost_near && is_band))
        *ret = mixed(unpacked(side(picture.outlines[0].ink, stripe)), *ret, rim);
    *ret = mixed(*ret, ground, coverage);
    return fabs(place - round(place)) > 1e-4 * ring->samples && fabs(radius - ring->band) > 1e-6;
}

static unsigned long compared, left_out;

static bool check_ring(const struct ring *ring, const struct relay_place *place)
{
    lay_out_all(ring->samples,
                (unsigned)ceil(ring->samples * 0.75 / (2 * M_PI * (ring->inner + 1))));
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            struct colour expected;

            if (!ring_pixel(ring, x - place->x + 0.5, y - place->y + 0.5, x, y, &expected)) {
                left_out++;
                continue;
            }
            compared++;
            if (!is_like(pixels[y * WIDEST + x], expected)) {
                differs("ring", x, y, expected);
                fprintf(stderr, "  %f to %f, %u samples\n", ring->inner, ring->outer,
                        ring->samples);
                return false;
            }
        }
    return true;
}

static void rings(void)
{
    static const uint32_t counts[] = {1, 2, 5, 16, 41, 101, 307, 599};

    seed = 2;
    for (unsigned turn = 0; turn < 160; turn++) {
        struct ring ring = {.outer = 8 + below(800) / 10.0, .line = 1 + below(20) / 10.0};
        struct relay_place place = {.x = 60 + (int)below(80), .y = 60 + (int)below(80)};
        struct relay_ring_map *map;

        ring.inner = ring.outer * (0.3 + below(5) / 10.0);
        ring.samples = 8 + below(turn % 2 ? 60 : 700);
        ring.band = ring.inner + fmax((ring.outer - ring.inner) * 0.22, 2);
        any_picture(counts[turn % 8]);
        map = relay_ring_map_new(ring.inner, ring.outer, ring.samples, ring.line);
        NEED(map);
        CHECK(relay_draw_rings(map, &picture, &place, 1, &image));
        relay_ring_map_free(map);
        if (!check_ring(&ring, &place))
            return;
    }
    CHECK(left_out < compared / 20);
}

static const struct check_test tests[] = {
    TEST(bars),
    TEST(rings),
};
CHECK_MAIN(tests, kit_before, kit_after)
