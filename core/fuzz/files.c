/* SPDX-License-Identifier: MIT */
/* Calls of a sequence to files: descriptors, mappings, directories, names. */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "world.h"

void do_open_file(struct world *world)
{
    static const int flags[] = {O_RDONLY, O_RDWR, O_WRONLY, O_RDONLY | O_NONBLOCK};
    static const char *const names[] = {"a0", "a1", "a2", "b0", "b1", "late0", "late1", "x0", "x1"};
    unsigned i = take(world, FILES);
    struct dentry *entry =
        relay_lookup(take(world, 3) ? NULL : world->dirs[take(world, DIRS)], names[take(world, 9)]);

    if (!world->files[i] && entry)
        relay_file_open(entry, flags[take(world, 4)], &world->files[i]);
    relay_dentry_put(entry);
}

void do_close_file(struct world *world)
{
    unsigned i = take(world, FILES);

    relay_file_close(world->files[i]);
    world->files[i] = NULL;
}

void do_read(struct world *world)
{
    struct relay_file *file = world->files[take(world, FILES)];
    size_t count = take(world, 3) ? take(world, 256) : LONGEST;
    static unsigned char to[LONGEST];
    ssize_t got;

    if (!file)
        return;
    got = relay_file_read(file, to, count);
    MUST(got <= (ssize_t)count && (got >= 0 || got == -EBADF));
}

void do_look(struct world *world)
{
    struct relay_file *file = world->files[take(world, FILES)];
    struct pollfd ask = {.events = POLLIN};
    int mask;

    if (!file)
        return;
    mask = relay_file_poll(file);
    MUST(relay_file_wait(file, 0, NULL) == mask);
    ask.fd = relay_file_eventfd(file);
    MUST(ask.fd >= 0 || ask.fd == -EBADF);
    MUST(ask.fd < 0 || poll(&ask, 1, 0) == (mask != 0));
    MUST(relay_file_lseek(file, 0, SEEK_SET) == -ESPIPE);
    MUST(relay_file_write(file, world->bytes, 1) < 0);
}

void do_splice(struct world *world)
{
    struct relay_file *file = world->files[take(world, FILES)];
    size_t count = take(world, 3) ? take(world, 256) : LONGEST;
    static unsigned char from[65536];
    ssize_t got;

    if (!file)
        return;
    got = relay_file_splice(file, world->pipe[1], count);
    MUST(got <= (ssize_t)count);
    MUST(got <= 0 || read(world->pipe[0], from, sizeof(from)) == got);
}

void do_map(struct world *world)
{
    struct relay_file *file = world->files[take(world, FILES)];
    unsigned i = take(world, MAPPINGS);
    int kind = take(world, 2) ? MAP_SHARED : MAP_PRIVATE;
    int prot = PROT_READ | (take(world, 2) ? PROT_WRITE : 0);
    size_t size;

    if (!file || world->mappings[i])
        return;
    size = relay_file_buf(file)->chan->alloc_size + (take(world, 8) == 7);
    if (relay_file_mmap(file, size, prot, kind, 0, &world->mappings[i]) == 0)
        MUST(relay_mapping_size(world->mappings[i]) == size);
}

void do_unmap(struct world *world)
{
    unsigned i = take(world, MAPPINGS);

    relay_mapping_close(world->mappings[i]);
    world->mappings[i] = NULL;
}

void do_directory(struct world *world)
{
    unsigned i = take(world, DIRS);

    if (!world->dirs[i])
        world->dirs[i] = relay_create_dir(i ? "dir1" : "dir0", i ? world->dirs[0] : NULL);
    else if (relay_remove(world->dirs[i]) == 0)
        world->dirs[i] = NULL;
}

/* Hold a buffer, give it a second name; or take both back. */
void do_hold_buf(struct world *world)
{
    struct room *room = take_room(world);
    unsigned i = take(world, BUFS);

    if (world->bufs[i]) {
        relay_remove(world->names[i]);
        relay_buf_put(world->bufs[i]);
        world->bufs[i] = NULL;
        world->names[i] = NULL;
    } else if (room->chan && (world->bufs[i] = relay_cpu_buf(room->chan, take(world, CPUS)))) {
        relay_buf_get(world->bufs[i]);
        world->names[i] = relay_create_file(i ? "x1" : "x0", NULL, 0444, world->bufs[i]);
    }
}
