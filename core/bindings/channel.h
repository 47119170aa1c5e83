// SPDX-License-Identifier: MIT
// A channel as Python holds it.
#pragma once

#include <functional>
#include <string>

#include "client.h"

// Holds the channel's memory as long as the object lives, closed or not: no call can meet a channel
// that is gone, and what was counted can still be looked at.
struct Channel {
    Channel(rchan *opened, nb::object of)
        : chan(opened), client(std::move(of)), owner_(nb::inst_ptr<Client>(client))
    {
        relay_get(chan);
    }
    ~Channel();
    Channel(const Channel &) = delete;
    Channel &operator=(const Channel &) = delete;

    int traverse(visitproc visit, void *arg) const
    {
        Py_VISIT(client.ptr());
        return 0;
    }
    Client &owner() const
    {
        return *owner_;
    }
    // ClosedError: it is.
    void require_open(const char *operation) const;
    // Close it if nobody has.
    void abandon() noexcept;

    rchan *chan;
    nb::object client;
    bool closed = false;

  private:
    Client *owner_; // the same; asking nanobind takes time
};

// "cpu=9 of 4", for messages.
std::string cpu_text(const Channel &self, unsigned cpu);

// Open a channel for a client, without the GIL. Exceptions of callbacks are raised, and what the core
// refuses, with the words of `given` on what was asked for.
rchan *open_for(Client &client, const std::function<rchan *()> &open,
                const std::function<std::string()> &given);

// Each adds methods: of the whole channel, of saving, of writing, of observing, of batches.
void define_saving(nb::class_<Channel> &type);
void define_writing(nb::class_<Channel> &type);
void define_observing(nb::module_ &module, nb::class_<Channel> &type);
void define_batches(nb::module_ &module, nb::class_<Channel> &type);
void define_channel(nb::module_ &module);
void define_found(nb::module_ &module);
