// SPDX-License-Identifier: MIT
// Views of a buffer's memory that keep it alive.
#pragma once

#include <nanobind/nanobind.h>

#include "relay/relay.h"

namespace nb = nanobind;

// A stretch of a buffer's memory; memoryview and numpy take it as what their memory belongs to.
struct Span {
    Span(rchan_buf *from, void *first, size_t length, bool writable)
        : buf(from), bytes(first), size(length), is_writable(writable)
    {
        relay_buf_get(buf);
    }
    ~Span()
    {
        relay_buf_put(buf);
    }
    Span(const Span &) = delete;
    Span &operator=(const Span &) = delete;

    rchan_buf *buf;
    void *bytes;
    size_t size;
    bool is_writable;
};

// A writable memoryview.
nb::object writable_view(rchan_buf *buf, void *bytes, size_t size);

// The whole buffer as a read-only numpy array of uint8.
nb::object whole_array(rchan_buf *buf);

void define_span(nb::module_ &module);
