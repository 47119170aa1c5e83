// SPDX-License-Identifier: MIT
// The consumer side: an open descriptor of a buffer's file.
#include "file.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>

#include "arguments.h"
#include "buffer.h"
#include "errors.h"
#include "mapping.h"
#include "objects.h"

std::shared_ptr<relay_file> RelayFile::get() const
{
    if (!file)
        raise_os(EBADF, "the file is closed");
    return file;
}

namespace
{

// The descriptor goes with its last user. Without the GIL: the last reader of a closed buffer waits
// for the buffer.
void close_descriptor(relay_file *file)
{
    WithoutGil released;

    relay_file_close(file);
}

// A new bytes object of `size` bytes, to be filled.
nb::object new_bytes(size_t size)
{
    if (size > PY_SSIZE_T_MAX)
        raise_os(EINVAL, "count");
    PyObject *bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
    if (!bytes)
        throw nb::python_error();
    return nb::steal(bytes);
}

nb::object shortened(nb::object bytes, size_t size)
{
    PyObject *result = bytes.release().ptr();

    if (_PyBytes_Resize(&result, static_cast<Py_ssize_t>(size)))
        throw nb::python_error();
    return nb::steal(result);
}

size_t read_into(const RelayFile &self, void *to, size_t size)
{
    std::shared_ptr<relay_file> file = self.get();
    ssize_t count;
    {
        WithoutGil released;
        count = relay_file_read(file.get(), to, size);
    }
    return static_cast<size_t>(checked(count, "read"));
}

nb::object read_count(const RelayFile &self, size_t size)
{
    nb::object bytes = new_bytes(size);
    size_t count = read_into(self, PyBytes_AS_STRING(bytes.ptr()), size);

    return count == size ? bytes : shortened(std::move(bytes), count);
}

// One buffer after the other until less than a whole one comes.
nb::object read_all(const RelayFile &self)
{
    size_t step = relay_file_buf(self.get().get())->chan->alloc_size;
    nb::object whole = read_count(self, step);

    for (size_t last = nb::len(whole); last == step;) {
        nb::object more = read_count(self, step);
        last = nb::len(more);
        whole = whole + more;
    }
    return whole;
}

nb::object read(const RelayFile &self, nb::handle n)
{
    bool is_all = PyLong_Check(n.ptr()) && n.equal(nb::int_(-1));

    return is_all ? read_all(self) : read_count(self, size_argument(n, "n"));
}

size_t readinto(const RelayFile &self, nb::handle buffer)
{
    Bytes bytes(buffer, Bytes::WRITE);

    return read_into(self, bytes.data, bytes.size);
}

struct Answer {
    int mask;
    bool woken;
};

// Sleep, and go on sleeping for the rest of the time when a signal handler has run.
Answer sleep(const RelayFile &self, int64_t timeout_ms)
{
    using clock = std::chrono::steady_clock;
    std::shared_ptr<relay_file> file = self.get();
    clock::time_point end = clock::now() + std::chrono::milliseconds(timeout_ms);
    Answer answer{};

    for (int64_t left = timeout_ms;;) {
        {
            WithoutGil released;
            answer.mask = relay_file_wait(file.get(), left, &answer.woken);
        }
        if (answer.mask != -EINTR)
            break;
        if (PyErr_CheckSignals())
            throw nb::python_error();
        if (timeout_ms >= 0)
            left = std::max<int64_t>(
                0, std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count());
    }
    checked(answer.mask, "poll");
    return answer;
}

int poll(const RelayFile &self, nb::handle timeout)
{
    int64_t timeout_ms = timeout_argument(timeout);

    return timeout_ms == 0 ? relay_file_poll(self.get().get()) : sleep(self, timeout_ms).mask;
}

nb::tuple wait(const RelayFile &self, nb::handle timeout)
{
    Answer answer = sleep(self, timeout_argument(timeout));

    return nb::make_tuple(answer.mask, answer.woken);
}

size_t splice(const RelayFile &self, nb::handle target, nb::handle n)
{
    std::shared_ptr<relay_file> file = self.get();
    int fd = PyObject_AsFileDescriptor(target.ptr());
    if (fd < 0)
        throw nb::python_error();
    size_t count = size_argument(n, "n");

    for (;;) {
        ssize_t moved;
        {
            WithoutGil released;
            moved = relay_file_splice(file.get(), fd, count);
        }
        if (moved != -EINTR)
            return static_cast<size_t>(checked(moved, "splice"));
        if (PyErr_CheckSignals())
            throw nb::python_error();
    }
}

void subbufs_consumed(const RelayFile &self, nb::handle n)
{
    std::shared_ptr<relay_file> file = self.get();
    size_t count = size_argument(n, "n");

    WithoutGil released; // it waits for the buffer
    relay_file_subbufs_consumed(file.get(), count);
}

int fileno(const RelayFile &self)
{
    std::shared_ptr<relay_file> file = self.get();
    int fd;
    {
        WithoutGil released; // it waits for the buffer
        fd = relay_file_eventfd(file.get());
    }
    return checked(fd, "fileno");
}

nb::object pread(const RelayFile &self, nb::handle n, int64_t offset)
{
    nb::object bytes = new_bytes(size_argument(n, "n"));
    ssize_t count =
        relay_file_pread(self.get().get(), PyBytes_AS_STRING(bytes.ptr()), nb::len(bytes), offset);

    return shortened(std::move(bytes), static_cast<size_t>(checked(count, "pread")));
}

ssize_t write(const RelayFile &self, nb::handle data)
{
    Bytes bytes(data);

    return checked(relay_file_write(self.get().get(), bytes.data, bytes.size), "write");
}

int64_t lseek(const RelayFile &self, int64_t offset, int whence)
{
    return checked(relay_file_lseek(self.get().get(), offset, whence), "lseek");
}

void close_file(RelayFile &self)
{
    std::shared_ptr<relay_file> last = std::move(self.file);

    self.file = nullptr;
}

void define_reading(nb::class_<RelayFile> &type)
{
    type.def("read", read, nb::arg("n") = -1,
             R"(Read unread bytes, also of the sub-buffer being written; padding is skipped.

Never blocks. The read position belongs to the buffer: all its descriptors share it.

Args:
    n: Most bytes to return; -1: all there are.

Returns:
    The bytes; b"": nothing there now (an idle CPU's empty sub-buffers can hide data for one
    read each, as in the kernel).

Raises:
    OSError: EBADF, write-only or closed.

Threads: any; readers of one buffer take turns; the GIL is released. Source: relay_file_read.)")
        .def("readinto", readinto, nb::arg("buffer"),
             "Read into a writable C-contiguous buffer, at most its size; returns the count of "
             "bytes.")
        .def("pread", pread, nb::arg("n"), nb::arg("offset"),
             "Always OSError (ESPIPE): relay files have no positions.")
        .def("lseek", lseek, nb::arg("offset"), nb::arg("whence") = 0,
             "Always OSError (ESPIPE): relay files cannot be seeked.")
        .def("write", write, nb::arg("data"),
             "Always OSError: EINVAL, or EBADF on a descriptor without \"w\".")
        .def("splice", splice, nb::arg("fd"), nb::arg("n"),
             R"(Move unread bytes of finished sub-buffers, padding left out, to a descriptor.

Args:
    fd: A descriptor number or an object with fileno().
    n: Most bytes to move.

Returns:
    Bytes moved; 0: no finished sub-buffer.

Raises:
    BlockingIOError: The same, on a descriptor opened with "nb".
    OSError: EBADF, or the error of the other descriptor.

Threads: any; the GIL is released while the other descriptor blocks; other readers of the buffer
wait. Source: the documentation of sendfile; the kernel's own splice has other rules and defects.)");
}

void define_waiting(nb::class_<RelayFile> &type)
{
    type.def("poll", poll, nb::arg("timeout").none() = 0,
             R"(What poll(2) says.

Args:
    timeout: Seconds to wait for something; 0: only look; None: for ever.

Returns:
    A mask: select.POLLIN | select.POLLRDNORM while finished sub-buffers are unread,
    select.POLLERR alone once the channel is closed, 0: nothing. POLLERR comes as well when the
    buffer is another process's and that one is dead; what it left can be read.

Threads: any; the GIL is released while it sleeps. Source: relay_file_poll.)")
        .def("wait", wait, nb::arg("timeout").none() = nb::none(),
             R"(Sleep as poll(timeout) does, and tell what ended it.

Only a switch of this buffer wakes (a write or flush that finishes a sub-buffer). Close, reset and
bytes in an unfinished sub-buffer do not; they are found when the time is up.

Returns:
    (mask, woken); woken is False when the time was up.)")
        .def(
            "fileno", fileno,
            R"(A descriptor (eventfd) that select, poll and epoll find readable when poll() is not 0.

It belongs to the buffer: do not read, write or close it. Unlike in the kernel it also becomes
ready when the channel is closed.

Raises:
    OSError: EOPNOTSUPP, the buffer is another process's: poll(timeout) is for that.)");
}

} // namespace

nb::object open_file(dentry *entry, int flags)
{
    relay_file *opened;
    int error = relay_file_open(entry, flags, &opened);

    if (error)
        raise_os(-error, std::string("open \"") + relay_dentry_name(entry) + "\"");
    std::shared_ptr<relay_file> file(opened, close_descriptor);
    rchan *chan = relay_file_buf(opened)->chan;
    nb::object none; // of a buffer of another process, where the client is
    if (!chan->private_data) {
        none = make_client(nb::none(), nb::none());
        chan->private_data = nb::inst_ptr<Client>(none);
    }
    Client &client = Client::of(relay_file_buf(opened));
    return make<RelayFile>(std::move(file), nb::borrow(client.self));
}

void define_file(nb::module_ &module)
{
    static PyType_Slot slots[] = {
        {Py_tp_traverse, reinterpret_cast<void *>(traverse<RelayFile>)},
        {0, nullptr},
    };
    nb::class_<RelayFile> type(
        module, "RelayFile", nb::type_slots(slots),
        R"(An open descriptor of a buffer's file, from Channel.open_file or Directory.open.

Errors are OSError with the errno that the kernel's file has. Stays readable to the last byte after
the channel is closed. Also a context manager: closed at the end.)");
    define_reading(type);
    define_waiting(type);
    define_mmap(type);
    type.def("subbufs_consumed", subbufs_consumed, nb::arg("n"),
             R"(Report, as a consumer that has the buffer mapped, that n sub-buffers are done with.

Args:
    n: 0 to n_subbufs, else nothing happens; cut to what is ready.

Threads: any; the GIL is released. Source: relay_subbufs_consumed, for who has no Channel.)");
    type.def("close", close_file, "Close the descriptor; its mappings stay. Twice: nothing.")
        .def_prop_ro("closed", [](const RelayFile &self) { return !self.file; })
        .def_prop_ro(
            "buffer",
            [](const RelayFile &self) { return make<Buffer>(relay_file_buf(self.get().get())); },
            "The Buffer behind it.")
        .def_prop_ro(
            "size", [](const RelayFile &self) { return relay_file_size(self.get().get()); },
            "Bytes of all sub-buffers finished since open, padding left out (st_size).")
        .def_prop_ro(
            "mode", [](const RelayFile &self) { return relay_file_mode(self.get().get()); },
            "File type and permission bits (st_mode).")
        .def("__enter__", [](nb::object self) { return self; })
        .def("__exit__", [](RelayFile &self, nb::args) { close_file(self); });
}
