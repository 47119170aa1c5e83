/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Captures: what a consumer of relay wrote to disk, records one behind the other, found again.
 *
 * A capture has neither padding nor borders of sub-buffers. Where one record ends and the next begins
 * is said by the records themselves; a layout says where in a record that stands. What is no record
 * is told as damage, and the search goes on behind it at the next place that looks like two records
 * in a row. A record that others seem to lie in is damage, too: its length led too far.
 *
 * THREADS. Nothing is kept between two calls; any thread may call, also for the same capture.
 */
#ifndef RELAY_CAPTURE_H
#define RELAY_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A number within a record. */
struct relay_field {
    uint32_t offset; /**< bytes from the start of the record; the field lies within the header */
    uint8_t size;    /**< 1, 2, 4 or 8 bytes; 0: records have no such field */
    uint8_t is_big;  /**< the most significant byte comes first */
    uint16_t unused;
};

enum { RELAY_LAYOUT_LENGTHS = 8 };

/** How records of one kind look. */
struct relay_layout {
    struct relay_field mark; /**< what tells a record from other bytes */
    uint64_t mark_low;       /**< the smallest value it has */
    uint64_t mark_high;      /**< the largest */
    struct relay_field length;
    uint64_t length_bias;                   /**< bytes of a record that its length leaves out */
    uint32_t header;                        /**< bytes that every record has at least */
    uint32_t largest;                       /**< bytes that no record is longer than */
    uint32_t lengths[RELAY_LAYOUT_LENGTHS]; /**< the only ones possible; 0s behind; none: any */
    struct relay_field sequence;
    struct relay_field time;
    struct relay_field cpu;
    struct relay_field flags;
    uint64_t unnumbered; /**< bits of the flags of records whose sequence means nothing */
};

/** What a row of an index is. */
enum relay_record_kind {
    RELAY_RECORD_WHOLE,      /**< a record; its neighbours fit to it */
    RELAY_RECORD_UNNUMBERED, /**< a record without a valid sequence */
    RELAY_RECORD_DAMAGE,     /**< bytes that are no record */
    RELAY_RECORD_CUT, /**< the beginning of a record, of which the capture ends before the end */
    RELAY_RECORD_N_KINDS
};

/** A row of an index: 32 bytes. */
struct relay_record {
    uint64_t at;       /**< bytes from the start of the capture */
    uint64_t time;     /**< as the record says; 0 without such a field */
    uint64_t sequence; /**< as the record says; 0 without such a field */
    uint32_t length;   /**< bytes; a longer stretch of damage is several rows */
    uint16_t cpu;      /**< as the record says, 65535 for a larger number; 0 without such a field */
    uint8_t kind;      /**< enum relay_record_kind */
    uint8_t unused;
};

/**
 * Tell whether a layout can be searched for.
 *
 * Errors: none.
 *
 * @param layout  how records look
 * @return true if it can; false if a field is not of 1, 2, 4 or 8 bytes or not within the header, if
 *         the header is empty or larger than the largest record, or if nothing tells how long a
 *         record is
 */
bool relay_layout_is_valid(const struct relay_layout *layout);

/** A part of a capture, as much as is in memory at a time. */
struct relay_capture_stretch {
    const uint8_t *data;
    uint64_t size; /**< bytes of it */
    uint64_t at;   /**< where it begins, in bytes from the start of the capture */
    bool is_last;  /**< the capture ends where it ends */
};

/**
 * Find the records of a stretch of a capture.
 *
 * Rows follow one another without a hole: the first begins where the stretch does, each ends where
 * the next begins. Of a stretch that is not the last one the end is left for the next call, which
 * begins at `used`; one that holds two of the largest records and a header more always yields a row.
 *
 * Errors: none; what is no record is a row.
 *
 * @param layout   how records look; a valid one
 * @param stretch  where to look
 * @param rows     room for what is found
 * @param n_rows   how many rows there is room for
 * @param used     set to how many bytes of the stretch the rows tell of
 * @return how many rows were found
 */
size_t relay_capture_index(const struct relay_layout *layout,
                           const struct relay_capture_stretch *stretch, struct relay_record *rows,
                           size_t n_rows, uint64_t *used);

#ifdef __cplusplus
}
#endif

#endif
