// SPDX-License-Identifier: MIT
// Buffers of other processes, looked at only.
#pragma once

#include <nanobind/nanobind.h>

void define_attached(nanobind::module_ &module);
