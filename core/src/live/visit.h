/* SPDX-License-Identifier: MIT */
/* A visit of a pool's reader to its buffer. */
#ifndef RELAY_LIVE_VISIT_H
#define RELAY_LIVE_VISIT_H

#include "pool.h"

/* One buffer and who reads it. */
struct visit {
    struct relay_live *live;
    struct live_cpu *home;
    struct live_reader *reader;
    struct rchan_buf *buf;
    unsigned char *scratch;
    bool breaks; /* test them, and look whether to stop */
};

/* Have the descriptors that the setting needs, and no others. False: the buffer has no file. */
bool live_open_reader(struct live_reader *reader, struct rchan_buf *buf);

/* One read call, verified; the bytes that came. */
size_t live_read_once(const struct visit *visit, size_t count);
/* One call of `batch` bytes; or calls until nothing is left, a buffer full at most. */
size_t live_visit_by_read(const struct visit *visit);
/* What was ready when the visit began, or a batch, and its report. False: there was nothing. */
bool live_visit_by_mapping(const struct visit *visit);
/* Nothing more will come: what is carried has no rest. */
void live_end_stream(const struct visit *visit);

#endif
