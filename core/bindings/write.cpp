// SPDX-License-Identifier: MIT
// Writing to a channel. write() is the hot path: one dispatch, no conversion objects, the GIL kept
// where it may be (client.h).
#include <limits>
#include <string>
#include <vector>

#include "arguments.h"
#include "channel.h"
#include "errors.h"
#include "span.h"

namespace
{

[[noreturn]] void raise_unstored(const Channel &self, relay_outcome outcome, unsigned cpu)
{
    raise_relay(outcome == RELAY_LOST_CLOSED ? RELAY_ERR_CLOSED : RELAY_ERR_CPU,
                cpu_text(self, cpu));
}

// True: stored. False: lost, and the account says why. What is the caller's mistake is raised.
bool is_stored(const Channel &self, relay_outcome outcome, unsigned cpu)
{
    if (outcome >= RELAY_LOST_CLOSED)
        raise_unstored(self, outcome, cpu);
    return outcome == RELAY_STORED;
}

template <relay_outcome (*write_on)(rchan *, unsigned, const void *, size_t)>
bool write(Channel &self, nb::handle data, nb::handle cpu_number)
{
    Bytes bytes(data);
    unsigned cpu = cpu_argument(cpu_number);

    self.require_open("write");
    return is_stored(
        self, self.owner().run([&] { return write_on(self.chan, cpu, bytes.data, bytes.size); }),
        cpu);
}

nb::object reserve(Channel &self, nb::handle length, nb::handle cpu_number)
{
    size_t size = size_argument(length, "length");
    unsigned cpu = cpu_argument(cpu_number);
    relay_outcome outcome;

    self.require_open("reserve");
    void *slot = self.owner().run([&] { return relay_reserve_on(self.chan, cpu, size, &outcome); });
    if (!is_stored(self, outcome, cpu) || !slot)
        return nb::none();
    return writable_view(relay_cpu_buf(self.chan, cpu), slot, size);
}

size_t switch_subbuf(Channel &self, nb::handle length, nb::handle cpu_number)
{
    size_t size = size_argument(length, "length");
    unsigned cpu = cpu_argument(cpu_number);
    rchan_buf *buf = relay_cpu_buf(self.chan, cpu);
    relay_error_code error = RELAY_ERR_OK;

    self.require_open("switch_subbuf");
    if (!buf)
        raise_relay(RELAY_ERR_CPU, cpu_text(self, cpu));
    size_t result = self.owner().run([&] {
        relay_error_clear();
        size_t switched = relay_switch_subbuf(buf, size);
        error = relay_error();
        return switched;
    });
    if (error == RELAY_ERR_BUSY || error == RELAY_ERR_CLOSED)
        raise_relay(error, "switch_subbuf");
    return result;
}

// Lengths of events: an array of 32-bit numbers is taken as it is, all else is converted.
class Lengths
{
  public:
    explicit Lengths(nb::handle object)
    {
        if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_FORMAT | PyBUF_ND) == 0) {
            if (view_.ndim == 1 && view_.itemsize == sizeof(uint32_t) && view_.format &&
                std::string("I") == view_.format) {
                data = static_cast<const uint32_t *>(view_.buf);
                count = static_cast<size_t>(view_.shape[0]);
                return;
            }
            PyBuffer_Release(&view_);
        }
        PyErr_Clear();
        view_.obj = nullptr;
        convert(object);
    }
    ~Lengths()
    {
        if (view_.obj)
            PyBuffer_Release(&view_);
    }
    Lengths(const Lengths &) = delete;
    Lengths &operator=(const Lengths &) = delete;

    uint64_t total() const
    {
        uint64_t sum = 0;

        for (size_t i = 0; i < count; i++)
            sum += data[i];
        return sum;
    }

    const uint32_t *data;
    size_t count;

  private:
    void convert(nb::handle object)
    {
        for (nb::handle item : nb::iter(object)) {
            size_t length = size_argument(item, "length");
            if (length > std::numeric_limits<uint32_t>::max())
                raise_relay(RELAY_ERR_SIZE, "length=" + std::to_string(length),
                            "the length of an event must be below 2**32");
            own_.push_back(static_cast<uint32_t>(length));
        }
        data = own_.data();
        count = own_.size();
    }

    Py_buffer view_;
    std::vector<uint32_t> own_;
};

