/* SPDX-License-Identifier: MIT */
/* A buffer laid out along samples: each gets its share of what lies in it, and shows every loss. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "strip.h"

#define HEADER_FROM 24.0 /* samples of a sub-buffer from which on a header is seen, however short */
#define HEADER_WIDTH 2.0 /* samples that it takes then at least */
#define HALF 0.5         /* of a sample: a shorter sub-buffer is not divided */
#define LOSS_SHOWS 0.5f  /* the part of a sample that a loss in it takes at least */

/* ---------------------------------------------------------------- colours */

static relay_vector unpack(uint32_t c)
{
    return (relay_vector){(float)(c & 255), (float)(c >> 8 & 255), (float)(c >> 16 & 255),
                          (float)(c >> 24)};
}

static uint32_t pack(relay_vector v)
{
    v += 0.5f;
    return (uint32_t)v[0] | (uint32_t)v[1] << 8 | (uint32_t)v[2] << 16 | (uint32_t)v[3] << 24;
}

/* ---------------------------------------------------------------- laying out */

static void add(struct relay_mix *mix, enum relay_paint what, float share)
{
    mix->share[what] += share;
    mix->used |= 1u << what;
}

/* Paint from sample position `from` to `to`. */
static void paint(struct relay_strip *strip, double from, double to, enum relay_paint what)
{
    unsigned first = (unsigned)from, last = (unsigned)to;

    if (!(to > from) || first >= strip->count)
        return;
    if (first == last) {
        add(&strip->mixes[first], what, (float)(to - from));
        return;
    }
    add(&strip->mixes[first], what, (float)(first + 1 - from));
    for (unsigned i = first + 1; i < last && i < strip->count; i++)
        add(&strip->mixes[i], what, 1);
    if (last < strip->count && to > last)
        add(&strip->mixes[last], what, (float)(to - last));
}

static void mark_lost(struct relay_strip *strip, double from, double to)
{
    unsigned last = (unsigned)ceil(to);

    for (unsigned i = (unsigned)from; (i < last || i == (unsigned)from) && i < strip->count; i++)
        strip->mixes[i].lost = 1;
}

