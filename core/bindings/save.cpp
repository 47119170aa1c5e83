// SPDX-License-Identifier: MIT
// A whole channel as bytes, and a channel from them.
#include "relay/relay_save.h"

#include <cerrno>
#include <string>

#include "arguments.h"
#include "channel.h"
#include "entry.h"
#include "errors.h"

namespace
{

nb::object save(const Channel &self)
{
    refuse_inside_callback("save");
    // room for the most that can be needed: pages that stay untouched cost nothing
    PyObject *bytes =
        PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(relay_save_size(self.chan)));
    if (!bytes)
        throw nb::python_error();
    nb::object held = nb::steal(bytes);
    auto size = static_cast<size_t>(PyBytes_GET_SIZE(bytes));
    Call call(self.owner());
    ssize_t saved =
        call.without_gil([&] { return relay_save(self.chan, PyBytes_AS_STRING(bytes), size); });
    relay_error_code error = relay_error();

    call.finish();
    if (saved < 0)
        raise_relay(error, "save");
    bytes = held.release().ptr();
    if (_PyBytes_Resize(&bytes, saved))
        throw nb::python_error();
    return nb::steal(bytes);
}

// The name that the bytes have, or None. SavedError: it is no text, and so none that Python gave.
nb::object name_of(const relay_saved &info)
{
    if (!info.is_named)
        return nb::none();
    PyObject *name = PyUnicode_FromString(info.base_filename);
    if (!name) {
        PyErr_Clear();
        raise_relay(RELAY_ERR_SAVED, "a name that is no text");
    }
    return nb::steal(name);
}

// What the bytes say, or SavedError. The header that the client reserves must fit.
relay_saved checked_info(const Bytes &bytes, const Client &client)
{
    relay_saved info;

    if (relay_saved_info(bytes.data, bytes.size, &info))
        raise_relay(RELAY_ERR_SAVED, std::to_string(bytes.size) + " bytes");
    if (client.header_size && client.header_size >= info.subbuf_size - 1)
        raise_relay(RELAY_ERR_RESERVE, "header=" + std::to_string(client.header_size));
    return info;
}

// Python's Channel.load has put the arguments into this form.
void open_saved(Channel *self, nb::handle data, Directory *parent, nb::object callbacks,
                nb::object private_data)
{
    refuse_inside_callback("load");
    nb::object owner = make_client(callbacks, std::move(private_data));
    Client &client = *nb::inst_ptr<Client>(owner);
    Bytes bytes(data);
    relay_saved info = checked_info(bytes, client);

    if (parent)
        client.parents.push_back(nb::find(parent));
    client.base_filename = name_of(info);
    rchan *chan = open_for(
        client,
        [&] {
            return relay_open_saved(bytes.data, bytes.size, directory_of(parent), &client.table,
                                    &client);
        },
        [&] { return std::to_string(bytes.size) + " bytes"; });
    relay_store(&chan->header_size, client.header_size);
    new (self) Channel(chan, std::move(owner));
}

void restore(const Channel &self, nb::handle data)
{
    refuse_inside_callback("restore");
    self.require_open("restore");
    Bytes bytes(data);
    size_t header = relay_load(&self.chan->header_size);
    Call call(self.owner());
    int result = call.without_gil([&] { return relay_restore(self.chan, bytes.data, bytes.size); });
    relay_error_code error = relay_error();

    call.finish();
    relay_store(&self.chan->header_size, header);
    if (result)
        raise_relay(error, std::to_string(bytes.size) + " bytes");
}

} // namespace

void define_saving(nb::class_<Channel> &type)
{
    type.def("__init__", open_saved, nb::arg("data"), nb::arg("parent").none(),
             nb::arg("callbacks"), nb::arg("private_data").none())
        .def("save", save, nb::sig("def save(self) -> bytes"),
             R"(The whole channel as bytes, open or closed: what Channel.load takes.

Each buffer is held still while it is looked at; who wants all buffers of one moment sees to it that
nobody writes. Stretches of zero bytes take no room. Not in it: callbacks, private_data, directories,
descriptors and mappings.

Raises:
    BusyError: Called from inside a callback.
    MemoryError: There is no room for the bytes.

Threads: as flush. Source: relay_save; the kernel has none.)")
        .def("restore", restore, nb::arg("data"),
             nb::sig("def restore(self, data: BytesLike) -> None"),
             R"(Become what `save` returned, in the channel's own memory: for who goes to and fro.

From then on it is as one that `load` makes, without the time and memory of making it. It must have
been opened as the saved one was and have the same buffers with the same files; which CPUs are on
line may differ. All bytes are checked before anything is changed.

Descriptors stay open and read on where the saved channel's would; mappings and views of memory show
the bytes of then; pollers are woken. What reserve handed out before must not be filled: take slots
by Buffer.slot. Callbacks, private_data and the header of a preset stay as they are.

Args:
    data: What `save` returned, of this channel or another; not changed meanwhile.

Raises:
    SavedError: The bytes are no saved channel of this version, or were damaged or cut.
    ShapeError: The saved channel has other sizes, CPUs, name, buffers or files: load it.
    ClosedError: This channel is closed.
    NoMemoryError: There is no room for the check.
    BusyError: Called from inside a callback.
    In each case the channel is as it was.

Threads: as reset. Source: relay_restore; the kernel has none.)");
}
