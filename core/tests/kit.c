/* SPDX-License-Identifier: MIT */
/* See kit.h. */
#include <dirent.h>
#include <stdarg.h>

#include "check.h"
#include "kit.h"

struct kit kit;

static void kit_log(const char *format, ...)
{
    size_t used = strlen(kit.log);
    va_list args;

    va_start(args, format);
    vsnprintf(kit.log + used, sizeof(kit.log) - used, format, args);
    va_end(args);
}

const char *kit_take_log(void)
{
    static char taken[sizeof(kit.log)];

    memcpy(taken, kit.log, sizeof(taken));
    kit.log[0] = 0;
    return taken;
}

/* ---------------------------------------------------------------- callbacks */

/* "start 1 of cpu0, prev 0 padding 16", indices of sub-buffers or "-". */
static int logged_start(struct rchan_buf *buf, void *subbuf, void *prev_subbuf, size_t padding)
{
    size_t size = buf->chan->subbuf_size;
    size_t index = (size_t)((unsigned char *)subbuf - buf->start) / size;
    char prev[24] = "-";

    if (prev_subbuf)
        snprintf(prev, sizeof(prev), "%zu",
                 (size_t)((unsigned char *)prev_subbuf - buf->start) / size);
    kit_log("start %zu of cpu%u, prev %s padding %zu\n", index, buf->ctl->cpu, prev, padding);
    if (kit.header)
        subbuf_start_reserve(buf, kit.header);
    if (kit.inside)
        kit.inside(buf);
    if (kit.answer == KIT_NO_OVERWRITE)
        return !relay_buf_full(buf);
    return kit.answer != KIT_REFUSE;
}

static struct dentry *logged_create(const char *filename, struct dentry *parent, uint16_t mode,
                                    struct rchan_buf *buf, int *is_global)
{
    kit_log("create %s in %s mode %o global %d\n", filename ? filename : "-",
            parent ? relay_dentry_name(parent) : "/", mode, *is_global);
    if (++kit.creates == kit.fail_at)
        return kit.failure;
    if (kit.global)
        *is_global = 1;
    if (!filename)
        return (struct dentry *)&kit; /* anything but a failure */
    return relay_create_file(filename, parent, mode, buf);
}

static int logged_remove(struct dentry *dentry)
{
    kit_log("remove %s\n", dentry ? relay_dentry_name(dentry) : "-");
    return relay_remove(dentry);
}

static void logged_mapped(struct rchan_buf *buf, struct relay_file *filp)
{
    kit_log("mapped cpu%u%s\n", buf->ctl->cpu, filp ? "" : " by nobody");
}

static void logged_unmapped(struct rchan_buf *buf, struct relay_file *filp)
{
    kit_log("unmapped cpu%u%s\n", buf->ctl->cpu, filp ? "" : " by nobody");
}

const struct rchan_callbacks kit_logged = {
    .subbuf_start = logged_start,
    .buf_mapped = logged_mapped,
    .buf_unmapped = logged_unmapped,
    .create_buf_file = logged_create,
    .remove_buf_file = logged_remove,
};
const struct rchan_callbacks kit_no_overwrite = {
    .subbuf_start = relay_no_overwrite,
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};
const struct rchan_callbacks kit_overwrite = {
    .subbuf_start = relay_overwrite,
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};

/* ---------------------------------------------------------------- channels */

void kit_before(void)
{
    kit = (struct kit){0};
    relay_set_cpu(0);
    relay_error_clear();
}

void kit_after(void)
{
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
}

struct rchan *kit_open_with(const struct rchan_callbacks *cb, size_t subbuf_size, size_t n_subbufs,
                            const struct relay_options *opt)
{
    struct rchan *chan = relay_open_on("cpu", NULL, subbuf_size, n_subbufs, cb, NULL, opt);

    if (!chan)
        fprintf(stderr, "relay_open_on: %s\n", relay_error_text(relay_error()));
    NEED(chan);
    return chan;
}

struct rchan *kit_open(const struct rchan_callbacks *cb, size_t subbuf_size, size_t n_subbufs,
                       unsigned cpus)
{
    struct relay_options opt = {.cpus = cpus};

    return kit_open_with(cb, subbuf_size, n_subbufs, &opt);
}

struct relay_file *kit_file_in(struct dentry *dir, const char *name, int flags)
{
    struct dentry *entry = relay_lookup(dir, name);
    struct relay_file *file = NULL;

    NEED(entry && relay_file_open(entry, flags, &file) == 0);
    relay_dentry_put(entry);
    return file;
}

struct relay_file *kit_file(unsigned cpu, int flags)
{
    char name[24];

    snprintf(name, sizeof(name), "cpu%u", cpu);
    return kit_file_in(NULL, name, flags);
}

