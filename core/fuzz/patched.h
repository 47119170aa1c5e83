/* SPDX-License-Identifier: MIT */
/* Saved channels that were changed: what the fuzzer and the randomised test have in common. */
#ifndef RELAY_FUZZ_PATCHED_H
#define RELAY_FUZZ_PATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Save a small channel that the first bytes choose, change the block as the others say, put its
 * checksum right and open a channel from it. It is refused, or all invariants hold, also while it
 * is written, read, flushed and closed. What does not hold is printed and ends the program with
 * abort(). Returns whether it was opened.
 */
bool relay_patched(const uint8_t *data, size_t size);

#endif