size_t write_many(Channel &self, nb::handle data, nb::handle lengths, nb::handle cpu_number)
{
    Bytes bytes(data);
    Lengths events(lengths);
    unsigned cpu = cpu_argument(cpu_number);
    uint64_t total = events.total();

    self.require_open("write_many");
    if (total != bytes.size)
        throw nb::value_error(("lengths add up to " + std::to_string(total) + " bytes, data has " +
                               std::to_string(bytes.size))
                                  .c_str());
    if (!relay_cpu_is_online(self.chan, cpu))
        raise_relay(RELAY_ERR_CPU, cpu_text(self, cpu));
    Call call(self.owner());
    size_t stored = call.without_gil(
        [&] { return relay_write_many(self.chan, cpu, bytes.data, events.data, events.count); });
    call.finish();
    return stored;
}

void define_events(nb::class_<Channel> &type)
{
    type.def("write", write<relay_write_on>, nb::arg("data"), nb::arg("cpu") = 0,
             R"(Write one event to the buffer of a CPU.

Args:
    data: The event: any C-contiguous bytes-like object.
    cpu: The CPU whose buffer is written to.

Returns:
    True: stored. False: lost; the buffer's account says why (refused while full, too big, or
    busy: written by a callback of the same buffer).

Raises:
    ClosedError: The channel is closed.
    CpuError: No such CPU, or it is off line.
    Exception: What a Python subbuf_start raised; the event is lost, the buffer blocked.

Threads: any (writers="many"); one at a time for each CPU (writers="one"). The GIL is kept unless
subbuf_start is, or ever was, a Python callable. Source: relay_write.)")
        .def("write_nolock", write<relay_write_nolock_on>, nb::arg("data"), nb::arg("cpu") = 0,
             R"(Write one event without protection: the caller is the buffer's only writer.

Arguments, result and errors are those of write. Source: __relay_write.)");
}

void define_slots_and_batches(nb::class_<Channel> &type)
{
    type.def("reserve", reserve, nb::arg("length"), nb::arg("cpu") = 0,
             R"(Reserve a slot, to be filled by the caller.

Args:
    length: Bytes; 0: see below.
    cpu: The CPU whose buffer it is in.

Returns:
    A writable memoryview that keeps the memory alive, or None: lost, see the account. Of length 0
    always an empty one, but None whenever the buffer was blocked (the kernel's quirk).

Raises:
    As write. SizeError: a length below 0 or beyond 64 bits.

Threads: as write for the reservation; nothing protects filling the slot. Source: relay_reserve.)")
        .def("switch_subbuf", switch_subbuf, nb::arg("length"), nb::arg("cpu") = 0,
             R"(Switch to the next sub-buffer as if `length` bytes had not fitted.

Returns:
    length; 0: too big, or refused by subbuf_start (0 as well for a length of 0).

Raises:
    BusyError: Called from inside a callback of the buffer.
    ClosedError, CpuError, Exception: As write.

Source: relay_switch_subbuf.)")
        .def("write_many", write_many, nb::arg("data"), nb::arg("lengths"), nb::arg("cpu") = 0,
             R"(Write many events in one call, without the GIL.

Args:
    data: The events' bytes, one behind the other: any C-contiguous bytes-like object.
    lengths: Bytes of each event: a numpy array of uint32, shape (n,), is used as it is; any
        iterable of integers below 2**32 does. They must add up to the size of data.
    cpu: The CPU whose buffer is written to.

Returns:
    How many were stored; the account says what became of the others.

Raises:
    ValueError: The lengths do not add up to the size of data.
    SizeError, ClosedError, CpuError, Exception: As write. When subbuf_start raises, it is not
        asked again: later events that do not fit are lost.

Threads: as write. Source: relay_write.)");
}

} // namespace

void define_writing(nb::class_<Channel> &type)
{
    define_events(type);
    define_slots_and_batches(type);
}
