// SPDX-License-Identifier: MIT
// A channel: open, flush, reset, close, CPUs, files, what it tells about itself.
#include "channel.h"

#include <string>
#include <vector>

#include "arguments.h"
#include "buffer.h"
#include "entry.h"
#include "errors.h"
#include "file.h"
#include "objects.h"
#include "relay/relay_info.h"

static bool is_finalizing()
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing();
#else
    return _Py_IsFinalizing();
#endif
}

void Channel::require_open(const char *operation) const
{
    if (closed)
        raise_relay(RELAY_ERR_CLOSED, operation);
}

void Channel::abandon() noexcept
{
    // At the interpreter's end threads that hold a lock may be gone, and the memory goes anyway.
    if (!closed && !is_finalizing())
        close_abandoned(owner(), chan);
    closed = true;
}

std::string cpu_text(const Channel &self, unsigned cpu)
{
    return "cpu=" + std::to_string(cpu) + " of " + std::to_string(self.chan->cpus);
}

Channel::~Channel()
{
    abandon();
    relay_put(chan);
}

rchan *open_for(Client &client, const std::function<rchan *()> &open,
                const std::function<std::string()> &given)
{
    Call call(client);
    rchan *chan = call.without_gil(open);
    relay_error_code error = relay_error();

    if (chan && call.has_raised())
        close_channel(call, chan);
    client.closed = !chan || call.has_raised();
    keep_while_files_remain(client);
    call.finish();
    if (!chan)
        raise_relay(error, given());
    return chan;
}

