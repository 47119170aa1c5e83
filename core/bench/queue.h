/* SPDX-License-Identifier: MIT */
/* boost's queue for one writer and one reader, to compare with; see queue.cpp. */
#ifndef RELAY_BENCH_QUEUE_H
#define RELAY_BENCH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { QUEUE_EVENT = 64 }; /* bytes of its events: their size is part of its type */

/* False: full. */
bool queue_write(const void *event);
/* Events taken, up to `most`. */
size_t queue_read(void *events, size_t most);

#ifdef __cplusplus
}
#endif
#endif
