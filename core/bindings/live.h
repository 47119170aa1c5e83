// SPDX-License-Identifier: MIT
// A live pool: threads that write to and read from a channel.
#pragma once

#include <nanobind/nanobind.h>

namespace nb = nanobind;

void define_live(nb::module_ &module);
