// SPDX-License-Identifier: MIT
// A channel that was not ours, such as a kernel's, becomes the bytes that Channel.load takes.
#include "relay/relay_save.h"

#include <list>
#include <vector>

#include "arguments.h"
#include "channel.h"
#include "errors.h"

namespace
{

constexpr size_t CPU = 0, FINALIZED = 1, HAS_FILE = 2, COUNTERS = 3, PADDING = 11, MEMORY = 12,
                 ITEMS = 13;

// What `padding` and `bytes` of the buffers point to, for as long as this lives.
using Held = std::list<Bytes>;

const void *held(Held &held, nb::handle bytes, size_t needed)
{
    held.emplace_back(bytes);
    if (held.back().size != needed)
        throw nb::value_error("padding or memory of a buffer has another size");
    return held.back().data;
}

relay_found_buf buffer_of(const nb::tuple &told, const relay_found &found, Held &kept)
{
    relay_found_buf buf{};
    uint64_t *counters[] = {&buf.offset,       &buf.produced,  &buf.consumed,  &buf.bytes_consumed,
                            &buf.prev_padding, &buf.file_size, &buf.stat_full, &buf.stat_big};
    size_t bytes = found.subbuf_size * found.n_subbufs;

    if (told.size() != ITEMS)
        throw nb::value_error("a buffer is told by another number of items");
    buf.cpu = cpu_argument(told[CPU]);
    buf.finalized = nb::cast<bool>(told[FINALIZED]);
    buf.has_file = nb::cast<bool>(told[HAS_FILE]);
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        *counters[i] = size_argument(told[COUNTERS + i], "a counter");
    buf.padding = static_cast<const uint64_t *>(
        held(kept, told[PADDING], found.n_subbufs * sizeof(uint64_t)));
    buf.bytes =
        held(kept, told[MEMORY], (bytes + RELAY_PAGE_SIZE - 1) / RELAY_PAGE_SIZE * RELAY_PAGE_SIZE);
    return buf;
}

nb::object save_found(nb::tuple told, nb::handle name, nb::list buffers)
{
    relay_found found{};
    std::vector<relay_found_buf> bufs;
    Held kept;

    found.subbuf_size = size_argument(told[0], "subbuf_size");
    found.n_subbufs = size_argument(told[1], "n_subbufs");
    if (!found.subbuf_size || found.n_subbufs > UINT32_MAX / found.subbuf_size)
        throw nb::value_error("sizes that no channel has");
    found.cpus = cpu_argument(told[2]);
    found.is_global = nb::cast<bool>(told[3]);
    found.last_toobig = size_argument(told[4], "last_toobig");
    found.base_filename = name.is_none() ? nullptr : name_argument(name);
    for (nb::handle one : buffers)
        bufs.push_back(buffer_of(nb::cast<nb::tuple>(one), found, kept));
    found.bufs = static_cast<unsigned>(bufs.size());
    found.buf = bufs.data();
    size_t size = relay_found_size(&found);
    PyObject *bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
    if (!bytes)
        throw nb::python_error();
    nb::object result = nb::steal(bytes);
    ssize_t saved = relay_save_found(&found, PyBytes_AS_STRING(bytes), size);
    if (saved < 0)
        raise_relay(relay_error(), "counters that contradict each other");
    bytes = result.release().ptr();
    if (_PyBytes_Resize(&bytes, saved)) // sub-buffers that were never begun take no room
        throw nb::python_error();
    return nb::steal(bytes);
}

} // namespace

void define_found(nb::module_ &module)
{
    module.def("save_found", save_found, nb::arg("channel"), nb::arg("base_filename").none(),
               nb::arg("buffers"));
}
