// SPDX-License-Identifier: MIT
// The index of captures: the submodule relayviz._relay.capture.
#pragma once

#include <nanobind/nanobind.h>

void define_capture(nanobind::module_ &module);
