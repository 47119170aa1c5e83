/* SPDX-License-Identifier: MIT */
/* A callback that flushes while another thread flushes too: one of them must be told to go away. */
#include <pthread.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"

#define ROUNDS 20000

static int flushing_start(struct rchan_buf *buf, void *subbuf, void *prev, size_t prev_padding)
{
    (void)subbuf, (void)prev_padding;
    if (prev)
        relay_flush(buf->chan);
    return 1;
}

static const struct rchan_callbacks flushing = {
    .subbuf_start = flushing_start,
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};

static void *flush_often(void *chan)
{
    for (int i = 0; i < ROUNDS; i++)
        relay_flush(chan);
    return NULL;
}

static void flush_from_both_sides(void)
{
    struct rchan *chan = kit_open(&flushing, 64, 4, 2);
    pthread_t other;

    alarm(120); /* a deadlock ends it */
    CHECK_EQ(pthread_create(&other, NULL, flush_often, chan), 0);
    for (int i = 0; i < ROUNDS; i++)
        CHECK_EQ(kit_put(chan, 0, 'a', 40), RELAY_STORED);
    pthread_join(other, NULL);
    alarm(0);
    CHECK(relay_chan_is_valid(chan));
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(flush_from_both_sides),
};
CHECK_MAIN(tests, kit_before, kit_after)
