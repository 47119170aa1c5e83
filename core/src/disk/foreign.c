/* SPDX-License-Identifier: MIT */
/* A buffer that another process made, opened here: its two files mapped, and what a file needs besides. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

static struct dentry *create_nothing(const char *filename, struct dentry *parent, uint16_t mode,
                                     struct rchan_buf *buf, int *is_global)
{
    (void)filename, (void)parent, (void)mode, (void)buf, (void)is_global;
    return NULL;
}

static int remove_nothing(struct dentry *dentry)
{
    (void)dentry;
    return 0;
}

/* Its client is in another process. */
static const struct rchan_callbacks no_client = {
    .create_buf_file = create_nothing,
    .remove_buf_file = remove_nothing,
};

static bool sizes_fit(const struct relay_ctl *ctl, uint64_t size, uint64_t data_size)
{
    uint64_t whole, needed = sizeof(*ctl) + ctl->n_subbufs * sizeof(struct relay_slot);

    if (ctl->subbuf_size == 0 || ctl->n_subbufs == 0 || ctl->n_subbufs > RELAY_MAX_SUBBUFS ||
        ctl->subbuf_size > UINT32_MAX / ctl->n_subbufs)
        return false;
    whole = ctl->subbuf_size * ctl->n_subbufs;
    whole = (whole + RELAY_PAGE_SIZE - 1) / RELAY_PAGE_SIZE * RELAY_PAGE_SIZE;
    return ctl->alloc_size == whole && data_size == whole && ctl->size == size &&
           ctl->slots_at == sizeof(*ctl) && size >= needed &&
           size - needed < (uint64_t)sysconf(_SC_PAGESIZE) && ctl->maker.cpus > 0 &&
           ctl->maker.cpus <= RELAY_MAX_CPUS && ctl->cpu < ctl->maker.cpus;
}

static enum relay_error_code check(const struct relay_ctl *ctl, uint64_t size, uint64_t data_size)
{
    if (size < sizeof(*ctl) || relay_load_acquire(&ctl->magic) != RELAY_CTL_MAGIC)
        return RELAY_ERR_DAMAGED;
    if (ctl->version != RELAY_CTL_VERSION)
        return RELAY_ERR_FOREIGN;
    return sizes_fit(ctl, size, data_size) ? RELAY_ERR_OK : RELAY_ERR_DAMAGED;
}

/* Opening comes to an end with the first sub-buffer: before, there is nothing to be read. */
static bool has_begun(int control, const struct relay_ctl *head)
{
    uint64_t lap = RELAY_NO_LAP;

    return head->switches ||
           (pread(control, &lap, sizeof(lap),
                  (off_t)(head->slots_at + offsetof(struct relay_slot, lap))) == sizeof(lap) &&
            lap != RELAY_NO_LAP);
}

/* What the control block says when it is opened, which is what is believed of it. */
enum relay_error_code relay_read_head(int data, int control, struct relay_ctl *ret)
{
    struct stat of_data, of_control;
    enum relay_error_code error;

    if (fstat(data, &of_data) != 0 || fstat(control, &of_control) != 0)
        return RELAY_ERR_SYSTEM;
    if (!S_ISREG(of_data.st_mode) || !S_ISREG(of_control.st_mode) ||
        pread(control, ret, sizeof(*ret), 0) != sizeof(*ret))
        return RELAY_ERR_DAMAGED;
    error = check(ret, (uint64_t)of_control.st_size, (uint64_t)of_data.st_size);
    return error == RELAY_ERR_OK && !has_begun(control, ret) ? RELAY_ERR_DAMAGED : error;
}

struct relay_channel *relay_foreign_channel(const struct relay_ctl *head)
{
    struct relay_channel *own =
        calloc(1, sizeof(*own) + head->maker.cpus * sizeof(struct relay_way));

