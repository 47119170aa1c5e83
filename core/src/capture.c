/* SPDX-License-Identifier: MIT */
/*
 * The index of a capture. A record is believed if it looks like one and something that looks like a
 * record, or the end, follows it: a damaged length leads somewhere else.
 */
#include "internal.h"
#include "relay/relay_capture.h"

enum { CPU_MAX = 65535, MARK_LEAST = 4 };

enum answer {
    NO,
    YES,
    UNKNOWN, /* it depends on bytes behind this stretch */
};

static bool field_is_valid(const struct relay_field *field, uint32_t header)
{
    switch (field->size) {
    case 0:
        return true;
    case 1:
    case 2:
    case 4:
    case 8:
        return field->offset <= header && field->size <= header - field->offset;
    default:
        return false;
    }
}

RELAY_EXPORT bool relay_layout_is_valid(const struct relay_layout *layout)
{
    return layout->header > 0 && layout->header <= layout->largest &&
           field_is_valid(&layout->mark, layout->header) &&
           field_is_valid(&layout->length, layout->header) &&
           field_is_valid(&layout->sequence, layout->header) &&
           field_is_valid(&layout->time, layout->header) &&
           field_is_valid(&layout->cpu, layout->header) &&
           field_is_valid(&layout->flags, layout->header) &&
           /* without a length all records are as long as the header */
           (layout->length.size > 0 || layout->length_bias == layout->header);
}

static inline uint64_t number(const struct relay_field *field, const uint8_t *record)
{
    const uint8_t *at = record + field->offset;
    uint64_t value = 0;

    if (field->is_big)
        for (unsigned i = 0; i < field->size; i++)
            value = value << 8 | at[i];
    else
        for (unsigned i = field->size; i-- > 0;)
            value = value << 8 | at[i];
    return value;
}

/* The bytes that a record at `at` would have, or 0 if none begins there; it may be cut by the end. */
static uint64_t length_at(const struct relay_layout *layout,
                          const struct relay_capture_stretch *stretch, uint64_t at)
{
    const uint8_t *record = stretch->data + at;
    uint64_t length;

    if (stretch->size - at < layout->header)
        return 0;
    if (layout->mark.size) {
        uint64_t mark = number(&layout->mark, record);

        if (mark < layout->mark_low || mark > layout->mark_high)
            return 0;
    }
    length = number(&layout->length, record);
    if (length > layout->largest)
        return 0;
    length += layout->length_bias;
    if (length < layout->header || length > layout->largest)
        return 0;
    if (!layout->lengths[0])
        return length;
    for (int i = 0; i < RELAY_LAYOUT_LENGTHS && layout->lengths[i]; i++)
        if (length == layout->lengths[i])
            return length;
    return 0;
}

/* Whether a record, a cut one or the end is at `at`. */
static enum answer fits(const struct relay_layout *layout,
                        const struct relay_capture_stretch *stretch, uint64_t at)
{
    uint64_t left = stretch->size - at;

    if (left >= layout->header)
        return length_at(layout, stretch, at) > 0 ? YES : NO;
    if (!stretch->is_last)
        return UNKNOWN;
    /* less than a header: it may be the beginning of one as far as its mark goes */
    if (!layout->mark.size || left < layout->mark.offset + layout->mark.size)
        return YES;
    uint64_t mark = number(&layout->mark, stretch->data + at);
    return mark >= layout->mark_low && mark <= layout->mark_high ? YES : NO;
}

/* Whether a record is at `at`, all of it, and what follows fits. */
static enum answer confirmed(const struct relay_layout *layout,
                             const struct relay_capture_stretch *stretch, uint64_t at)
{
    uint64_t left = stretch->size - at;
    uint64_t length = length_at(layout, stretch, at);

    if (left < layout->header)
        return stretch->is_last ? NO : UNKNOWN;
    if (!length)
        return NO;
    if (length > left)
        return stretch->is_last ? NO : UNKNOWN;
    return fits(layout, stretch, at + length);
}

