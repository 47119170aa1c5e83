/* SPDX-License-Identifier: MIT */
/* A buffer laid out along a row of samples: what raster.c puts on pixels. */
#ifndef RELAY_STRIP_H
#define RELAY_STRIP_H

#include "internal.h"
#include "relay/relay_raster.h"

#define RELAY_GAP_FROM 6.0  /* a sub-buffer of fewer samples is drawn without a gap behind it */
#define RELAY_GAP_WIDTH 1.0 /* samples */

typedef float relay_vector __attribute__((vector_size(16)));

/* A sample while it is mixed: how much of it is what, and whether something was lost in it. */
struct relay_mix {
    float share[RELAY_N_PAINTS];
    uint32_t used; /* a bit for each share that is not 0 */
    uint32_t lost;
};

struct relay_sample {
    struct relay_ink rim; /* of the outline around the sub-buffer; 0: there is none */
    bool lost;            /* then nothing is drawn over the band */
};

struct relay_strip {
    const struct relay_picture *picture;
    struct relay_mix *mixes;
    /* of each sample, and behind these the same for the band, with every loss at full strength */
    struct relay_ink *inks;
    struct relay_sample *samples;
    unsigned spread; /* samples on either side of a loss that show it, too */
    relay_vector stripes[RELAY_N_PAINTS], grounds[RELAY_N_PAINTS];
    unsigned count;
    uint32_t size;   /* S */
    double per_byte; /* samples */
    double length;   /* of a sub-buffer, samples: a whole number where it is one */
};

/* Room for `count` samples of the picture's buffers; false: no memory. Tear down in any case. */
bool relay_strip_set_up(struct relay_strip *strip, const struct relay_picture *picture,
                        unsigned count);
void relay_strip_tear_down(struct relay_strip *strip);
/* Lay out row `row` of the picture along the samples. */
void relay_strip_fill(struct relay_strip *strip, uint32_t row);

static inline double relay_clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

#endif
