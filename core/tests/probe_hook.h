/* SPDX-License-Identifier: MIT */
/* Turns every RELAY_PROBE of the library and of this program into a call. */
#ifndef RELAY_TESTS_PROBE_HOOK_H
#define RELAY_TESTS_PROBE_HOOK_H

#ifdef __cplusplus
extern "C" {
#endif
void relay_probe_hit(int id);
#ifdef __cplusplus
}
#endif
#define RELAY_PROBE(id) relay_probe_hit(RELAY_PROBE_##id)

#endif