namespace
{

// What relay_open takes; everything is checked by the time that it is made.
struct OpenArguments {
    const char *name;
    Directory *parent;
    size_t subbuf_size, n_subbufs;
    relay_options options;
};

std::string sizes_text(const OpenArguments &given)
{
    return "subbuf_size=" + std::to_string(given.subbuf_size) +
           ", n_subbufs=" + std::to_string(given.n_subbufs) +
           ", cpus=" + std::to_string(given.options.cpus) +
           ", memory_limit=" + std::to_string(given.options.memory_limit);
}

// Python's Channel.__init__ has put the arguments into this form.
void open_channel(Channel *self, nb::handle base_filename, Directory *parent,
                  nb::handle subbuf_size, nb::handle n_subbufs, nb::object callbacks,
                  nb::object private_data, unsigned cpus, nb::object online, bool one_writer,
                  nb::handle memory_limit)
{
    refuse_inside_callback("open");
    bool has_table = !callbacks.is_none();
    nb::object owner = make_client(callbacks, std::move(private_data));
    Client &client = *nb::inst_ptr<Client>(owner);
    OpenArguments given{};

    given.name = base_filename.is_none() ? nullptr : name_argument(base_filename);
    given.parent = parent;
    given.subbuf_size = size_argument(subbuf_size, "subbuf_size");
    given.n_subbufs = size_argument(n_subbufs, "n_subbufs");
    given.options.cpus = cpus;
    given.options.online =
        online.is_none() ? nullptr
                         : reinterpret_cast<const unsigned char *>(PyBytes_AsString(online.ptr()));
    given.options.writers = one_writer ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY;
    given.options.header_size = client.header_size;
    given.options.memory_limit = size_argument(memory_limit, "memory_limit");
    if (parent)
        client.parents.push_back(nb::find(parent));
    client.base_filename = nb::borrow(base_filename);
    rchan *chan = open_for(
        client,
        [&] {
            return relay_open_on(given.name, directory_of(given.parent), given.subbuf_size,
                                 given.n_subbufs, has_table ? &client.table : nullptr, &client,
                                 &given.options);
        },
        [&] { return sizes_text(given); });
    new (self) Channel(chan, std::move(owner));
}

// flush or reset: without the GIL, exceptions of callbacks are raised at the end.
template <void (*operation)(rchan *)> void whole_channel(const Channel &self, const char *name)
{
    refuse_inside_callback(name);
    self.require_open(name);
    Call call(self.owner());
    call.without_gil([&] { operation(self.chan); });
    call.finish();
}

void close_by_hand(Channel &self)
{
    if (self.closed)
        return;
    refuse_inside_callback("close");
    self.closed = true;
    Call call(self.owner());
    close_channel(call, self.chan);
    call.finish();
}

void subbufs_consumed(const Channel &self, nb::handle cpu_number, nb::handle n)
{
    unsigned cpu = cpu_argument(cpu_number);
    size_t count = size_argument(n, "n");

    self.require_open("subbufs_consumed");
    if (cpu >= self.chan->cpus)
        raise_relay(RELAY_ERR_CPU, cpu_text(self, cpu));
    self.owner().run([&] {
        relay_subbufs_consumed(self.chan, cpu, count);
        return 0;
    });
}

void late_setup_files(const Channel &self, nb::handle base_filename, Directory *parent)
{
    const char *name = base_filename.is_none() ? nullptr : name_argument(base_filename);
    Client &client = self.owner();

    refuse_inside_callback("late_setup_files");
    self.require_open("late_setup_files");
    if (parent)
        client.parents.push_back(nb::find(parent));
    bool was_named = relay_load(&self.chan->has_base_filename);
    Call call(client);
    int result = call.without_gil(
        [&] { return relay_late_setup_files(self.chan, name, directory_of(parent)); });
    relay_error_code error = relay_error();
    if (!was_named && relay_load(&self.chan->has_base_filename))
        client.base_filename = nb::borrow(base_filename);
    call.finish();
    if (result)
        raise_relay(error, std::string("late_setup_files \"") + (name ? name : "") + "\"");
}

void set_online(const Channel &self, nb::handle cpu_number, bool online)
{
    unsigned cpu = cpu_argument(cpu_number);

    refuse_inside_callback("set_online");
    self.require_open("set_online");
    Call call(self.owner());
    int result = call.without_gil([&] { return relay_cpu_online(self.chan, cpu, online); });
    relay_error_code error = relay_error();
    call.finish();
    if (result)
        raise_relay(error, cpu_text(self, cpu));
}

// From now on; `header` is what the presets reserve.
void set_subbuf_start(const Channel &self, nb::object value, nb::handle header_size)
{
    size_t header = size_argument(header_size, "header");

    self.require_open("set_subbuf_start");
    Client &client = self.owner();
    if (header && header >= self.chan->subbuf_size - 1)
        raise_relay(RELAY_ERR_RESERVE, "header=" + std::to_string(header));
    client.use_subbuf_start(parse_subbuf_start(std::move(value)));
    relay_store(&self.chan->header_size, header);
    relay_set_subbuf_start(self.chan, client.start.function());
}

nb::object open_file_of(const Channel &self, nb::handle cpu_number, const char *flags)
{
    unsigned cpu = cpu_argument(cpu_number);
    int mode = flags_argument(flags);
    rchan_buf *buf = relay_cpu_buf(self.chan, cpu);

    if (!buf)
        raise_relay(RELAY_ERR_CPU, cpu_text(self, cpu));
    dentry *entry = self.owner().entry_of(buf);
    if (!entry)
        raise_relay(RELAY_ERR_NOT_FOUND, "the file of " + cpu_text(self, cpu));
    return open_file(entry, mode);
}

nb::tuple buffers_of(const Channel &self)
{
    std::vector<rchan_buf *> bufs(relay_buf_count(self.chan));
    size_t count = std::min(relay_bufs(self.chan, bufs.data(), bufs.size()), bufs.size());
    nb::list result;

    for (size_t i = 0; i < count; i++) {
        result.append(make<Buffer>(bufs[i]));
        relay_buf_put(bufs[i]);
    }
    return nb::tuple(result);
}

nb::tuple online_of(const Channel &self)
{
    nb::list result;

    for (unsigned cpu = 0; cpu < self.chan->cpus; cpu++)
        if (relay_cpu_is_online(self.chan, cpu))
            result.append(cpu);
    return nb::tuple(result);
}

nb::object base_filename_of(const Channel &self)
{
    bool named = relay_load(&self.chan->has_base_filename);

    return named ? self.owner().base_filename : nb::object(nb::none());
}

int finalize(PyObject *self)
{
    if (nb::inst_ready(self))
        nb::inst_ptr<Channel>(self)->abandon();
    return 0;
}

void define_operations(nb::class_<Channel> &type)
{
    type.def(
            "flush", [](const Channel &self) { whole_channel<relay_flush>(self, "flush"); },
            R"(Finish the sub-buffer being written in every buffer, empty ones and CPUs off line included.

Raises:
    ClosedError: The channel is closed.
    BusyError: Called from inside a callback; nothing has happened.
    Exception: What a Python subbuf_start raised; the buffers behind it are flushed all the same,
        and what was raised for them becomes notes.

Threads: any; waits for writes under way, without the GIL. Source: relay_flush.)")
        .def(
            "reset", [](const Channel &self) { whole_channel<relay_reset>(self, "reset"); },
            R"(Back to the state after open: counters, offset and padding 0, subbuf_start called again.

Contents, mappings, file size, prev_padding and last_toobig stay; nobody is woken.

Raises:
    As flush.

Threads: as flush. Source: relay_reset.)")
        .def("close", close_by_hand,
             R"(Finalize every buffer and remove its file. Twice: nothing.

Buffers, views, open files and mappings stay usable to the last byte; the memory goes with the last
of them and of this object. An object that goes without close is closed (not at the interpreter's
end).

Raises:
    BusyError: Called from inside a callback; nothing has happened.
    Exception: What remove_buf_file raised; the channel is closed all the same.

Threads: as flush. Source: relay_close.)")
        .def("subbufs_consumed", subbufs_consumed, nb::arg("cpu"), nb::arg("n"),
             R"(Report that a consumer is done with sub-buffers of a CPU.

Args:
    cpu: The CPU; one without buffer is ignored.
    n: Sub-buffers; more than n_subbufs is ignored, more than are ready is cut.

Raises:
    CpuError: The channel has no such CPU (the kernel faults); nothing has changed.

Threads: any. Source: relay_subbufs_consumed.)");
}

void define_changes(nb::class_<Channel> &type)
{
    type.def("late_setup_files", late_setup_files, nb::arg("base_filename").none(),
             nb::arg("parent").none() = nb::none(),
             R"(Make the files of a buffer-only channel; what was written before can then be read.

Args:
    base_filename: Each file's name is this and the CPU number.
    parent: The directory; None: the root.

Raises:
    ExistsError: The channel has a name already, also after a late set-up that failed half-way.
    CreateFileError: create_buf_file returned None; files made before it stay.
    RelayError: No name, or one that cannot be one.
    BusyError, Exception: As flush.

Threads: as flush. Source: relay_late_setup_files, which kernels before 6.17 have.)")
        .def("set_online", set_online, nb::arg("cpu"), nb::arg("online"),
             R"(Bring a CPU on line or take it off line.

One that comes on line for the first time gets its buffer and file, or uses the one of a global
channel. One that goes keeps buffer and data and cannot be written to.

Raises:
    CpuError: No such CPU, or the last one on line was to go.
    NoMemoryError, CreateFileError, BusyError, Exception: As opening a channel.

Threads: as flush. Source: the CPU hot-plug of the kernel's relay.)")
        .def("_set_subbuf_start", set_subbuf_start, nb::arg("value").none(), nb::arg("header"))
        .def("open_file", open_file_of, nb::arg("cpu"), nb::arg("flags") = "r",
             R"(Open the file of a CPU's buffer.

Args:
    cpu: The CPU.
    flags: "r", "w" or "rw", with "nb" behind it for O_NONBLOCK.

Raises:
    CpuError: No such CPU, or one without buffer.
    FileNotFoundError: The channel is buffer-only or closed.)");
}

void define_attributes(nb::class_<Channel> &type)
{
    type.def_prop_ro("buffers", buffers_of, nb::sig("def buffers(self) -> tuple[Buffer, ...]"),
                     "The distinct buffers by CPU number; a global channel has one.")
        .def_prop_ro(
            "last_toobig", [](const Channel &self) { return relay_load(&self.chan->last_toobig); },
            "Bytes of the latest event that could never fit.")
        .def_prop_ro(
            "is_global", [](const Channel &self) { return self.chan->is_global != 0; },
            "Whether one buffer serves all CPUs.")
        .def_prop_ro("base_filename", base_filename_of,
                     "Files have this name and the CPU number; None: buffer-only.")
        .def_prop_ro(
            "subbuf_size", [](const Channel &self) { return self.chan->subbuf_size; }, "Bytes.")
        .def_prop_ro(
            "n_subbufs", [](const Channel &self) { return self.chan->n_subbufs; },
            "Sub-buffers of a buffer.")
        .def_prop_ro(
            "alloc_size", [](const Channel &self) { return self.chan->alloc_size; },
            "Bytes of a buffer: subbuf_size * n_subbufs in whole pages.")
        .def_prop_ro(
            "cpus", [](const Channel &self) { return self.chan->cpus; }, "Possible CPUs.")
        .def_prop_ro("online", online_of, "The CPUs that are on line, in order.")
        .def_prop_ro(
            "private_data", [](const Channel &self) { return self.owner().private_data; },
            nb::sig("def private_data(self) -> object"), "As given to open.")
        .def_prop_ro(
            "closed", [](const Channel &self) { return self.closed; }, "Whether it was closed.")
        .def("_stats", [](const Channel &self) {
            return nb::make_tuple(relay_stats(self.chan, RELAY_STATS_BUF_FULL),
                                  relay_stats(self.chan, RELAY_STATS_WRT_BIG));
        });
}

} // namespace

void define_channel(nb::module_ &module)
{
    static PyType_Slot slots[] = {
        {Py_tp_traverse, reinterpret_cast<void *>(traverse<Channel>)},
        {Py_tp_finalize, reinterpret_cast<void *>(finalize)},
        {0, nullptr},
    };
    nb::class_<Channel> type(module, "Channel", nb::type_slots(slots),
                             "The native part of relayviz.relay.Channel.");
    type.def("__init__", open_channel, nb::arg("base_filename").none(), nb::arg("parent").none(),
             nb::arg("subbuf_size"), nb::arg("n_subbufs"), nb::arg("callbacks").none(),
             nb::arg("private_data").none(), nb::arg("cpus"), nb::arg("online").none(),
             nb::arg("one_writer"), nb::arg("memory_limit"));
    define_operations(type);
    define_changes(type);
    define_attributes(type);
    define_saving(type);
    define_writing(type);
    define_observing(module, type);
    define_batches(module, type);
}
