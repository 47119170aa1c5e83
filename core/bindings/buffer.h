// SPDX-License-Identifier: MIT
// The buffer of one CPU.
#pragma once

#include "client.h"

// Holds the buffer's memory, whatever becomes of the channel.
struct Buffer {
    explicit Buffer(rchan_buf *from) : buf(from), client(nb::borrow(Client::of(from).self))
    {
        relay_buf_get(buf);
    }
    ~Buffer()
    {
        relay_buf_put(buf);
    }
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;

    int traverse(visitproc visit, void *arg) const
    {
        Py_VISIT(client.ptr());
        return 0;
    }

    rchan_buf *buf;
    nb::object client;
};

void define_buffer(nb::module_ &module);