/* The bytes at which a sub-buffer's parts end, one behind the other. */
struct parts {
    uint32_t header, read, used, padded;
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Without branches: many sub-buffers in any state come one after the other. */
static inline struct parts parts_of(const struct relay_subbuf_info *info, uint32_t size)
{
    bool is_free = info->state == RELAY_SUBBUF_FREE,
         is_current = info->state == RELAY_SUBBUF_CURRENT;
    uint32_t used = is_free ? 0 : least(info->used, size);
    uint32_t header = least(info->header, used);
    uint32_t read = info->state == RELAY_SUBBUF_DONE ? used : least(info->read, used);
    uint32_t padding = is_free || is_current ? 0 : info->padding;

    return (struct parts){.header = header,
                          .read = read < header ? header : read,
                          .used = used,
                          .padded = used + least(padding, size - used)};
}

static enum relay_paint rest_of(const struct relay_subbuf_info *info)
{
    return info->lost && info->state == RELAY_SUBBUF_CURRENT ? RELAY_PAINT_LOST : RELAY_PAINT_FREE;
}

/* Bytes of several sub-buffers that lie within one sample: where their parts end, added up. */
struct tally {
    uint64_t header, read, used, padded, overwritten;
    uint64_t lost; /* not 0: some lost something */
};

static void count_in(struct tally *tally, const struct relay_subbuf_info *info, uint32_t size)
{
    struct parts parts = parts_of(info, size);

    tally->header += parts.header;
    tally->read += parts.read;
    tally->used += parts.used;
    tally->padded += parts.padded;
    tally->overwritten += rest_of(info) == RELAY_PAINT_LOST ? size - parts.padded : 0;
    tally->lost |= info->lost;
}

static void add_bytes(const struct relay_strip *strip, struct relay_mix *mix, enum relay_paint what,
                      uint64_t bytes)
{
    if (bytes)
        add(mix, what, (float)(int64_t)bytes * (float)strip->per_byte);
}

/*
 * Lay the sub-buffers from `index` on that lie within one sample; the first that does not. Of small
 * ones those that begin there: that is less than half a sample off.
 */
static uint32_t lay_in(struct relay_strip *strip, const struct relay_subbuf_info *infos,
                       uint32_t index, double length)
{
    unsigned sample = (unsigned)(index * length);
    struct tally tally = {0};
    struct relay_mix *mix;
    uint32_t stop = (uint32_t)relay_clamp(length < HALF ? ceil((sample + 1) / length)
                                                        : floor((sample + 1) / length),
                                          0, strip->picture->n_subbufs);
    uint64_t all;

    if (sample >= strip->count || stop <= index)
        return index;
    all = (uint64_t)(stop - index) * strip->size;
    for (; index < stop; index++)
        count_in(&tally, &infos[index], strip->size);
    mix = &strip->mixes[sample];
    add_bytes(strip, mix, RELAY_PAINT_HEADER, tally.header);
    add_bytes(strip, mix, RELAY_PAINT_CONSUMED, tally.read - tally.header);
    add_bytes(strip, mix, RELAY_PAINT_UNREAD, tally.used - tally.read);
    add_bytes(strip, mix, RELAY_PAINT_PADDING, tally.padded - tally.used);
    add_bytes(strip, mix, RELAY_PAINT_LOST, tally.overwritten);
    add_bytes(strip, mix, RELAY_PAINT_FREE, all - tally.padded - tally.overwritten);
    mix->lost |= tally.lost != 0;
    return index;
}

/* A sub-buffer that is seen: its parts side by side, a gap behind it where there is room. */
static void lay_out(struct relay_strip *strip, const struct relay_subbuf_info *info, double begin)
{
    struct parts parts = parts_of(info, strip->size);
    double length = strip->length;
    double gap = length >= RELAY_GAP_FROM ? RELAY_GAP_WIDTH : 0;
    double scale = strip->per_byte * (length - gap) / length;
    double header = begin + (double)parts.header * scale, read = begin + (double)parts.read * scale;
    double used = begin + (double)parts.used * scale, padded = begin + (double)parts.padded * scale;
    double end = begin + length - gap;

    if (parts.header && length >= HEADER_FROM && header < begin + HEADER_WIDTH) {
        header = begin + HEADER_WIDTH;
        read = fmax(read, header);
        used = fmax(used, header);
        padded = fmax(padded, header);
    }
    paint(strip, begin, header, RELAY_PAINT_HEADER);
    paint(strip, header, read, RELAY_PAINT_CONSUMED);
    paint(strip, read, used, RELAY_PAINT_UNREAD);
    paint(strip, used, padded, RELAY_PAINT_PADDING);
    paint(strip, padded, end, rest_of(info));
    paint(strip, end, end + gap, RELAY_PAINT_GAP);
    if (info->lost)
        mark_lost(strip, begin, end);
}

static void lay_over(struct relay_strip *strip, uint32_t row)
{
    const struct relay_picture *picture = strip->picture;

    for (size_t i = 0; i < picture->n_overlays; i++) {
        const struct relay_overlay *overlay = &picture->overlays[i];
        unsigned first, last;

        if (overlay->row != row || overlay->paint >= RELAY_N_PAINTS)
            continue;
        first = (unsigned)relay_clamp((double)overlay->from * strip->per_byte, 0, strip->count);
        last = (unsigned)relay_clamp(ceil((double)overlay->to * strip->per_byte), 0, strip->count);
        for (unsigned k = first; k < last; k++) {
            memset(strip->mixes[k].share, 0, sizeof(strip->mixes[k].share));
            strip->mixes[k].share[overlay->paint] = 1;
            strip->mixes[k].used = 1u << overlay->paint;
        }
    }
}

static struct relay_ink mixed(relay_vector stripe, relay_vector ground,
                              const struct relay_strip *strip, float lost)
{
    return (struct relay_ink){
        .stripe = pack(stripe * (1 - lost) + strip->stripes[RELAY_PAINT_LOST] * lost),
        .ground = pack(ground * (1 - lost) + strip->grounds[RELAY_PAINT_LOST] * lost)};
}

static void mix_inks(const struct relay_strip *strip, const struct relay_mix *mix, float loss_shows,
                     struct relay_ink *ink)
{
    relay_vector stripe = {0}, ground = {0};
    float weight = 0;

    for (uint32_t left = mix->used; left; left &= left - 1) {
        unsigned what = (unsigned)__builtin_ctz(left);

        stripe += strip->stripes[what] * mix->share[what];
        ground += strip->grounds[what] * mix->share[what];
        weight += mix->share[what];
    }
    if (weight > 0) {
        stripe *= 1 / weight;
        ground *= 1 / weight;
    }
    *ink = mixed(stripe, ground, strip, mix->lost ? loss_shows : 0);
}

static void finish(const struct relay_strip *strip, const struct relay_mix *mix, float loss_shows,
                   struct relay_ink *ink, struct relay_sample *sample)
{
    const struct relay_ink *palette = strip->picture->palette;

