/* SPDX-License-Identifier: MIT */
/*
 * A producer and a consumer as two programs. The producer keeps its channel in a folder; the consumer
 * opens the buffer's file there, sleeps in poll, and reads. Run without arguments it does both, the
 * consumer as a program of its own: two_programs DIR consume.
 *
 * Build: cc two_programs.c $(pkg-config --cflags --libs relay)
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <relay/relay_directory.h>

enum { EVENTS = 100000 };

static const struct rchan_callbacks callbacks = {
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};

/* Events that came, in order; the file is there once the producer has opened its channel. */
static int consume(const char *folder)
{
    struct dentry *dir = relay_directory_at(folder, NULL), *entry;
    unsigned next = 0, event[1024];
    struct relay_file *file;

    while (!(entry = relay_lookup(dir, "events0")))
        usleep(1000);
    if (relay_file_open(entry, O_RDONLY, &file) != 0)
        return 1;
    while (next < EVENTS) {
        int ready = relay_file_wait(file, -1, NULL);
        ssize_t count = relay_file_read(file, event, sizeof(event));

        for (ssize_t i = 0; i < count / (ssize_t)sizeof(event[0]); i++)
            if (event[i] != next++)
                return 1;
        if (ready & POLLERR && count == 0)
            break; /* the producer has closed its channel, or is dead */
    }
    printf("consumer %d: %u events\n", (int)getpid(), next);
    relay_file_close(file);
    relay_dentry_put(entry);
    relay_dentry_put(dir);
    return next == EVENTS ? 0 : 1;
}

static int produce(const char *folder)
{
    struct relay_directory_options create = {.create = true};
    struct dentry *dir = relay_directory_at(folder, &create);
    struct relay_options options = {.cpus = 1, .writers = RELAY_WRITERS_ONE};
    int status = 0;
    struct rchan *chan = relay_open_on("events", dir, 4096, 8, &callbacks, NULL, &options);

    if (!chan) {
        fprintf(stderr, "%s: %s\n", folder, relay_error_text(relay_error()));
        return 1;
    }
    for (unsigned event = 0; event < EVENTS; event++)
        while (relay_write_on(chan, 0, &event, sizeof(event)) != RELAY_STORED)
            usleep(100); /* full: nothing is lost that is written again */
    relay_flush(chan);
    printf("producer %d: %d events\n", (int)getpid(), EVENTS);
    if (wait(&status) > 0) /* closing takes the files away */
        printf("the consumer ended with %d\n", WEXITSTATUS(status));
    relay_close(chan);
    relay_dentry_put(dir);
    return status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    char folder[] = "/dev/shm/relay-example-XXXXXX";
    pid_t consumer;
    int status;

    if (argc == 3 && strcmp(argv[2], "consume") == 0)
        return consume(argv[1]);
    if (!mkdtemp(folder))
        return 1;
    fflush(stdout);
    consumer = fork();
    if (consumer == 0) {
        execl("/proc/self/exe", argv[0], folder, "consume", (char *)NULL);
        _exit(1);
    }
    status = produce(folder);
    rmdir(folder);
    return status;
}
