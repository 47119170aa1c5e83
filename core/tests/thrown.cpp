// SPDX-License-Identifier: MIT
// A client in C++ whose subbuf_start throws: the exception arrives, and everything goes on.
#include <cstdio>
#include <stdexcept>

#include "relay/relay.h"
#include "relay/relay_file.h"

static bool throws;

static int start(rchan_buf *, void *, void *, size_t)
{
    if (throws) {
        throws = false;
        throw std::runtime_error("out of cheese");
    }
    return 1;
}

// 0 when what is thrown by the n-th call after the first arrives and leaves nothing held.
static int thrown_by(rchan *chan, void (*act)(rchan *))
{
    rchan_callbacks other{};
    rchan *second;
    bool caught = false;

    throws = true;
    try {
        act(chan);
    } catch (const std::runtime_error &) {
        caught = true;
    }
    other.create_buf_file = relay_default_create_buf_file;
    other.remove_buf_file = relay_default_remove_buf_file;
    second = relay_open("second", nullptr, 64, 2, &other, nullptr);
    if (second)
        relay_close(second);
    return caught && second && relay_write_on(chan, 0, "x", 1) == RELAY_STORED ? 0 : 1;
}

static void write_much(rchan *chan)
{
    static const char bytes[60] = {};

    while (true)
        relay_write_on(chan, 0, bytes, sizeof(bytes));
}

int main()
{
    rchan_callbacks callbacks{};
    relay_options options{};
    rchan *chan;
    int failures = 0;

    callbacks.subbuf_start = start;
    callbacks.create_buf_file = relay_default_create_buf_file;
    callbacks.remove_buf_file = relay_default_remove_buf_file;
    options.cpus = 1;
    for (relay_writers writers : {RELAY_WRITERS_MANY, RELAY_WRITERS_ONE}) {
        options.writers = writers;
        chan = relay_open_on("thrown", nullptr, 64, 4, &callbacks, nullptr, &options);
        failures += thrown_by(chan, write_much);
        failures += thrown_by(chan, relay_flush);
        failures += thrown_by(chan, relay_reset);
        relay_close(chan);
    }
    std::printf("%d failures\n", failures);
    return failures ? 1 : 0;
}
