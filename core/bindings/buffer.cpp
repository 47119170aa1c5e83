// SPDX-License-Identifier: MIT
// The buffer of one CPU: its counters, its memory, its account.
#include "buffer.h"

#include <string>

#include "arguments.h"
#include "errors.h"
#include "objects.h"
#include "relay/relay_info.h"
#include "span.h"

namespace
{

uint64_t offset_of(const Buffer &self)
{
    return relay_load(&self.buf->ctl->offset);
}

nb::object padding_of(const Buffer &self)
{
    relay_ctl *ctl = self.buf->ctl;
    nb::object array = nb::module_::import_("numpy").attr("empty")(ctl->n_subbufs, "uint32");
    Bytes bytes(array, Bytes::WRITE);
    auto *padding = static_cast<uint32_t *>(bytes.data);

    for (uint32_t i = 0; i < ctl->n_subbufs; i++)
        padding[i] = relay_load(&relay_ctl_slot(ctl, i)->padding);
    return array;
}

nb::object file_size_of(const Buffer &self)
{
    relay_ctl *ctl = self.buf->ctl;

    if (!relay_load(&ctl->has_file))
        return nb::none();
    return nb::int_(relay_load(&ctl->file_size));
}

// A named tuple, made without running any Python.
nb::object new_named_tuple(nb::handle type, nb::handle values)
{
    auto *kind = reinterpret_cast<PyTypeObject *>(type.ptr());
    PyObject *made = PyTuple_Type.tp_new(kind, nb::make_tuple(values).ptr(), nullptr);

    if (!made)
        throw nb::python_error();
    return nb::steal(made);
}

nb::object account_of(const Buffer &self)
{
    nb::object face = nb::module_::import_("relayviz.relay");
    nb::object count_type = face.attr("Count");
    relay_account account;
    nb::list counts;
    auto add = [&](const relay_count &count) {
        counts.append(new_named_tuple(count_type, nb::make_tuple(count.events, count.bytes)));
    };

    relay_buf_account(self.buf, &account);
    for (const relay_count *count : {&account.attempted, &account.accepted, &account.unread})
        add(*count);
    for (const relay_count &count : account.fate)
        add(count);
    return new_named_tuple(face.attr("Account"), counts);
}

void reserve_header(const Buffer &self, nb::handle length)
{
    size_t size = size_argument(length, "length");

    relay_error_clear();
    relay_subbuf_start_reserve(self.buf, size);
    if (relay_error() != RELAY_ERR_OK)
        raise_relay(relay_error(), "length=" + std::to_string(size));
}

nb::object slot_of(const Buffer &self, nb::handle start, nb::handle length)
{
    size_t at = size_argument(start, "start"), size = size_argument(length, "length");
    const relay_ctl *ctl = self.buf->ctl;
    size_t used = ctl->subbuf_size * ctl->n_subbufs;

    if (at > used || size > used - at)
        raise_relay(RELAY_ERR_SIZE,
                    "start=" + std::to_string(at) + ", length=" + std::to_string(size),
                    "a slot lies inside the buffer's sub-buffers");
    return writable_view(self.buf, self.buf->start + at, size);
}

bool is_same(const Buffer &self, nb::handle other)
{
    return nb::isinstance<Buffer>(other) && nb::inst_ptr<Buffer>(other)->buf == self.buf;
}

void define_counters(nb::class_<Buffer> &type)
{
    type.def_prop_ro(
            "cpu", [](const Buffer &self) { return self.buf->ctl->cpu; },
            "The CPU that the buffer was made for.")
        .def_prop_ro("offset", offset_of,
                     "Bytes used in the sub-buffer being written; subbuf_size + 1: blocked.")
        .def_prop_ro(
            "subbufs_produced",
            [](const Buffer &self) { return relay_load(&self.buf->ctl->produced); },
            "Sub-buffers finished since open or reset, a running total.")
        .def_prop_ro(
            "subbufs_consumed",
            [](const Buffer &self) { return relay_load(&self.buf->ctl->consumed); },
            "Sub-buffers released by consumers since open or reset, a running total.")
        .def_prop_ro(
            "bytes_consumed",
            [](const Buffer &self) { return relay_load(&self.buf->ctl->bytes_consumed); },
            "Bytes already read of the sub-buffer being read.")
        .def_prop_ro(
            "prev_padding",
            [](const Buffer &self) { return relay_load(&self.buf->ctl->prev_padding); },
            "The padding last computed, bytes.")
        .def_prop_ro("padding", padding_of,
                     "Unused bytes at the end of each sub-buffer: a numpy copy, uint32, shape "
                     "(n_subbufs,).")
        .def_prop_ro(
            "current", [](const Buffer &self) { return relay_load(&self.buf->ctl->current); },
            "Index of the sub-buffer being written.")
        .def_prop_ro(
            "waiters", [](const Buffer &self) { return relay_load(&self.buf->ctl->waiters); },
            "Pollers that are asleep.");
}

void define_state(nb::class_<Buffer> &type)
{
    type.def_prop_ro(
            "full", [](const Buffer &self) { return relay_buf_full(self.buf) != 0; },
            "Whether produced - consumed >= n_subbufs (relay_buf_full).")
        .def_prop_ro(
            "blocked",
            [](const Buffer &self) { return offset_of(self) > self.buf->ctl->subbuf_size; },
            "Whether the last switch was refused.")
        .def_prop_ro(
            "finalized",
            [](const Buffer &self) { return relay_load(&self.buf->ctl->finalized) != 0; },
            "Whether the channel was closed.")
        .def_prop_ro(
            "file_size", file_size_of,
            "Bytes of all sub-buffers finished since open, padding left out; None: without a file.")
        .def_prop_ro(
            "data", [](const Buffer &self) { return whole_array(self.buf); },
            R"(The buffer's memory without a copy: a read-only numpy array, uint8, shape (alloc_size,).

It stays safe when the channel is closed. Making it takes longer than looking at it: keep it.)")
        .def_prop_ro("account", account_of, "What became of all events since open: an Account.")
        .def_prop_ro(
            "private_data", [](const Buffer &self) { return Client::of(self.buf).private_data; },
            nb::sig("def private_data(self) -> object"), "The channel's private_data.");
}

} // namespace

