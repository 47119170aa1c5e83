/* SPDX-License-Identifier: MIT */
/* Rings and bars: the samples of a strip put on pixels, and marks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "strip.h"

#define LARGEST_RADIUS 8192.0
#define MOST_SAMPLES 65536u
#define LOSS_BAND 0.22 /* the inner part of a ring that tells of losses alone */
#define LEAST_BAND 2.0 /* pixels: so wide, there is a whole pixel in every direction */
#define NEIGHBOUR 0.75 /* pixels along the rim within which that one is found */
#define HATCH_BIT 4    /* stripes of this width in pixels: a power of two */
#define FURTHEST                                                                                   \
    (1 << 24)          /* a place further from the image is not drawn, so that no sum overflows */
#define OUTLINE_FROM 5 /* pixels: a smaller sub-buffer is marked by a tick, not by an outline */

enum { RIM = 127, BAND = 128 };
enum { RUNS_IN_ROW = 4 }; /* at most: the band and the rest, left and right of the hole */

/* A pixel of an edge or an outline: it is blended. */
struct pixel {
    int16_t x, y; /* from the centre */
    uint16_t sample;
    uint8_t coverage;
    uint8_t
        rim; /* how much of it belongs to the outline's line, 0 … 127; BAND: it tells of losses */
};

/* All others, side by side in one row: they are copied, and are most of a ring. */
struct run {
    int16_t x, y; /* of the first, from the centre */
    bool is_band;
    uint16_t length;
    uint32_t first; /* its place among the samples */
};

struct relay_ring_map {
    unsigned samples;
    unsigned spread; /* samples on either side that a pixel of the band stands for, too */
    double inner, outer;
    double band; /* radius at which it ends */
    double line;
    struct pixel *pixels;
    struct run *runs;
    uint16_t *run_samples;
    uint32_t n_pixels, n_runs, n_run_samples;
};

/* ---------------------------------------------------------------- pixels */

/* `over` with `coverage` of 255 on `under`; two channels at a time. */
static uint32_t blend(uint32_t under, uint32_t over, uint32_t coverage)
{
    uint32_t low = 0x00ff00ff, rest = 255 - coverage;
    uint32_t even = (over & low) * coverage + (under & low) * rest + 0x00800080;
    uint32_t odd = (over >> 8 & low) * coverage + (under >> 8 & low) * rest + 0x00800080;

    even = (even + (even >> 8 & low)) >> 8 & low;
    odd = (odd + (odd >> 8 & low)) & ~low;
    return even | odd;
}

static bool is_stripe(int x, int y)
{
    return ((x + y) & HATCH_BIT) == 0;
}

static bool is_near(const struct relay_place *place)
{
    return place->x >= -FURTHEST && place->x <= FURTHEST && place->y >= -FURTHEST &&
           place->y <= FURTHEST;
}

static bool rows_exist(const struct relay_picture *picture, const struct relay_place *places,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (places[i].row >= picture->rows)
            return false;
    return true;
}

/* ---------------------------------------------------------------- rings */

/* atan of 0 … 1 to 1e-5: a ring of 8192 pixels is less than a pixel off, and it is made 5 times faster */
static double quick_atan(double t)
{
    double u = t * t;

    return t * (0.99997726 +
                u * (-0.33262347 +
                     u * (0.19354346 + u * (-0.11643287 + u * (0.05265332 - u * 0.01172120)))));
}

/* Direction of (x, y) as a part of a turn: 0 at twelve o'clock, clockwise; y grows downwards. */
static double turn_of(double x, double y)
{
    double along = fabs(x), up = fabs(y);
    double angle = along < up ? quick_atan(along / up) : M_PI / 2 - quick_atan(up / along);

    if (y > 0)
        angle = M_PI - angle;
    return (x < 0 ? 2 * M_PI - angle : angle) / (2 * M_PI);
}

static void add_to_run(struct relay_ring_map *map, int x, int y, uint16_t sample, bool is_band)
{
    struct run *run = map->n_runs ? &map->runs[map->n_runs - 1] : NULL;

    if (!run || run->y != y || run->x + run->length != x || run->is_band != is_band) {
        run = &map->runs[map->n_runs++];
        *run = (struct run){(int16_t)x, (int16_t)y, is_band, 0, map->n_run_samples};
    }
    run->length++;
    map->run_samples[map->n_run_samples++] = sample;
}