/* The next place from `at` on where a record is confirmed, or may be; the end if there is none. */
static uint64_t search(const struct relay_layout *layout,
                       const struct relay_capture_stretch *stretch, uint64_t at)
{
    while (at < stretch->size && confirmed(layout, stretch, at) == NO)
        at++;
    return at;
}

/*
 * Whether a record seems to hold others. Its length is damaged then, and led by chance to where one
 * begins. A mark of few bytes may well stand in a record by chance itself.
 */
static uint64_t inner(const struct relay_layout *layout,
                      const struct relay_capture_stretch *stretch, uint64_t at, uint64_t length)
{
    uint64_t end = at + length;

    if (layout->mark.size < MARK_LEAST)
        return end;
    for (uint64_t place = at + 1; place + layout->header <= end; place++) {
        uint64_t held = length_at(layout, stretch, place);

        if (held && place + held <= end && confirmed(layout, stretch, place) == YES)
            return place;
    }
    return end;
}

static void fill(const struct relay_layout *layout, const struct relay_capture_stretch *stretch,
                 uint64_t at, uint64_t length, struct relay_record *row)
{
    const uint8_t *record = stretch->data + at;
    uint64_t cpu = number(&layout->cpu, record);
    bool numbered = layout->sequence.size && !(number(&layout->flags, record) & layout->unnumbered);

    *row = (struct relay_record){
        .at = stretch->at + at,
        .time = number(&layout->time, record),
        .sequence = number(&layout->sequence, record),
        .length = (uint32_t)length,
        .cpu = (uint16_t)(cpu > CPU_MAX ? CPU_MAX : cpu),
        .kind = numbered ? RELAY_RECORD_WHOLE : RELAY_RECORD_UNNUMBERED,
    };
}

/* Bytes that are no record as far as one row can tell of them; returns where it ends. */
static uint64_t fill_damage(const struct relay_capture_stretch *stretch, uint64_t at, uint64_t end,
                            enum relay_record_kind kind, struct relay_record *row)
{
    uint64_t length = end - at > UINT32_MAX ? UINT32_MAX : end - at;

    *row = (struct relay_record){
        .at = stretch->at + at, .length = (uint32_t)length, .kind = (uint8_t)kind};
    return at + length;
}

/* What is at `at`, where the next record does not confirm one; returns where the row ends. */
static uint64_t doubtful(const struct relay_layout *layout,
                         const struct relay_capture_stretch *stretch, uint64_t at,
                         struct relay_record *row)
{
    uint64_t left = stretch->size - at;
    uint64_t length = length_at(layout, stretch, at);
    uint64_t next = search(layout, stretch, at + 1);

    /* a whole record whose follower is damaged; or its length is, and leads past the next one */
    if (length && length <= left && next >= at + length) {
        fill(layout, stretch, at, length, row);
        return at + length;
    }
    if (next == stretch->size && stretch->is_last && (!length || length > left) &&
        fits(layout, stretch, at) == YES)
        return fill_damage(stretch, at, next, RELAY_RECORD_CUT, row);
    return fill_damage(stretch, at, next, RELAY_RECORD_DAMAGE, row);
}

RELAY_EXPORT size_t relay_capture_index(const struct relay_layout *layout,
                                        const struct relay_capture_stretch *stretch,
                                        struct relay_record *rows, size_t n_rows, uint64_t *used)
{
    size_t n = 0;
    uint64_t at = 0;

    while (at < stretch->size && n < n_rows) {
        enum answer is_record = confirmed(layout, stretch, at);

        if (is_record == UNKNOWN)
            break;
        if (is_record == YES) {
            uint64_t length = length_at(layout, stretch, at);
            uint64_t end = inner(layout, stretch, at, length);

            if (end == at + length)
                fill(layout, stretch, at, length, &rows[n++]);
            else
                fill_damage(stretch, at, end, RELAY_RECORD_DAMAGE, &rows[n++]);
            at = end;
        } else {
            at = doubtful(layout, stretch, at, &rows[n++]);
        }
    }
    *used = at;
    return n;
}
