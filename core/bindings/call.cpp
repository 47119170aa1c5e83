// SPDX-License-Identifier: MIT
// Calls into the core, the exceptions of the callbacks in them, and closing.
#include "client.h"
#include "errors.h"
#include "objects.h"

thread_local Call *Call::current;

namespace
{

struct Abandoned {
    rchan *chan;
    nb::object client;
};

// Channels whose Python object went inside a callback. Never destroyed: it would be too late.
std::vector<Abandoned> &abandoned()
{
    static auto *channels = new std::vector<Abandoned>;
    return *channels;
}

void close_now(Client &client, rchan *chan) noexcept
{
    nb::object keep = nb::borrow(client.self);
    SavedError saved;
    Call call(client);

    close_channel(call, chan);
    call.finish_unraisable(keep);
}

nb::object current_exception()
{
    PyObject *type, *value, *trace;

    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace)
        PyException_SetTraceback(value, trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    return nb::steal(value);
}

} // namespace

Call::Call(Client &of) : client(of), outer_(current)
{
    current = this;
}

Call::~Call()
{
    current = outer_;
    while (!outer_ && !abandoned().empty()) {
        Abandoned next = std::move(abandoned().back());
        abandoned().pop_back();
        close_now(*nb::inst_ptr<Client>(next.client), next.chan);
    }
}

void Call::keep_exception(const rchan_buf *buf)
{
    raised_.push_back({buf, current_exception()});
}

bool Call::has_raised_for(const rchan_buf *buf) const
{
    for (const Raised &raised : raised_)
        if (raised.buf == buf)
            return true;
    return false;
}

void Call::finish()
{
    if (raised_.empty())
        return;
    nb::object first = raised_.front().exception;
    for (size_t i = 1; i < raised_.size(); i++)
        first.attr("add_note")(nb::str("another callback raised: ") +
                               nb::repr(raised_[i].exception));
    raised_.clear();
    PyErr_SetObject(reinterpret_cast<PyObject *>(Py_TYPE(first.ptr())), first.ptr());
    throw nb::python_error();
}

void Call::finish_unraisable(nb::handle where) noexcept
{
    for (const Raised &raised : raised_) {
        PyErr_SetObject(reinterpret_cast<PyObject *>(Py_TYPE(raised.exception.ptr())),
                        raised.exception.ptr());
        report_unraisable(where);
    }
    raised_.clear();
}

void refuse_inside_callback(const char *operation)
{
    if (is_inside_callback())
        raise_relay(RELAY_ERR_BUSY, operation);
}

void close_channel(Call &call, rchan *chan)
{
    call.without_gil([&] { relay_close(chan); });
    call.client.closed = true;
    keep_while_files_remain(call.client);
}

void close_abandoned(Client &client, rchan *chan) noexcept
{
    if (is_inside_callback())
        abandoned().push_back({chan, nb::borrow(client.self)});
    else
        close_now(client, chan);
}
