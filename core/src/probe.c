/* SPDX-License-Identifier: MIT */
/* The table of pause points, from probes.def. */
#include "internal.h"

static const struct {
    const char *name;
    const char *sentence;
} probes[RELAY_N_PROBES] = {
#define X(id, sentence) {#id, sentence},
#include "relay/probes.def"
#undef X
};

RELAY_EXPORT const char *relay_probe_name(enum relay_probe_id id)
{
    return (unsigned)id < RELAY_N_PROBES ? probes[id].name : NULL;
}

RELAY_EXPORT const char *relay_probe_sentence(enum relay_probe_id id)
{
    return (unsigned)id < RELAY_N_PROBES ? probes[id].sentence : NULL;
}
