/* SPDX-License-Identifier: MIT */
/* The libFuzzer target for saved channels. */
#include "patched.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    relay_patched(data, size);
    return 0;
}
