// SPDX-License-Identifier: MIT
// The C callbacks that lead to Python. Each takes the GIL and leaves exceptions to the call in
// progress; the core then sees a refusal.
#include "callbacks.h"

#include "buffer.h"
#include "entry.h"
#include "objects.h"
#include "span.h"

namespace
{

// Marks that this thread holds a buffer's lock or the mutex of all channels.
thread_local unsigned depth;

struct Inside {
    Inside()
    {
        ++depth;
    }
    ~Inside()
    {
        --depth;
    }
};

// Run a callback; `refusal` is returned when it raises.
template <class Result, class Function>
Result guarded(const rchan_buf *buf, Result refusal, Function function)
{
    try {
        return function();
    } catch (nb::python_error &error) {
        error.restore();
    } catch (const std::exception &error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    if (Call::current)
        Call::current->keep_exception(buf);
    else
        report_unraisable(nb::none());
    return refusal;
}

void raise_wrong_result(const char *callback, const char *expected, nb::handle result)
{
    PyErr_Format(PyExc_TypeError, "%s must return %s, not %R", callback, expected, result.ptr());
    throw nb::python_error();
}

int ask(const nb::object &callable, rchan_buf *buf, void *subbuf, void *prev, size_t prev_padding)
{
    size_t size = buf->chan->subbuf_size;
    nb::object answer =
        call_python(callable, {make<Buffer>(buf), writable_view(buf, subbuf, size),
                               prev ? writable_view(buf, prev, size) : nb::object(nb::none()),
                               nb::int_(prev_padding)});

    if (!PyLong_Check(answer.ptr()))
        raise_wrong_result("subbuf_start", "a bool", answer);
    return PyObject_IsTrue(answer.ptr());
}

dentry *create_buf_file(const char *name, dentry *parent, uint16_t mode, rchan_buf *buf,
                        int *is_global)
{
    WithGil gil;
    Client &client = Client::of(buf);
    Inside inside;

    return guarded<dentry *>(buf, nullptr, [&]() -> dentry * {
        nb::object callable = client.create_buf_file;
        nb::object global = make<IsGlobal>(IsGlobal{*is_global});
        nb::object entry = call_python(
            callable, {name ? nb::object(nb::str(name)) : nb::object(nb::none()),
                       client.parent_object(parent), nb::int_(mode), make<Buffer>(buf), global});

        if (entry.is_none())
            return nullptr;
        if (!nb::isinstance<Entry>(entry))
            raise_wrong_result("create_buf_file", "an Entry or None", entry);
        *is_global = nb::inst_ptr<IsGlobal>(global)->value;
        if (name)
            client.entries.push_back({buf, entry});
        return nb::inst_ptr<Entry>(entry)->entry;
    });
}

int remove_buf_file(dentry *entry)
{
    WithGil gil;
    Call *call = Call::current;
    Inside inside;

    if (!call || !call->client.remove_buf_file.is_valid())
        return relay_remove(entry);
    return guarded<int>(nullptr, 0, [&] {
        nb::object callable = call->client.remove_buf_file;
        call_python(callable, {call->client.take_entry(entry)});
        return 0;
    });
}

void tell(rchan_buf *buf, nb::object Client::*callback)
{
    WithGil gil;
    nb::object callable = Client::of(buf).*callback;

    if (!callable.is_valid())
        return;
    guarded<int>(buf, 0, [&] {
        nb::handle file = Call::current ? Call::current->file : nb::handle();
        call_python(callable, {make<Buffer>(buf),
                               file.is_valid() ? nb::borrow(file) : nb::object(nb::none())});
        return 0;
    });
}

void buf_mapped(rchan_buf *buf, relay_file *)
{
    tell(buf, &Client::buf_mapped);
}

void buf_unmapped(rchan_buf *buf, relay_file *)
{
    tell(buf, &Client::buf_unmapped);
}

} // namespace

bool is_inside_callback()
{
    return depth > 0;
}

int ask_python_subbuf_start(rchan_buf *buf, void *subbuf, void *prev_subbuf, size_t prev_padding)
{
    WithGil gil;
    SubbufStart start = Client::of(buf).start;
    Inside inside;

    if (Call::current && Call::current->has_raised_for(buf))
        return 0;
    if (start.callable.is_valid())
        return guarded<int>(
            buf, 0, [&] { return ask(start.callable, buf, subbuf, prev_subbuf, prev_padding); });
    // Somebody has changed it to a native one while this thread waited for the GIL.
    return start.native ? start.native(buf, subbuf, prev_subbuf, prev_padding)
                        : !relay_buf_full(buf);
}

void fill_table(Client &client)
{
    client.table.subbuf_start = client.start.function();
    client.table.create_buf_file = client.create_buf_file.is_valid() ? create_buf_file : nullptr;
    client.table.remove_buf_file = client.remove_buf_file.is_valid() ? remove_buf_file : nullptr;
    client.table.buf_mapped = client.buf_mapped.is_valid() ? buf_mapped : nullptr;
    client.table.buf_unmapped = client.buf_unmapped.is_valid() ? buf_unmapped : nullptr;
}

void define_is_global(nb::module_ &module)
{
    nb::class_<IsGlobal>(module, "IsGlobal",
                         "Whether one buffer serves all CPUs; create_buf_file may set it.")
        .def_rw("value", &IsGlobal::value, "0, or 1: the channel is global.");
}
