// SPDX-License-Identifier: MIT
// The client of a channel: its callbacks and private data, and calls into the core on its behalf.
//
// LOCKS AND THE GIL. A thread that holds the GIL must never wait for a lock whose holder may need
// the GIL. The locks: a buffer's (its holder may be inside a Python subbuf_start), the mutex of all
// channels (its holder may be inside any Python callback), a file's (its holder waits for the
// buffer's). Hence:
//  - Open, close, flush, reset, late set-up and CPU changes are made without the GIL; so are read,
//    splice and sleeping, and whatever may drop the last reader of a buffer.
//  - Calls that take a buffer's lock only (write, reserve, …) keep the GIL as long as the client has
//    never had a Python subbuf_start: run(). Once it had one they release it for good, since a
//    callback that was begun under the old setting may still be waiting for the GIL.
//  - What takes no lock (counters, snapshots) keeps the GIL.
// Everything in a Client is read and changed with the GIL held.
#pragma once

#include <vector>

#include <nanobind/nanobind.h>

#include "gil.h"
#include "relay/relay.h"
#include "relay/relay_file.h"

namespace nb = nanobind;

using subbuf_start_function = int (*)(rchan_buf *, void *, void *, size_t);

// What subbuf_start does: a Python callable, or a native function (NULL: the default).
struct SubbufStart {
    nb::object callable;
    subbuf_start_function native = nullptr;

    subbuf_start_function function() const;
};

struct BufEntry {
    const rchan_buf *buf; // only a name
    nb::object entry;
};

// Lives as long as anything that may call back: Python objects of its channel, its buffers, their
// files and mappings hold a reference; the core only has the pointer, as chan->private_data.
class Client
{
  public:
    static Client &of(const rchan_buf *buf);

    void use_subbuf_start(SubbufStart value);
    // The Directory object that was given for a directory.
    nb::object parent_object(dentry *parent) const;
    // What remove_buf_file gets: the object that create_buf_file returned.
    nb::object take_entry(dentry *entry);
    // What create_buf_file returned for a buffer; NULL: nothing, or removed.
    dentry *entry_of(const rchan_buf *buf) const;

    // Call into the core, which may take a buffer's lock and no other.
    template <class Function> auto run(Function function);

    int traverse(visitproc visit, void *arg) const;
    void clear();

    nb::handle self; // the Python object that this is
    rchan_callbacks table{};
    SubbufStart start;
    size_t header_size = 0; // what the native presets reserve at open
    bool releases_gil = false;
    bool closed = false;
    nb::object create_buf_file, remove_buf_file, buf_mapped, buf_unmapped;
    nb::object private_data, base_filename;
    std::vector<nb::object> parents; // directories that files were to be made in
    std::vector<BufEntry> entries; // returned by create_buf_file, not yet given to remove_buf_file
    std::vector<nb::object> made;  // files that create_file made and nobody has removed
};

// The client of Python's callback table, a tuple (subbuf_start, header, create_buf_file,
// remove_buf_file, buf_mapped, buf_unmapped), or None: no table.
nb::object make_client(nb::handle callbacks, nb::object private_data);

// What a value of Callbacks.subbuf_start means: a callable, or "no-overwrite", "overwrite", or None.
SubbufStart parse_subbuf_start(nb::object value);

// One call into the core from Python, during which callbacks may run. Collects their exceptions.
class Call
{
  public:
    explicit Call(Client &client);
    ~Call();
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

    template <class Function> auto without_gil(Function function)
    {
        WithoutGil released;
        return function();
    }

    // Raise the first exception of a callback; the others become notes of it.
    void finish();
    // The same where nothing can be raised.
    void finish_unraisable(nb::handle where) noexcept;
    bool has_raised() const
    {
        return !raised_.empty();
    }

    // For callbacks: the current exception reaches whoever made the call.
    void keep_exception(const rchan_buf *buf);
    // Whether a callback of this buffer has raised: then the client is not asked again.
    bool has_raised_for(const rchan_buf *buf) const;

    static thread_local Call *current; // the innermost one of this thread
    Client &client;
    nb::handle file; // the RelayFile that is being mapped or unmapped

  private:
    struct Raised {
        const rchan_buf *buf;
        nb::object exception;
    };
    Call *outer_;
    std::vector<Raised> raised_;
};

template <class Function> auto Client::run(Function function)
{
    if (!releases_gil)
        return function();
    Call call(*this);
    auto result = call.without_gil(function);
    call.finish();
    return result;
}

// Whether this thread is inside a callback that runs with a lock held.
bool is_inside_callback();
// BusyError if it is: `operation` would wait for a lock that a waiter for ours may hold.
void refuse_inside_callback(const char *operation);

// Close a channel; takes over the reference that open gave. GIL held.
void close_channel(Call &call, rchan *chan);
// The same for one that nobody has closed: at once, or, inside a callback, when the call that led
// there has returned.
void close_abandoned(Client &client, rchan *chan) noexcept;

// Files that are left in directories when their channel is closed keep its client alive: they can be
// opened. To be called when `made` or `closed` has changed.
void keep_while_files_remain(Client &client);
// At exit: remove them.
void remove_left_files();

void define_client(nb::module_ &module);
