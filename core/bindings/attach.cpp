// SPDX-License-Identifier: MIT
// Buffers of other processes, looked at only: looks into arrays of Python, and bytes.
#include "attach.h"

#include <cerrno>
#include <string>

#include "arguments.h"
#include "errors.h"
#include "gil.h"
#include "relay/relay_attach.h"

namespace nb = nanobind;

namespace
{

struct Attached {
    explicit Attached(relay_attached *from) : attached(from)
    {
    }
    ~Attached()
    {
        relay_detach(attached);
    }
    Attached(const Attached &) = delete;
    Attached &operator=(const Attached &) = delete;

    relay_attached *attached; // NULL: closed
};

relay_attached *open_one(const Attached &self)
{
    if (!self.attached)
        raise_os(EBADF, "it was closed");
    return self.attached;
}

void attach(Attached *self, nb::handle path)
{
    PyObject *converted;
    if (!PyUnicode_FSConverter(path.ptr(), &converted))
        throw nb::python_error();
    nb::object text = nb::steal(converted);
    relay_attached *made = nullptr;

    if (relay_attach(PyBytes_AS_STRING(text.ptr()), &made) != 0)
        raise_relay(relay_error(), std::string(nb::str("\"{}\"").format(path).c_str()));
    new (self) Attached(made);
}

nb::dict described(const relay_attached_info &info)
{
    nb::dict said;

    said["pid"] = info.maker.pid;
    said["cpus"] = info.maker.cpus;
    said["channel"] = info.maker.channel;
    said["is_global"] = info.maker.is_global != 0;
    said["subbuf_size"] = info.subbuf_size;
    said["n_subbufs"] = info.n_subbufs;
    said["alloc_size"] = info.alloc_size;
    said["cpu"] = info.cpu;
    said["alive"] = info.alive;
    said["doing"] = info.doing;
    said["holder"] = info.holder;
    said["writing"] = info.writing;
    said["is_torn"] = info.is_torn != 0;
    said["is_moving"] = info.is_moving != 0;
    said["is_consumer"] = info.is_consumer != 0;
    return said;
}

nb::dict look(const Attached &self, nb::handle buffer, nb::handle subbufs)
{
    Bytes row(buffer, Bytes::WRITE), slots(subbufs, Bytes::WRITE);
    relay_attached *attached = open_one(self);
    relay_attached_info info;

    if (row.size < sizeof(relay_buf_info) ||
        slots.size < relay_attached_n_subbufs(attached) * sizeof(relay_subbuf_info))
        throw nb::value_error("room for one buffer and all its sub-buffers");
    int error;
    {
        WithoutGil without; // it may take its time
        error = relay_attached_look(attached, &info, static_cast<relay_buf_info *>(row.data),
                                    static_cast<relay_subbuf_info *>(slots.data));
    }
    nb::dict said = described(info);
    if (error == -EAGAIN)
        checked(error, "look");
    said["is_damaged"] = error != 0;
    return said;
}

nb::object read_bytes(const Attached &self, nb::handle n, uint64_t at)
{
    size_t size = size_argument(n, "n");
    nb::object bytes = nb::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size)));
    if (!bytes.is_valid())
        throw nb::python_error();
    ssize_t done = checked(
        relay_attached_read(open_one(self), PyBytes_AS_STRING(bytes.ptr()), size, at), "read");
    PyObject *result = bytes.release().ptr();

    if (_PyBytes_Resize(&result, done))
        throw nb::python_error();
    return nb::steal(result);
}

void close_attached(Attached &self)
{
    relay_detach(self.attached);
    self.attached = nullptr;
}

} // namespace

void define_attached(nb::module_ &module)
{
    nb::class_<Attached>(module, "Attached", R"(A buffer of another process, looked at only.

Files are mapped for reading only, and what they say is checked before it is believed.

Args:
    path: Of the buffer's data file.

Raises:
    OSError: ENOENT, EACCES, EPROTO (another version of the library), EBADMSG (no control block, or
        a damaged one).

Threads: one at a time. Source: none in the kernel; relay_attach.h.)")
        .def("__init__", attach, nb::arg("path"))
        .def_prop_ro("n_subbufs",
                     [](const Attached &self) { return relay_attached_n_subbufs(open_one(self)); })
        .def("_look", look, nb::arg("buffer"), nb::arg("subbufs"))
        .def("read", read_bytes, nb::arg("n"), nb::arg("at"),
             R"(Bytes of the data as they are now; a writer may be at them.

Args:
    n: How many; fewer come at the end of the buffer.
    at: From which byte on.

Raises:
    OSError: EBADMSG, the file was cut.)")
        .def("close", close_attached, "Let go of it. Twice: nothing.");
}
