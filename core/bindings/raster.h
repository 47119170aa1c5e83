// SPDX-License-Identifier: MIT
// Pictures of buffers: the submodule relayviz._relay.raster.
#pragma once

#include <nanobind/nanobind.h>

void define_raster(nanobind::module_ &module);
