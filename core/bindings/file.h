// SPDX-License-Identifier: MIT
// An open descriptor of a buffer's file.
#pragma once

#include <memory>

#include "client.h"

// The descriptor stays open while a call that was begun before close() is still using it.
struct RelayFile {
    int traverse(visitproc visit, void *arg) const
    {
        Py_VISIT(client.ptr());
        return 0;
    }
    // The descriptor for one call; OSError (EBADF): closed.
    std::shared_ptr<relay_file> get() const;

    std::shared_ptr<relay_file> file;
    nb::object client;
};

// Open an entry; OSError as open(2).
nb::object open_file(dentry *entry, int flags);

void define_file(nb::module_ &module);
