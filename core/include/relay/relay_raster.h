/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Pictures of buffers: rings and bars, drawn from a snapshot straight into an image.
 *
 * A ring or bar is made in two steps. First the buffer is laid out along a row of samples (about one
 * for each pixel along the rim); a sample that covers several sub-buffers mixes them, but never hides
 * a loss. Then the samples are put on the pixels, with coverage at the edges. All images are 32 bits
 * a pixel, premultiplied ARGB in host order (Qt's Format_ARGB32_Premultiplied).
 *
 * THREADS. A map may be used by several threads at once; nothing else is shared.
 */
#ifndef RELAY_RASTER_H
#define RELAY_RASTER_H

#include "relay/relay_info.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the bytes of a sub-buffer are; rows of a palette. */
enum relay_paint {
    RELAY_PAINT_FREE,
    RELAY_PAINT_UNREAD,
    RELAY_PAINT_CONSUMED,
    RELAY_PAINT_HEADER,
    RELAY_PAINT_PADDING,
    RELAY_PAINT_RESERVED, /**< reserved and not yet filled: comes with an overlay only */
    RELAY_PAINT_LOST,     /**< an unread sub-buffer was overwritten here in this lap */
    RELAY_PAINT_GAP,      /**< between two sub-buffers */
    RELAY_N_PAINTS
};

/** A colour, or two of them for a hatched one: premultiplied ARGB. */
struct relay_ink {
    uint32_t stripe;
    uint32_t ground;
};

/** Bytes of one buffer that are painted as something else than the snapshot says. */
struct relay_overlay {
    uint32_t row;   /**< row of the buffer in the snapshot */
    uint32_t paint; /**< enum relay_paint */
    uint64_t from;  /**< bytes from the start of the buffer */
    uint64_t to;
};

/** An outline around a sub-buffer, along its inside. */
struct relay_outline {
    uint32_t row;
    uint32_t index;
    struct relay_ink ink;
};

/** The pixels of one size of ring, made once and used for every ring of that size. */
struct relay_ring_map;

/**
 * Make the map of rings of one size.
 * @param inner, outer  radii in pixels, 0 < inner < outer ≤ 8192
 * @param samples       samples along the ring, 8 … 65536
 * @param line          width of outlines along the rims, pixels
 * @return the map, for relay_ring_map_free; NULL: an argument is out of range, or no memory.
 * Errors: as said, without relay_error().
 */
struct relay_ring_map *relay_ring_map_new(double inner, double outer, unsigned samples,
                                          double line);
/** Free a map. NULL: nothing. Errors: none. */
void relay_ring_map_free(struct relay_ring_map *map);

/** The image drawn into. */
struct relay_image {
    uint32_t *pixels;
    size_t stride; /**< pixels from a row to the next */
    int width;
    int height;
};

/** Marks on bars: colours, and widths in pixels. */
struct relay_marks {
    uint32_t current;  /**< outline of the sub-buffer being written; where it is small, a tick */
    uint32_t consumer; /**< triangle at the next byte to be read */
    uint32_t loss;     /**< beside the bar of a buffer that lost anything since open, … */
    uint32_t ground;   /**< … and beside all others */
    int32_t line;
    int32_t loss_width;
};

/** What is drawn: a snapshot as relay_snapshot() fills it. */
struct relay_picture {
    const struct relay_buf_info *bufs;
    const struct relay_subbuf_info *subbufs;
    uint32_t rows;
    uint32_t n_subbufs;
    uint64_t subbuf_size;
    const struct relay_ink *palette; /**< RELAY_N_PAINTS inks */
    const struct relay_overlay *overlays;
    size_t n_overlays;
    const struct relay_outline *outlines; /**< in the order of their rows */
    size_t n_outlines;
    int32_t line;                    /**< width of outlines between sub-buffers, pixels */
    const struct relay_marks *marks; /**< of bars; NULL: none */
};

/** Where row `row` of the snapshot is drawn: the centre of a ring, or a bar's rectangle. */
struct relay_place {
    uint32_t row;
    int32_t x;
    int32_t y;
    int32_t width;  /**< of a bar, at most 65536 */
    int32_t height; /**< of a bar */
};

/**
 * Draw rings: sub-buffer 0 begins at twelve o'clock, then clockwise. Pixels outside of the image are
 * left out; the edges are blended with the ground of RELAY_PAINT_GAP.
 * @return false: no memory, or a row that is not there.
 * Errors: as said, without relay_error().
 */
bool relay_draw_rings(const struct relay_ring_map *map, const struct relay_picture *picture,
                      const struct relay_place *places, size_t n_places,
                      const struct relay_image *image);

/**
 * Draw bars, sub-buffer 0 at the left. As relay_draw_rings.
 * @return false: no memory, a row that is not there, or a bar that is too wide.
 * Errors: as said, without relay_error().
 */
bool relay_draw_bars(const struct relay_picture *picture, const struct relay_place *places,
                     size_t n_places, const struct relay_image *image);

/**
 * Compare rows of two snapshots of the same channel.
 * @param differs  room for @p rows bytes, set to 1 where a row or one of its sub-buffers differs
 * @return how many differ. Errors: none.
 */
size_t relay_snapshot_diff(const struct relay_buf_info *bufs, const struct relay_buf_info *old_bufs,
                           const struct relay_subbuf_info *subbufs,
                           const struct relay_subbuf_info *old_subbufs, uint32_t rows,
                           uint32_t n_subbufs, uint8_t *differs);

#ifdef __cplusplus
}
#endif
#endif