/* Add the pixel at (x, y) from the centre when the ring touches it. */
static void add_pixel(struct relay_ring_map *map, int x, int y)
{
    double radius = sqrt((x + 0.5) * (x + 0.5) + (y + 0.5) * (y + 0.5));
    double inside = relay_clamp(radius - map->inner + 0.5, 0, 1);
    double coverage = relay_clamp(map->outer - radius + 0.5, 0, 1) * inside;
    double rim = relay_clamp(radius - (map->outer - map->line) + 0.5, 0, 1) +
                 relay_clamp(map->inner + map->line - radius + 0.5, 0, 1);
    bool is_band = radius < map->band;
    uint16_t sample;

    if (coverage <= 0)
        return;
    sample = (uint16_t)((unsigned)(turn_of(x + 0.5, y + 0.5) * map->samples) % map->samples);
    if (coverage < 1 || rim > 0)
        map->pixels[map->n_pixels++] = (struct pixel){
            .x = (int16_t)x,
            .y = (int16_t)y,
            .sample = sample,
            .coverage = (uint8_t)(coverage * 255 + 0.5),
            .rim = (uint8_t)((unsigned)(relay_clamp(rim, 0, 1) * RIM) | (is_band ? BAND : 0))};
    else
        add_to_run(map, x, y, sample, is_band);
}

/* Room for the pixels of a square around the ring; what stays unused is never touched. */
static bool has_room(struct relay_ring_map *map, size_t side)
{
    map->pixels = malloc(side * side * sizeof(*map->pixels));
    map->run_samples = malloc(side * side * sizeof(*map->run_samples));
    map->runs = malloc(RUNS_IN_ROW * side * sizeof(*map->runs));
    return map->pixels && map->run_samples && map->runs;
}

static void *shrunk(void *memory, size_t size)
{
    void *smaller = realloc(memory, size ? size : 1);

    return smaller ? smaller : memory;
}

RELAY_EXPORT struct relay_ring_map *relay_ring_map_new(double inner, double outer, unsigned samples,
                                                       double line)
{
    struct relay_ring_map *map;
    int reach;

    if (!(inner > 0 && outer > inner && outer <= LARGEST_RADIUS) || samples < 8 ||
        samples > MOST_SAMPLES)
        return NULL;
    reach = (int)outer + 1; /* no sooner: any number may have been given */
    map = calloc(1, sizeof(*map));
    if (!map || !has_room(map, 2 * (size_t)reach)) {
        relay_ring_map_free(map);
        return NULL;
    }
    *map = (struct relay_ring_map){.samples = samples,
                                   .inner = inner,
                                   .outer = outer,
                                   .line = line,
                                   .pixels = map->pixels,
                                   .runs = map->runs,
                                   .run_samples = map->run_samples};
    map->band =
        inner + (outer > inner + LEAST_BAND / LOSS_BAND ? (outer - inner) * LOSS_BAND : LEAST_BAND);
    map->spread = (unsigned)ceil(samples * NEIGHBOUR / (2 * M_PI * (inner + 1)));
    for (int y = -reach; y < reach; y++)
        for (int x = -reach; x < reach; x++)
            add_pixel(map, x, y);
    map->pixels = shrunk(map->pixels, map->n_pixels * sizeof(*map->pixels));
    map->run_samples = shrunk(map->run_samples, map->n_run_samples * sizeof(*map->run_samples));
    map->runs = shrunk(map->runs, map->n_runs * sizeof(*map->runs));
    return map;
}

RELAY_EXPORT void relay_ring_map_free(struct relay_ring_map *map)
{
    if (!map)
        return;
    free(map->pixels);
    free(map->run_samples);
    free(map->runs);
    free(map);
}

static bool is_inside(const struct relay_image *image, int x, int y)
{
    return (unsigned)x < (unsigned)image->width && (unsigned)y < (unsigned)image->height;
}

/* Pixels of the edges and of outlines. */
static void draw_pixels(const struct relay_ring_map *map, const struct relay_strip *strip,
                        const struct relay_place *place, const struct relay_image *image)
{
    uint32_t ground = strip->picture->palette[RELAY_PAINT_GAP].ground;

    for (size_t i = 0; i < map->n_pixels; i++) {
        const struct pixel *pixel = &map->pixels[i];
        const struct relay_sample *sample = &strip->samples[pixel->sample];
        bool is_band = pixel->rim & BAND;
        const struct relay_ink *ink = &strip->inks[pixel->sample + (is_band ? strip->count : 0)];
        int x = place->x + pixel->x, y = place->y + pixel->y;
        bool stripe = is_stripe(x, y);
        uint32_t colour = stripe ? ink->stripe : ink->ground;

        if (!is_inside(image, x, y))
            continue;
        if (pixel->rim & RIM && sample->rim.stripe && !(sample->lost && is_band))
            colour = blend(colour, stripe ? sample->rim.stripe : sample->rim.ground,
                           2u * (pixel->rim & RIM) + 1);
        image->pixels[(size_t)y * image->stride + (size_t)x] =
            pixel->coverage == 255 ? colour : blend(ground, colour, pixel->coverage);
    }
}

