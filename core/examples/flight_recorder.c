/* SPDX-License-Identifier: MIT */
/*
 * A flight recorder: the newest events stay, the oldest are overwritten, and nobody reads until
 * something has happened.
 *
 * Build: cc flight_recorder.c $(pkg-config --cflags --libs relay)
 */
#include <fcntl.h>
#include <stdio.h>

#include <relay/relay_file.h>
#include <relay/relay_info.h>

static const struct rchan_callbacks callbacks = {
    .subbuf_start = relay_overwrite,
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};

static int print_all(const char *name)
{
    struct dentry *entry = relay_lookup(NULL, name);
    struct relay_file *file;
    char bytes[256];
    ssize_t got;

    if (!entry || relay_file_open(entry, O_RDONLY, &file) != 0)
        return 1;
    while ((got = relay_file_read(file, bytes, sizeof(bytes))) > 0)
        fwrite(bytes, 1, (size_t)got, stdout);
    relay_file_close(file);
    relay_dentry_put(entry);
    return 0;
}

int main(void)
{
    struct relay_options opt = {.cpus = 1};
    struct rchan *chan = relay_open_on("flight", NULL, 64, 4, &callbacks, NULL, &opt);
    struct relay_account account;
    int failed;

    if (!chan) {
        fprintf(stderr, "relay_open: %s\n", relay_error_text(relay_error()));
        return 1;
    }
    for (int second = 0; second < 100; second++) {
        char line[32];
        int length = snprintf(line, sizeof(line), "%2d s: all is well\n", second);

        relay_write(chan, line, (size_t)length);
    }
    relay_write(chan, "100 s: stopped\n", 15);
    relay_buf_account(relay_cpu_buf(chan, 0), &account);
    printf("%lu events written, %lu overwritten. The last ones:\n",
           (unsigned long)account.attempted.events,
           (unsigned long)account.fate[RELAY_OVERWRITTEN].events);
    failed = print_all("flight0");
    relay_close(chan);
    return failed;
}