void define_buffer(nb::module_ &module)
{
    static PyType_Slot slots[] = {
        {Py_tp_traverse, reinterpret_cast<void *>(traverse<Buffer>)},
        {0, nullptr},
    };
    nb::class_<Buffer> type(module, "Buffer", nb::type_slots(slots),
                            R"(The buffer of one CPU (of all CPUs in a global channel).

Stays valid when the channel is closed and holds the memory. Two objects of the same buffer are
equal. Threads: any; counters are read without a lock and may change at any time. Source: struct
rchan_buf.)");
    define_counters(type);
    define_state(type);
    type.def("subbuf_start_reserve", reserve_header, nb::arg("length"),
             R"(Reserve a header at the start of the sub-buffer that subbuf_start was called for.

Args:
    length: Bytes, less than subbuf_size - 1.

Raises:
    ReserveError: Longer (the kernel dies), or called from anywhere but subbuf_start. Nothing
        has changed.

Source: subbuf_start_reserve.)")
        .def("slot", slot_of, nb::arg("start"), nb::arg("length"),
             R"(A slot that reserve handed out, once more: for who loads a saved channel.

Args:
    start: Bytes from the start of the buffer to the slot.
    length: Bytes.

Returns:
    A writable memoryview; it stays safe when the channel is closed.

Raises:
    SizeError: Outside of the buffer's sub-buffers.)")
        .def("__eq__", is_same, nb::arg("other").none())
        .def("__hash__", [](const Buffer &self) { return reinterpret_cast<uintptr_t>(self.buf); })
        .def("__repr__", [](const Buffer &self) {
            return nb::str("<Buffer of cpu {}: produced {}, consumed {}, offset {}>")
                .format(self.buf->ctl->cpu, relay_load(&self.buf->ctl->produced),
                        relay_load(&self.buf->ctl->consumed), offset_of(self));
        });
}
