// SPDX-License-Identifier: MIT
// Machines whose actors are stepped: the class relayviz._relay.Inside.
#pragma once

#include <nanobind/nanobind.h>

void define_inside(nanobind::module_ &module);
