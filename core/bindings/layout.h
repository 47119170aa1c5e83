// SPDX-License-Identifier: MIT
// How the rows of an array lie in memory, for Python to make the same of.
#pragma once

#include <cstddef>

#include <nanobind/nanobind.h>

namespace nb = nanobind;

inline void add_field(nb::list &fields, const char *name, size_t offset, size_t size)
{
    fields.append(nb::make_tuple(name, offset, size));
}

#define FIELD(list, type, name) add_field(list, #name, offsetof(type, name), sizeof(type::name))
