/* SPDX-License-Identifier: MIT */
/*
 * The format of a saved channel, for save.c, block.c, saved.c and restore.c:
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

/* ---- block.c: what a block says, checked ---- */

/* A block, and what is left of it. */
struct relay_block {
    const unsigned char *at;
    size_t left;
    struct relay_saved_head head;
    const unsigned char *flags; /* RELAY_SAVED_* of each CPU */
};

/* The head of a whole and undamaged block; its sizes are not checked. */
bool relay_block_begin(struct relay_block *block, const void *bytes, size_t size);
/* Behind the head: which CPUs are on line and have a buffer. */
bool relay_block_cpus(struct relay_block *block);
/* Whether `cpu` uses the buffer of CPU `of`: a global one serves all that have ever been on line. */
bool relay_block_serves(const struct relay_block *block, unsigned cpu, unsigned of);
/* Then for each buffer these three. Its CPU is one of the channel's and has a buffer. */
bool relay_block_buf(struct relay_block *block, struct relay_saved_buf *ret);
/* Counters and slots, into a valid control block: it is as it was saved but for `limit`, if it is
 * valid then. */
bool relay_block_control(struct relay_block *block, const struct relay_saved_buf *saved,
                         struct relay_ctl *ctl);
/* Bytes. `data` NULL: they are only looked at; `is_blank`: it is zeros. */
bool relay_block_data(struct relay_block *block, unsigned char *data, size_t size, bool is_blank);

#endif
