/* SPDX-License-Identifier: MIT */
/*
 * The format of a saved channel, for save.c and saved.c:
 *   head, a byte of RELAY_SAVED_* for each CPU in whole words,
 *   and for each distinct buffer by CPU number:
 *     relay_saved_buf, its first `slots` slots (those behind them are free),
 *     runs: relay_saved_run and that many words of the buffer's bytes; the last run has none.
 * All are whole words of 8 bytes. Readers copy out before they look: a block may lie anywhere.
 */
#ifndef RELAY_SAVED_H
#define RELAY_SAVED_H

#include "internal.h"
#include "relay/relay_save.h"

#define RELAY_SAVED_MAGIC 0x53594c52u /* "RLYS", little endian */
#define RELAY_WORD sizeof(uint64_t)

enum { RELAY_SAVED_ONLINE = 1, RELAY_SAVED_BUFFER = 2 };

struct relay_saved_head {
    uint32_t magic;
    uint32_t version;
    uint64_t size; /* bytes of the whole block */
    uint64_t sum;  /* of everything behind this field */
    uint64_t subbuf_size;
    uint64_t n_subbufs;
    uint64_t header_size;
    uint64_t last_toobig;
    uint64_t memory_limit;
    uint32_t cpus;
    uint32_t bufs;
    uint8_t is_global;
    uint8_t is_named;
    uint8_t is_closed;
    uint8_t one_writer;
    uint32_t pad;
    char base_filename[RELAY_NAME_MAX + RELAY_WORD]; /* ends with a 0 byte */
};

struct relay_saved_buf {
    uint32_t cpu;
    uint32_t current;
    uint32_t finalized;
    uint32_t has_file;
    uint64_t offset;
    uint64_t events;
    uint64_t produced;
    uint64_t prev_padding;
    uint64_t file_size;
    uint64_t events_begin;
    uint64_t bytes_done;
    uint64_t stat_full;
    uint64_t consumed;
    uint64_t bytes_consumed;
    uint64_t stat_big;
    struct relay_count account[RELAY_N_FATES];
    uint64_t slots;
};

/* Of the buffer's bytes: so many words of zeros, then so many that follow here. */
struct relay_saved_run {
    uint32_t zeros;
    uint32_t words;
};

/* The sum of whole words: every change of one of them shows. */
uint64_t relay_saved_sum(const unsigned char *bytes, size_t size);

#endif
