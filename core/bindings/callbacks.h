// SPDX-License-Identifier: MIT
// The C callbacks that lead to Python.
#pragma once

#include "client.h"

int ask_python_subbuf_start(rchan_buf *buf, void *subbuf, void *prev_subbuf, size_t prev_padding);

// The C table of a client. Callbacks that the client has not are NULL there, too.
void fill_table(Client &client);

// What create_buf_file may change.
struct IsGlobal {
    int value;
};

void define_is_global(nb::module_ &module);
