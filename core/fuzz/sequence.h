/* SPDX-License-Identifier: MIT */
/*
 * Sequences of calls made from bytes: what the fuzzer, the replayer of its finds and the randomised
 * test have in common.
 */
#ifndef RELAY_FUZZ_SEQUENCE_H
#define RELAY_FUZZ_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Carry out the calls that the bytes stand for, on up to two channels, their files, mappings and
 * directories, and check the invariants and the accounts after each. At the end all is closed and
 * nothing may be left. A broken invariant is printed and ends the program with abort().
 * Returns the number of calls.
 */
size_t relay_sequence(const uint8_t *data, size_t size);

/* Say each call, and the bytes that its arguments are made from, on stderr. */
extern bool relay_sequence_trace;

#endif
