// SPDX-License-Identifier: MIT
// Entries of the host filesystem.
#pragma once

#include "client.h"

// A file or directory. Keeps the entry's memory, not its place in a directory.
struct Entry {
    explicit Entry(dentry *from, nb::object of = nb::object()) : entry(from), client(std::move(of))
    {
        relay_dentry_get(entry);
    }
    ~Entry()
    {
        relay_dentry_put(entry);
    }
    Entry(const Entry &) = delete;
    Entry &operator=(const Entry &) = delete;

    int traverse(visitproc visit, void *arg) const
    {
        Py_VISIT(client.ptr());
        return 0;
    }

    dentry *entry;
    nb::object client; // whose `made` it is in, if any
};

struct Directory : Entry {
    using Entry::Entry;
};

// NULL for None: the root.
inline dentry *directory_of(const Directory *directory)
{
    return directory ? directory->entry : nullptr;
}

void define_entries(nb::module_ &module);