static void draw_run(const struct run *run, const uint16_t *samples, const struct relay_ink *inks,
                     const struct relay_place *place, const struct relay_image *image)
{
    int x = place->x + run->x, y = place->y + run->y;
    int first = x < 0 ? -x : 0, last = image->width - x;
    uint32_t *pixels;

    if ((unsigned)y >= (unsigned)image->height)
        return;
    pixels = image->pixels + (size_t)y * image->stride;
    last = last < run->length ? last : run->length;
    for (int i = first; i < last; i++) {
        const struct relay_ink *ink = &inks[samples[i]];

        pixels[x + i] = is_stripe(x + i, y) ? ink->stripe : ink->ground;
    }
}

static void draw_ring(const struct relay_ring_map *map, const struct relay_strip *strip,
                      const struct relay_place *place, const struct relay_image *image)
{
    if (!is_near(place))
        return;
    for (size_t i = 0; i < map->n_runs; i++) {
        const struct run *run = &map->runs[i];

        draw_run(run, map->run_samples + run->first,
                 strip->inks + (run->is_band ? strip->count : 0), place, image);
    }
    draw_pixels(map, strip, place, image);
}

RELAY_EXPORT bool relay_draw_rings(const struct relay_ring_map *map,
                                   const struct relay_picture *picture,
                                   const struct relay_place *places, size_t n_places,
                                   const struct relay_image *image)
{
    struct relay_strip strip = {0};
    bool ready =
        rows_exist(picture, places, n_places) && relay_strip_set_up(&strip, picture, map->samples);

    strip.spread = map->spread;
    for (size_t i = 0; ready && i < n_places; i++) {
        relay_strip_fill(&strip, places[i].row);
        draw_ring(map, &strip, &places[i], image);
    }
    relay_strip_tear_down(&strip);
    return ready;
}

/* ---------------------------------------------------------------- bars */

/* A rectangle in an image; what lies outside is cut off by visible_part. */
struct box {
    int left, top, right, bottom;
};

static int between(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static struct box visible_part(const struct relay_image *image, struct box box)
{
    return (struct box){between(box.left, 0, image->width), between(box.top, 0, image->height),
                        between(box.right, 0, image->width), between(box.bottom, 0, image->height)};
}

static void fill_box(const struct relay_image *image, struct box box, uint32_t colour)
{
    struct box seen = visible_part(image, box);

    for (int y = seen.top; y < seen.bottom; y++)
        for (int x = seen.left; x < seen.right; x++)
            image->pixels[(size_t)y * image->stride + (size_t)x] = colour;
}

static void draw_bar(const struct relay_strip *strip, const struct relay_place *place,
                     const struct relay_image *image)
{
    int begin = place->x, bottom = place->y + place->height,
        line = between(strip->picture->line, 1, place->height / 4);
    int band = bottom - (int)ceil(place->height * LOSS_BAND);
    struct box seen =
        visible_part(image, (struct box){place->x, place->y, place->x + place->width, bottom});

    for (int y = seen.top; y < seen.bottom; y++) {
        bool is_rim = y < place->y + line || y >= bottom - line, is_band = y >= band;
        uint32_t *pixels = image->pixels + (size_t)y * image->stride;
        const struct relay_ink *inks = strip->inks + (is_band ? strip->count : 0);

        for (int x = seen.left; x < seen.right; x++) {
            const struct relay_ink *ink = &inks[x - begin];

            pixels[x] = is_stripe(x, y) ? ink->stripe : ink->ground;
        }
        for (int x = seen.left; is_rim && x < seen.right; x++) {
            const struct relay_sample *sample = &strip->samples[x - begin];

            if (sample->rim.stripe && !(sample->lost && is_band))
                pixels[x] = is_stripe(x, y) ? sample->rim.stripe : sample->rim.ground;
        }
    }
}

static void outline(const struct relay_image *image, struct box box, int line, uint32_t colour)
{
    fill_box(image, (struct box){box.left, box.top, box.right, box.top + line}, colour);
    fill_box(image, (struct box){box.left, box.bottom - line, box.right, box.bottom}, colour);
    fill_box(image, (struct box){box.left, box.top, box.left + line, box.bottom}, colour);
    fill_box(image, (struct box){box.right - line, box.top, box.right, box.bottom}, colour);
}

/* A triangle that stands on the lower edge and points at `at`; cut off at the bar's ends. */
static void point_at(const struct relay_image *image, const struct relay_place *place, int at,
                     int size, uint32_t colour)
{
    int bottom = place->y + place->height, right = place->x + place->width;

    for (int i = 0; i < size; i++) {
        struct box line = {between(at - i / 2, place->x, right), bottom - size + i,
                           between(at + i / 2 + 1, place->x, right), bottom - size + i + 1};

        fill_box(image, line, colour);
    }
}

static bool lost_any(const struct relay_account *account)
{
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++)
        if (fate != RELAY_CONSUMED && account->fate[fate].events)
            return true;
    return false;
}

