/* SPDX-License-Identifier: MIT */
/* See queue.h. As many bytes as the channel beside it has. */
#include <boost/lockfree/spsc_queue.hpp>

#include "queue.h"

struct event {
    unsigned char bytes[QUEUE_EVENT];
};

static boost::lockfree::spsc_queue<event, boost::lockfree::capacity<(2 << 20) / QUEUE_EVENT>> queue;

bool queue_write(const void *bytes)
{
    return queue.push(*static_cast<const event *>(bytes));
}

size_t queue_read(void *events, size_t most)
{
    return queue.pop(static_cast<event *>(events), most);
}
