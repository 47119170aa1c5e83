/* SPDX-License-Identifier: MIT */
/* A set of digests, each with a number: open addressing, grown by doubling. */
#ifndef RELAY_INSIDE_SET_H
#define RELAY_INSIDE_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct relay_set {
    struct relay_set_row {
        uint64_t key, value; /* key 0: free */
    } * rows;
    uint64_t size, count;
};

static inline struct relay_set_row *relay_set_place(struct relay_set_row *rows, uint64_t size,
                                                    uint64_t key)
{
    uint64_t at = key & (size - 1);

    while (rows[at].key && rows[at].key != key)
        at = (at + 1) & (size - 1);
    return &rows[at];
}

static inline bool relay_set_grow(struct relay_set *set)
{
    uint64_t size = set->size ? set->size * 2 : 1024;
    struct relay_set_row *rows = calloc(size, sizeof(*rows));

    if (!rows)
        return false;
    for (uint64_t i = 0; i < set->size; i++)
        if (set->rows[i].key)
            *relay_set_place(rows, size, set->rows[i].key) = set->rows[i];
    free(set->rows);
    set->rows = rows;
    set->size = size;
    return true;
}

/* The row of a key; a new one has the value UINT64_MAX. NULL: out of memory. */
static inline struct relay_set_row *relay_set_row(struct relay_set *set, uint64_t key)
{
    struct relay_set_row *row;

    key = key ? key : 1;
    if (set->count * 2 >= set->size && !relay_set_grow(set))
        return NULL;
    row = relay_set_place(set->rows, set->size, key);
    if (!row->key) {
        *row = (struct relay_set_row){.key = key, .value = UINT64_MAX};
        set->count++;
    }
    return row;
}

#endif
