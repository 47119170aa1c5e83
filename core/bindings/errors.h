// SPDX-License-Identifier: MIT
// From the core's error codes and errno numbers to Python exceptions.
#pragma once

#include <string>

#include <nanobind/nanobind.h>

#include "relay/relay.h"

namespace nb = nanobind;

// Make the exception classes and put them into the module.
void define_errors(nb::module_ &module);

// Raise what a code means. `given`: what the caller passed, e.g. "subbuf_size=0, n_subbufs=4";
// `text`: why that is wrong, where relay_error_text() says too little.
[[noreturn]] void raise_relay(relay_error_code code, const std::string &given,
                              const char *text = nullptr);

// Raise the OSError of an errno number (its subclass, where Python has one).
[[noreturn]] void raise_os(int number, const std::string &what);

// What the consumer side returned: a count, or a negative errno number to raise.
template <class T> T checked(T result, const char *what)
{
    if (result < 0)
        raise_os(static_cast<int>(-result), what);
    return result;
}
