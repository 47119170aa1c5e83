/* SPDX-License-Identifier: MIT */
/* Snapshots: what each field says, rows that fit and rows that do not. */
#include "check.h"
#include "kit.h"

static void one_row_for_each_buffer(void)
{
    struct relay_options opt = {.cpus = 4, .online = (const unsigned char[]){0, 1, 0, 1}};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);
    struct relay_buf_info infos[4];
    struct relay_subbuf_info rows[8];
    struct rchan_buf *bufs[4];

    kit_put(chan, 3, 'a', 10);
    CHECK_EQ(relay_buf_count(chan), 2);
    CHECK_EQ(relay_snapshot(chan, infos, rows, 4), 2);
    CHECK_EQ(infos[0].cpu, 1);
    CHECK_EQ(infos[1].cpu, 3);
    CHECK_EQ(infos[1].offset, 10);
    CHECK_EQ(rows[2].used, 10);
    infos[1].offset = 77;
    CHECK_EQ(relay_snapshot(chan, infos, NULL, 1), 1);
    CHECK_EQ(infos[1].offset, 77);
    CHECK_EQ(relay_snapshot(chan, infos, rows, 0), 0);
    CHECK_EQ(relay_bufs(chan, bufs, 1), 2);
    CHECK(bufs[0] == relay_cpu_buf(chan, 1));
    relay_buf_put(bufs[0]);
    kit_close(chan);
}

static void fields_of_a_buffer(void)
{
    struct relay_options opt = {.cpus = 2};
    struct rchan *chan = relay_open_on(NULL, NULL, 16, 2, &kit_no_overwrite, NULL, &opt);
    struct relay_buf_info info;
    struct rchan_buf *buf;

    NEED(chan);
    buf = relay_cpu_buf(chan, 1);
    relay_buf_snapshot(buf, &info, NULL);
    CHECK(info.online && !info.finalized && !info.has_file && !info.mapped);
    CHECK_EQ(relay_late_setup_files(chan, "cpu", NULL), 0);
    kit_put(chan, 1, 'a', 10);
    kit_put(chan, 1, 'b', 16);
    kit_put(chan, 1, 'c', 17);
    kit_put(chan, 1, 'd', 1);
    CHECK_EQ(relay_cpu_online(chan, 1, false), 0);
    relay_buf_snapshot(buf, &info, NULL);
    CHECK(!info.online && info.has_file);
    CHECK_EQ(info.produced, 2);
    CHECK_EQ(info.consumed, 0);
    CHECK_EQ(info.offset, 17);
    CHECK_EQ(info.current, 1);
    CHECK_EQ(info.prev_padding, 0);
    CHECK_EQ(info.file_size, 26);
    CHECK_EQ(info.stat_full, 1);
    CHECK_EQ(info.stat_big, 1);
    CHECK_EQ(info.waiters, 0);
    CHECK_EQ(info.account.attempted.events, 4);
    CHECK_EQ(info.account.accepted.bytes, 26);
    CHECK(kit_conserved(&info.account));
    relay_buf_get(buf);
    kit_close(chan);
    relay_buf_snapshot(buf, &info, NULL);
    CHECK(info.finalized);
    relay_buf_put(buf);
}

/* "lap state used/padding events", one for each sub-buffer. */
static const char *subbufs(struct rchan_buf *buf)
{
    static const char *const states[] = {"free", "current", "unread", "done"};
    static char text[256];
    struct relay_subbuf_info rows[4];
    struct relay_buf_info info;
    size_t used = 0;

    NEED(buf->ctl->n_subbufs <= 4);
    relay_buf_snapshot(buf, &info, rows);
    for (uint32_t i = 0; i < buf->ctl->n_subbufs; i++)
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s%ld %s %u+%u e%lu r%u",
                             i ? ", " : "", (long)rows[i].lap, states[rows[i].state], rows[i].used,
                             rows[i].padding, (unsigned long)rows[i].events, rows[i].read);
    return text;
}

static void states_of_subbufs(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);

    CHECK_STR(subbufs(buf), "0 current 0+0 e0 r0, -1 free 0+0 e0 r0, -1 free 0+0 e0 r0, "
                            "-1 free 0+0 e0 r0");
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 7);
    kit_put(chan, 0, 'b', 16);
    kit_read(file, 18);
    CHECK_STR(subbufs(buf), "0 done 14+2 e2 r14, 1 unread 7+9 e1 r4, 2 current 16+0 e1 r0, "
                            "-1 free 0+0 e0 r0");
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'c', 15);
    CHECK_STR(subbufs(buf), "4 unread 15+1 e1 r0, 5 current 15+0 e1 r0, 2 unread 16+0 e1 r0, "
                            "3 unread 15+1 e1 r0");
    relay_reset(chan);
    CHECK_EQ(strncmp(subbufs(buf), "0 current 0+0 e0 r0, -1 free", 28), 0);
    relay_file_close(file);
    kit_close(chan);
}

static void headers_and_reservations(void)
{
    struct relay_options opt = {.cpus = 1, .header_size = 4};
    struct rchan *chan = kit_open_with(&kit_overwrite, 16, 2, &opt);
    struct relay_subbuf_info rows[2];
    struct relay_buf_info info;

    relay_reserve(chan, 5);
    kit_put(chan, 0, 'a', 12);
    relay_buf_snapshot(relay_cpu_buf(chan, 0), &info, rows);
    CHECK_EQ(rows[0].header, 4);
    CHECK_EQ(rows[0].reserved, 5);
    CHECK_EQ(rows[0].used, 9);
    CHECK_EQ(rows[1].header, 4);
    CHECK_EQ(rows[1].reserved, 0);
    CHECK_EQ(rows[1].used, 16);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(one_row_for_each_buffer),
    TEST(fields_of_a_buffer),
    TEST(states_of_subbufs),
    TEST(headers_and_reservations),
};
CHECK_MAIN(tests, kit_before, kit_after)