bool kit_conserved(const struct relay_account *account)
{
    uint64_t events = account->unread.events;
    uint64_t bytes = account->unread.bytes;
    static const enum relay_fate refusals[] = {RELAY_REFUSED_FULL, RELAY_TOO_BIG, RELAY_BUSY,
                                               RELAY_WRITTEN_LATE};
    uint64_t refused = 0;

    for (int fate = 0; fate < RELAY_N_FATES; fate++) {
        events += account->fate[fate].events;
        bytes += account->fate[fate].bytes;
    }
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        refused += account->fate[refusals[i]].events;
    return events == account->attempted.events && bytes == account->attempted.bytes &&
           account->attempted.events == account->accepted.events + refused;
}

bool kit_valid(struct rchan *chan)
{
    struct rchan_buf *bufs[64];
    size_t count = relay_bufs(chan, bufs, 64);
    bool valid = relay_chan_is_valid(chan);

    for (size_t i = 0; i < count && i < 64; i++) {
        struct relay_account account;

        relay_buf_account(bufs[i], &account);
        valid = valid && relay_buf_is_valid(bufs[i]) && kit_conserved(&account);
        relay_buf_put(bufs[i]);
    }
    return valid;
}

void kit_close(struct rchan *chan)
{
    CHECK(kit_valid(chan));
    relay_close(chan);
}

/* ---------------------------------------------------------------- as text */

const char *kit_account(struct rchan_buf *buf)
{
    static const char *const names[RELAY_N_FATES] = {"refused", "too big",     "busy",
                                                     "late",    "overwritten", "reset",
                                                     "closed",  "consumed",    "released"};
    static char text[512];
    struct relay_account account;
    size_t used;

    relay_buf_account(buf, &account);
    CHECK(kit_conserved(&account));
    used = (size_t)snprintf(text, sizeof(text), "%lu/%lu:", (unsigned long)account.attempted.events,
                            (unsigned long)account.attempted.bytes);
    for (int fate = -1; fate < RELAY_N_FATES; fate++) {
        const struct relay_count *count = fate < 0 ? &account.unread : &account.fate[fate];

        if (count->events || count->bytes)
            used += (size_t)snprintf(text + used, sizeof(text) - used, " %lu/%lu %s,",
                                     (unsigned long)count->events, (unsigned long)count->bytes,
                                     fate < 0 ? "unread" : names[fate]);
    }
    text[used - 1] = 0; /* the last comma or the colon */
    return text;
}

const char *kit_state(struct rchan_buf *buf)
{
    static char text[4][512]; /* so that several states fit one expression */
    static int turn;
    char *out = text[turn++ % 4];
    struct relay_ctl *ctl = buf->ctl;
    size_t used = (size_t)snprintf(
        out, sizeof(text[0]), "p%lu c%lu off%lu b%lu [", (unsigned long)relay_load(&ctl->produced),
        (unsigned long)relay_load(&ctl->consumed), (unsigned long)relay_load(&ctl->offset),
        (unsigned long)relay_load(&ctl->bytes_consumed));

    for (uint32_t i = 0; i < ctl->n_subbufs && used + 16 < sizeof(text[0]); i++)
        used += (size_t)snprintf(out + used, sizeof(text[0]) - used, "%s%u", i ? " " : "",
                                 relay_load(&relay_ctl_slot(ctl, i)->padding));
    snprintf(out + used, sizeof(text[0]) - used, "]");
    return out;
}

enum relay_outcome kit_put(struct rchan *chan, unsigned cpu, char byte, size_t count)
{
    char event[8192];

    NEED(count <= sizeof(event));
    memset(event, byte, count);
    return relay_write_on(chan, cpu, event, count);
}

const char *kit_text(const void *bytes, size_t count)
{
    static char text[8192];
    const unsigned char *byte = bytes;
    size_t used = 0;

    for (size_t run, i = 0; i < count && used + 40 < sizeof(text); i += run) {
        char shown = byte[i] > 31 && byte[i] < 127 ? (char)byte[i] : '.';

        for (run = 1; i + run < count && byte[i + run] == byte[i];)
            run++;
        if (run > 8) {
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%c*%zu", shown, run);
        } else {
            memset(text + used, shown, run);
            used += run;
        }
    }
    text[used] = 0;
    return text;
}

const char *kit_read(struct relay_file *file, size_t count)
{
    static char bytes[65536];
    static char error[24];
    ssize_t got;

    NEED(count <= sizeof(bytes));
    got = relay_file_read(file, bytes, count);
    if (got >= 0)
        return kit_text(bytes, (size_t)got);
    snprintf(error, sizeof(error), "%zd", got);
    return error;
}

size_t kit_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    NEED(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

unsigned long kit_soak(void)
{
    const char *value = getenv("RELAY_SOAK");
    unsigned long factor = value ? strtoul(value, NULL, 10) : 1;

    return factor ? factor : 1;
}
