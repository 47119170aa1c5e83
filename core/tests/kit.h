/* SPDX-License-Identifier: MIT */
/*
 * What the test programs share: channels with callbacks that keep a log, states and bytes as text,
 * so that a test reads like a table of "do this, then it looks like that".
 */
#ifndef RELAY_TESTS_KIT_H
#define RELAY_TESTS_KIT_H

#include <fcntl.h>
#include <poll.h>

#include "relay/relay.h"
#include "relay/relay_file.h"
#include "relay/relay_info.h"

/* How the logged callbacks behave; all zero before each test. */
struct kit {
    char log[8192];   /* a line for each callback */
    int answer;       /* subbuf_start: KIT_NO_OVERWRITE or what to return */
    size_t header;    /* bytes that subbuf_start reserves */
    unsigned fail_at; /* create_buf_file call that fails, counted from 1; 0: none */
    void *failure;    /* what the failing call returns */
    unsigned creates; /* create_buf_file calls so far */
    bool global;      /* create_buf_file asks for one buffer for all CPUs */
    void (*inside)(struct rchan_buf *buf); /* called at the end of subbuf_start, if set */
};
extern struct kit kit;

enum { KIT_NO_OVERWRITE = 0, KIT_ACCEPT = 1, KIT_REFUSE = -1 };

/* Callbacks that write to kit.log and do as kit says. */
extern const struct rchan_callbacks kit_logged;
/* Ready-made callbacks only. */
extern const struct rchan_callbacks kit_no_overwrite;
extern const struct rchan_callbacks kit_overwrite;

/* Before and after each test. After: the host filesystem must be empty again. */
void kit_before(void);
void kit_after(void);

/* A channel "cpu" in the root with `cpus` CPUs, all on line; never NULL. */
struct rchan *kit_open(const struct rchan_callbacks *cb, size_t subbuf_size, size_t n_subbufs,
                       unsigned cpus);
struct rchan *kit_open_with(const struct rchan_callbacks *cb, size_t subbuf_size, size_t n_subbufs,
                            const struct relay_options *opt);
/* The file "cpuN" in the root, or one of a directory, opened. */
struct relay_file *kit_file(unsigned cpu, int flags);
struct relay_file *kit_file_in(struct dentry *dir, const char *name, int flags);
/* Check that channel and account are in order, then close. */
void kit_close(struct rchan *chan);
/* Whether channel, buffers and accounts are in order. */
bool kit_valid(struct rchan *chan);
/* Whether attempted = unread + consumed + every loss, in events and in bytes. */
bool kit_conserved(const struct relay_account *account);
/* attempted, and what else is not 0: "3/48: 1/16 unread, 2/32 refused" (events/bytes). */
const char *kit_account(struct rchan_buf *buf);

/* "p1 c0 off16 b0 [48 0 0 0]": produced, consumed, offset, bytes_consumed, padding. */
const char *kit_state(struct rchan_buf *buf);
/* Write `count` times the character; the outcome. */
enum relay_outcome kit_put(struct rchan *chan, unsigned cpu, char byte, size_t count);
/* What read(count) returns: up to 8 equal bytes as they are, longer runs as "a*64"; "-N" for errno
 * N; bytes that are no printable ASCII as '.'. */
const char *kit_read(struct relay_file *file, size_t count);
const char *kit_text(const void *bytes, size_t count);
/* The log so far; empties it. */
const char *kit_take_log(void);
/* Descriptors of this process, and one more for looking. */
size_t kit_descriptors(void);
/* The value of RELAY_SOAK (at least 1), by which long tests multiply their length. */
unsigned long kit_soak(void);

#endif
