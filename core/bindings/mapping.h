// SPDX-License-Identifier: MIT
// Mappings of a buffer, seen from Python as memoryviews.
#pragma once

#include "file.h"

// Add RelayFile.mmap.
void define_mmap(nb::class_<RelayFile> &type);

void define_mapping(nb::module_ &module);