static void mark_bar(const struct relay_picture *picture, const struct relay_place *place,
                     const struct relay_image *image)
{
    const struct relay_marks *marks = picture->marks;
    const struct relay_buf_info *info = &picture->bufs[place->row];
    double length = (double)place->width / picture->n_subbufs;
    double size = (double)(picture->subbuf_size ? picture->subbuf_size : 1);
    int top = place->y, bottom = place->y + place->height, right = place->x + place->width;
    int begin = place->x + (int)(info->current % picture->n_subbufs * length);
    int end = place->x + (int)ceil((info->current % picture->n_subbufs + 1) * length);
    int written = begin + (int)(relay_clamp((double)info->offset / size, 0, 1) * length);
    int read = place->x + (int)(((double)(info->consumed % picture->n_subbufs) +
                                 relay_clamp((double)info->bytes_consumed / size, 0, 1)) *
                                length);
    int pointer = place->height / 2 < 7 * marks->line ? place->height / 2 : 7 * marks->line;

    if (end - begin >= OUTLINE_FROM * marks->line && place->height >= OUTLINE_FROM * marks->line)
        outline(image, (struct box){begin, top, end < right ? end : right, bottom}, marks->line,
                marks->current);
    else
        fill_box(image,
                 (struct box){between(written, place->x, right - 1), top,
                              between(written + marks->line, place->x, right), bottom},
                 marks->current);
    point_at(image, place, between(read, place->x, right - 1), pointer, marks->consumer);
    fill_box(
        image,
        (struct box){right + marks->line, top, right + marks->line + marks->loss_width, bottom},
        lost_any(&info->account) ? marks->loss : marks->ground);
}

static bool is_drawn(const struct relay_place *place)
{
    return place->width > 0 && place->height > 0 && place->height <= FURTHEST && is_near(place);
}

static bool bars_are_possible(const struct relay_picture *picture, const struct relay_place *places,
                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (places[i].row >= picture->rows || places[i].width > (int)MOST_SAMPLES)
            return false;
    return true;
}

RELAY_EXPORT bool relay_draw_bars(const struct relay_picture *picture,
                                  const struct relay_place *places, size_t n_places,
                                  const struct relay_image *image)
{
    struct relay_strip strip = {0};
    bool ready = bars_are_possible(picture, places, n_places);

    for (size_t i = 0; ready && i < n_places; i++) {
        if (!is_drawn(&places[i]))
            continue;
        if (strip.count != (unsigned)places[i].width) {
            relay_strip_tear_down(&strip);
            ready = relay_strip_set_up(&strip, picture, (unsigned)places[i].width);
        }
        if (ready) {
            relay_strip_fill(&strip, places[i].row);
            draw_bar(&strip, &places[i], image);
            if (picture->marks && picture->n_subbufs)
                mark_bar(picture, &places[i], image);
        }
    }
    relay_strip_tear_down(&strip);
    return ready;
}

/* ---------------------------------------------------------------- what has to be drawn again */

RELAY_EXPORT size_t relay_snapshot_diff(const struct relay_buf_info *bufs,
                                        const struct relay_buf_info *old_bufs,
                                        const struct relay_subbuf_info *subbufs,
                                        const struct relay_subbuf_info *old_subbufs, uint32_t rows,
                                        uint32_t n_subbufs, uint8_t *differs)
{
    size_t count = 0;

    for (size_t i = 0; i < rows; i++) {
        differs[i] = memcmp(&bufs[i], &old_bufs[i], sizeof(*bufs)) != 0 ||
                     memcmp(subbufs + i * n_subbufs, old_subbufs + i * n_subbufs,
                            n_subbufs * sizeof(*subbufs)) != 0;
        count += differs[i];
    }
    return count;
}
