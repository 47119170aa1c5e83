/* SPDX-License-Identifier: MIT */
/* The libFuzzer target. */
#include "sequence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    relay_sequence(data, size);
    return 0;
}
