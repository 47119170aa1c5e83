/* SPDX-License-Identifier: MIT */
/* A directory on disk with a channel in it, and files beside that a test makes itself. */
#ifndef RELAY_TEST_ONDISK_H
#define RELAY_TEST_ONDISK_H

#include <unistd.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_directory.h"

enum { SUBBUF = 64, SUBBUFS = 4, PAGE = 4096, WATCHDOG_S = 120 };

/* Where it is; the directory; channel "cpu", of one CPU. */
static char path[64];
static struct dentry *dir;
static struct rchan *chan;

static inline struct rchan *open_in(struct dentry *where, const char *base)
{
    return relay_open_on(base, where, SUBBUF, SUBBUFS, &kit_no_overwrite, NULL,
                         &(struct relay_options){.cpus = 1});
}

static inline void before(void)
{
    kit_before();
    alarm(WATCHDOG_S);
    strcpy(path, "/dev/shm/relay-heads-XXXXXX");
    NEED(mkdtemp(path));
    dir = relay_directory_at(path, NULL);
    chan = open_in(dir, "cpu");
    NEED(chan);
}

static inline void after(void)
{
    relay_close(chan);
    CHECK_EQ(relay_remove(dir), 0); /* which says that it is empty */
    relay_dentry_put(dir);
    alarm(0);
    kit_after();
}

static inline const char *in_dir(const char *name)
{
    static char whole[4][160];
    static unsigned turn;
    char *ret = whole[turn++ % 4];

    snprintf(ret, sizeof(whole[0]), "%s/%s", path, name);
    return ret;
}

static inline void put_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(in_dir(name), "wb");

    NEED(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

/* A control block with its slots. */
union control {
    struct relay_ctl head;
    unsigned char bytes[PAGE];
};

#endif