    if (!own)
        return NULL;
    own->bufs = calloc(head->maker.cpus, sizeof(struct rchan_buf *));
    own->online = calloc(head->maker.cpus, 1);
    if (!own->bufs || !own->online) {
        free(own->bufs);
        free(own->online);
        free(own);
        return NULL;
    }
    relay_region_of_files(&own->region, head->alloc_size, head->size);
    own->users = own->refs = 1; /* the buffer's */
    own->online[head->cpu] = 1;
    own->serial = head->maker.channel;
    own->pub = (struct rchan){.version = RELAYFS_CHANNEL_VERSION,
                              .subbuf_size = head->subbuf_size,
                              .n_subbufs = head->n_subbufs,
                              .alloc_size = head->alloc_size,
                              .cb = &no_client,
                              .is_global = head->maker.is_global != 0,
                              .has_base_filename = 1,
                              .own = own,
                              .cpus = head->maker.cpus};
    return own;
}

/* The files become the buffer's memory, which may be cut. */
static bool adopt(struct relay_region *region, struct relay_buffer *own, int data, int control,
                  const struct relay_ctl *head)
{
    if (!relay_region_adopt(region, &own->stretch, data, control))
        return false;
    if (relay_origin_guard(own->origin, region, &own->stretch, head))
        return true;
    relay_region_drop(region, &own->stretch);
    return false;
}

/* The buffer, with the one reference that its entry has. */
static struct rchan_buf *new_buf(const struct relay_ctl *head, int data, int control,
                                 struct relay_origin *origin)
{
    struct relay_channel *channel = relay_foreign_channel(head);
    struct relay_buffer *own = calloc(1, sizeof(*own));

    if (own)
        own->origin = origin;
    if (!channel || !own || !adopt(&channel->region, own, data, control, head)) {
        free(own);
        if (channel)
            relay_chan_unref(&channel->pub);
        return NULL;
    }
    own->refs = own->readers = 1;
    own->eventfd = -1;
    own->sharing = &relay_sharing_foreign;
    pthread_mutex_init(&own->reading, NULL);
    own->pub = (struct rchan_buf){.ctl = own->stretch.control,
                                  .start = own->stretch.data,
                                  .writers = RELAY_WRITERS_MANY,
                                  .chan = &channel->pub,
                                  .own = own};
    return &own->pub;
}

static struct dentry *new_entry(const char *name, const struct relay_ctl *head,
                                struct rchan_buf *buf)
{
    struct dentry *entry = calloc(1, sizeof(*entry));

    if (!entry)
        return NULL;
    entry->refs = 1;
    entry->buf = buf;
    entry->mode = (uint16_t)(head->maker.mode & 07777);
    strcpy(entry->name, name);
    return entry;
}

static struct dentry *open_pair(const char *dir, const char *name, int data, int control)
{
    struct relay_ctl head;
    enum relay_error_code error = relay_read_head(data, control, &head);
    enum relay_life life = RELAY_LIFE_GOES_ON;
    struct rchan_buf *buf = NULL;
    struct relay_origin *origin;
    struct dentry *entry;

    if (error == RELAY_ERR_OK)
        life = relay_maker_life(&head.maker);
    if (life == RELAY_LIFE_UNKNOWN)
        error = RELAY_ERR_FOREIGN; /* numbers of threads mean other ones there */
    if (error != RELAY_ERR_OK) {
        relay_set_error(error);
        return NULL;
    }
    origin = relay_origin_new(dir, name, data, control);
    if (origin)
        buf = new_buf(&head, data, control, origin);
    if (!buf)
        relay_origin_free(origin);
    if (buf && life == RELAY_LIFE_OVER) /* the rest is put in order with the lock */
        relay_take_back_event(buf->ctl);
    entry = buf ? new_entry(name, &head, buf) : NULL;
    if (!entry) {
        relay_set_error(RELAY_ERR_NO_MEMORY);
        relay_buf_put(buf);
    }
    return entry;
}

struct dentry *relay_foreign_lookup(struct dentry *dir, const char *name)
{
    const char *path = dir->place->path;
    int control = relay_open_part(path, name, RELAY_CONTROL_SUFFIX, O_RDWR), data;
    struct dentry *entry = NULL;

    if (control < 0)
        return NULL;
    data = relay_open_part(path, name, "", O_RDWR);
    if (data >= 0) {
        entry = open_pair(path, name, data, control);
        close(data);
    }
    close(control);
    return entry;
}
