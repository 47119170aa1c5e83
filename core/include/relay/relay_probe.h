/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Pause points: the places in the core where another actor could see or change something.
 *
 * RELAY_PROBE(id) is empty, so the object code is the same with and without it. A build that
 * defines RELAY_PROBE before this header (to stop, count or record) gets a call at each place;
 * define RELAY_PROBE_HEADER as the name of a header that does so. probes.def is the one list of
 * identifiers and sentences.
 *
 * THREADS. Any thread.
 */
#ifndef RELAY_PROBE_H
#define RELAY_PROBE_H

#ifdef RELAY_PROBE_HEADER
#include RELAY_PROBE_HEADER
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum relay_probe_id {
#define X(id, sentence) RELAY_PROBE_##id,
#include "relay/probes.def"
#undef X
    RELAY_N_PROBES
};

#ifndef RELAY_PROBE
#define RELAY_PROBE(id) ((void)0)
#endif

/** @return a probe's identifier as text ("WRITE_COPIED"), or NULL: none. Errors: none. */
const char *relay_probe_name(enum relay_probe_id id);

/** @return what is true at that place, in one sentence, or NULL: none. Errors: none. */
const char *relay_probe_sentence(enum relay_probe_id id);

#ifdef __cplusplus
}
#endif
#endif