    if (mix->used & (mix->used - 1) || !mix->used || (mix->lost && loss_shows > 0))
        mix_inks(strip, mix, loss_shows, ink);
    else /* most samples are of one paint */
        *ink = palette[__builtin_ctz(mix->used)];
    ink[strip->count] = mix->lost ? palette[RELAY_PAINT_LOST] : *ink;
    sample->lost = mix->lost != 0;
    sample->rim = (struct relay_ink){0, 0};
}

/* The outline of a sub-buffer: its first and last samples, and the rim of all. */
static void put_outline(struct relay_strip *strip, const struct relay_outline *outline)
{
    double length = strip->length;
    double gap = length >= RELAY_GAP_FROM ? RELAY_GAP_WIDTH : 0;
    unsigned line = strip->picture->line > 0 ? (unsigned)strip->picture->line : 1;
    unsigned first = (unsigned)(outline->index * length);
    unsigned last = (unsigned)ceil((outline->index + 1) * length - gap);

    last = last > strip->count ? strip->count : last;
    for (unsigned i = first; i < last; i++) {
        strip->samples[i].rim = outline->ink;
        if (i - first < line || last - i <= line) {
            strip->inks[i] = outline->ink;
            if (!strip->samples[i].lost)
                strip->inks[strip->count + i] = outline->ink;
        }
    }
}

/* Outlines are in the order of their rows. */
static void put_outlines(struct relay_strip *strip, uint32_t row)
{
    const struct relay_picture *picture = strip->picture;
    size_t low = 0, high = picture->n_outlines;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (picture->outlines[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < picture->n_outlines && picture->outlines[low].row == row; low++)
        if (picture->outlines[low].index < picture->n_subbufs)
            put_outline(strip, &picture->outlines[low]);
}

static void show_loss(struct relay_strip *strip, unsigned sample)
{
    strip->inks[strip->count + sample] = strip->picture->palette[RELAY_PAINT_LOST];
    strip->samples[sample].lost = true;
}

/* At the inner rim there are fewer pixels than samples: those near a loss show it for the others. */
static void spread_losses(struct relay_strip *strip)
{
    for (unsigned i = 0; i < strip->count; i++) {
        if (!strip->mixes[i].lost)
            continue;
        for (unsigned k = 1; k <= strip->spread && k < strip->count; k++) {
            show_loss(strip, (i + k) % strip->count);
            show_loss(strip, (i + strip->count - k) % strip->count);
        }
    }
}

/* Lay out row `row` of the picture along the strip's samples. */
void relay_strip_fill(struct relay_strip *strip, uint32_t row)
{
    const struct relay_picture *picture = strip->picture;
    const struct relay_subbuf_info *infos = picture->subbufs + (size_t)row * picture->n_subbufs;
    double length = strip->length;

    memset(strip->mixes, 0, strip->count * sizeof(*strip->mixes));
    for (uint32_t i = 0; i < picture->n_subbufs;) {
        uint32_t next = length < 1 ? lay_in(strip, infos, i, length) : i;

        if (next == i) { /* it lies across samples */
            lay_out(strip, &infos[i], i * length);
            next++;
        }
        i = next;
    }
    lay_over(strip, row);
    for (unsigned i = 0; i < strip->count; i++)
        finish(strip, &strip->mixes[i], length < RELAY_GAP_FROM ? LOSS_SHOWS : 0, &strip->inks[i],
               &strip->samples[i]);
    if (strip->spread)
        spread_losses(strip);
    put_outlines(strip, row);
}

bool relay_strip_set_up(struct relay_strip *strip, const struct relay_picture *picture,
                        unsigned count)
{
    double bytes = (double)picture->subbuf_size * picture->n_subbufs;

    for (unsigned what = 0; what < RELAY_N_PAINTS; what++) {
        strip->stripes[what] = unpack(picture->palette[what].stripe);
        strip->grounds[what] = unpack(picture->palette[what].ground);
    }
    strip->picture = picture;
    strip->count = count;
    strip->size = (uint32_t)picture->subbuf_size;
    strip->per_byte = bytes > 0 ? count / bytes : 0;
    strip->length = bytes > 0 ? (double)count / picture->n_subbufs : 0;
    strip->mixes = malloc(count * sizeof(*strip->mixes));
    strip->samples = malloc(count * sizeof(*strip->samples));
    strip->inks = malloc(2 * count * sizeof(*strip->inks));
    return strip->mixes && strip->samples && strip->inks;
}

void relay_strip_tear_down(struct relay_strip *strip)
{
    free(strip->mixes);
    free(strip->samples);
    free(strip->inks);
}
