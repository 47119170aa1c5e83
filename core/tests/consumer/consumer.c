/* SPDX-License-Identifier: MIT */
/* The smallest user of the library: what it writes comes back. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <relay/relay.h>
#include <relay/relay_file.h>

int main(void)
{
    static const struct rchan_callbacks callbacks = {
        .create_buf_file = relay_default_create_buf_file,
        .remove_buf_file = relay_default_remove_buf_file,
    };
    struct relay_options options = {.cpus = 1};
    struct rchan *chan = relay_open_on("cpu", NULL, 64, 4, &callbacks, NULL, &options);
    struct dentry *entry = relay_lookup(NULL, "cpu0");
    struct relay_file *file = NULL;
    char bytes[8] = "";

    if (!chan || relay_file_open(entry, O_RDONLY, &file) != 0)
        return 1;
    relay_write(chan, "event", 5);
    relay_file_read(file, bytes, sizeof(bytes));
    relay_file_close(file);
    relay_dentry_put(entry);
    relay_close(chan);
    puts(bytes);
    return strcmp(bytes, "event") != 0;
}
