// SPDX-License-Identifier: MIT
// The host filesystem: directories, and the files of buffers.
#include "entry.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "arguments.h"
#include "buffer.h"
#include "callbacks.h"
#include "errors.h"
#include "file.h"
#include "objects.h"
#include "relay/relay_directory.h"

namespace
{

nb::object create_file(nb::handle name, const Directory *parent, uint16_t mode,
                       const Buffer &buffer)
{
    if (name.is_none()) // a buffer-only channel only wants to see any entry
        return make<Directory>(relay_root());
    const char *text = name_argument(name);
    dentry *made = nullptr;
    {
        WithoutGil released; // failing, it waits for the buffer
        made = relay_create_file(text, directory_of(parent), mode, buffer.buf);
    }
    if (!made)
        raise_relay(relay_error(), std::string("file \"") + text + "\"");
    nb::object entry = make<Entry>(made, buffer.client);
    Client &client = Client::of(buffer.buf);
    client.made.push_back(entry);
    keep_while_files_remain(client);
    return entry;
}

void forget_made(const Entry &entry)
{
    Client &client = *nb::inst_ptr<Client>(entry.client);
    auto place = std::find_if(client.made.begin(), client.made.end(), [&](const nb::object &known) {
        return nb::inst_ptr<Entry>(known)->entry == entry.entry;
    });

    if (place != client.made.end()) {
        nb::object dropped = std::move(*place);
        client.made.erase(place);
        keep_while_files_remain(client);
    }
}

void remove_entry(const Entry &entry)
{
    int result;
    {
        WithoutGil released; // the last reader of a closed buffer waits for it
        result = relay_remove(entry.entry);
    }
    if (result)
        raise_relay(relay_error(), std::string("\"") + relay_dentry_name(entry.entry) + "\"");
    if (entry.client.is_valid())
        forget_made(entry);
}

void create_directory(Directory *self, nb::str name, const Directory *parent)
{
    const char *text = name_argument(name);
    dentry *made = relay_create_dir(text, directory_of(parent));

    if (!made)
        raise_relay(relay_error(), std::string("directory \"") + text + "\"");
    new (self) Directory(made);
}

nb::list names_in(const Directory &directory)
{
    std::string names;
    ssize_t needed = relay_dir_names(directory.entry, nullptr, 0);
    nb::list result;

    while (static_cast<size_t>(needed) > names.size()) { // more may come meanwhile
        names.resize(static_cast<size_t>(needed));
        needed = relay_dir_names(directory.entry, names.data(), names.size());
    }
    for (const char *name = names.data(); name < names.data() + needed;
         name += std::strlen(name) + 1)
        result.append(nb::str(name));
    return result;
}

nb::object directory_at(nb::handle path, bool create, uint16_t mode)
{
    PyObject *converted;
    if (!PyUnicode_FSConverter(path.ptr(), &converted))
        throw nb::python_error();
    nb::object text = nb::steal(converted);
    relay_directory_options options{create, mode};
    dentry *found = relay_directory_at(PyBytes_AS_STRING(text.ptr()), &options);

    if (!found)
        raise_relay(relay_error(), std::string(nb::str("\"{}\"").format(path).c_str()));
    Entry held(found);
    relay_dentry_put(found);
    return make<Directory>(found);
}

nb::object path_of(const Directory &directory)
{
    const char *path = relay_directory_path(directory.entry);

    return path ? nb::steal(PyUnicode_DecodeFSDefault(path)) : nb::none();
}

int clean(const Directory &directory, nb::str name)
{
    const char *text = name_argument(name);
    int count;
    {
        WithoutGil released; // another process may have the directory locked
        count = relay_directory_clean(directory.entry, text);
    }
    if (count < 0)
        raise_relay(relay_error(), std::string("channel \"") + text + "\"");
    return count;
}

nb::object open_in(const Directory &directory, nb::str name, const char *flags)
{
    const char *text = name_argument(name);
    dentry *entry = relay_lookup(directory.entry, text);

    if (!entry)
        raise_relay(relay_error(), std::string("\"") + text + "\"");
    Entry found(entry);
    relay_dentry_put(entry);
    return open_file(entry, flags_argument(flags));
}

bool is_same(const Entry &entry, nb::handle other)
{
    return nb::isinstance<Entry>(other) && nb::inst_ptr<Entry>(other)->entry == entry.entry;
}

void define_on_disk(nb::class_<Directory, Entry> &type)
{
    type.def_static("at", directory_at, nb::arg("path"), nb::kw_only(), nb::arg("create") = false,
                    nb::arg("mode") = 0600,
                    R"(A directory on disk: a channel in it can be read by other processes.

There a buffer is two files, NAME (its data) and NAME.ctl; a channel is described by BASE.channel.
Opened through the same path in another process, NAME has the same face: reads take from the same
position, poll is woken by the writer. No descriptor stays open.

Args:
    path: Any folder; /dev/shm is memory.
    create: Make it, for this user alone, if there is none.
    mode: Permission bits of the files that are made in it.

Raises:
    FileNotFoundError, NotADirectoryError, PermissionError: As for any folder.

Threads: any. Source: relay_directory_at.)")
        .def_prop_ro("path", path_of, "Where it is on disk, without links; None: in memory.")
        .def("clean", clean, nb::arg("name"),
             R"(Take away what a process that is gone left of a channel here, and one folder below.

Args:
    name: The channel's base_filename.

Returns:
    How many buffers were taken away.

Raises:
    ExistsError: Its process is there; nothing is taken away.
    FileNotFoundError: There is nothing of that name.
    NotADirectoryError: This directory is in memory.)");
}

void define_directory(nb::module_ &module)
{
    nb::class_<Directory, Entry> type(module, "Directory",
                                      R"(A directory of the host filesystem, made by this call.

Args:
    name: 1 to 255 bytes without "/".
    parent: The directory to make it in; None: the root.

Raises:
    ExistsError: That name exists in the directory.
    RelayError: A name that cannot be one.
    FileNotFoundError: The parent was removed.

Threads: any. Source: the parent argument of relay_open.)");
    define_on_disk(type);
    type.def("__init__", create_directory, nb::arg("name"), nb::arg("parent").none() = nb::none())
        .def_static(
            "root", [] { return make<Directory>(relay_root()); },
            "The root of the host filesystem; cannot be removed.")
        .def("names", names_in, "The names in it, in the order in which they were made.")
        .def("open", open_in, nb::arg("name"), nb::arg("flags") = "r",
             R"(Open a buffer's file.

Args:
    name: Its name in this directory.
    flags: "r", "w" or "rw", with "nb" behind it for O_NONBLOCK.

Raises:
    FileNotFoundError: No such file.
    IsADirectoryError: The name is a directory's.
    OSError: On disk: EPROTO, of another version of this library or another PID namespace;
        EBADMSG, no buffer, or a damaged one; EACCES.)")
        .def(
            "remove", [](const Directory &self) { remove_entry(self); },
            "Take it out of its parent. OSError (ENOTEMPTY): it has entries.");
}

} // namespace

void define_entries(nb::module_ &module)
{
    static PyType_Slot slots[] = {
        {Py_tp_traverse, reinterpret_cast<void *>(traverse<Entry>)},
        {0, nullptr},
    };
    nb::class_<Entry>(module, "Entry", nb::type_slots(slots),
                      "An entry of the host filesystem: a buffer's file or a directory.")
        .def_prop_ro(
            "name", [](const Entry &self) { return nb::str(relay_dentry_name(self.entry)); },
            "Its name in its directory; \"\" for the root.")
        .def("__eq__", is_same, nb::arg("other").none())
        .def("__hash__", [](const Entry &self) { return reinterpret_cast<uintptr_t>(self.entry); })
        .def("__repr__", [](const Entry &self) {
            return nb::str("<{} {!r}>")
                .format(relay_dentry_is_dir(self.entry) ? "Directory" : "Entry",
                        relay_dentry_name(self.entry));
        });
    define_directory(module);
    module.def("create_file", create_file, nb::arg("name").none(), nb::arg("parent").none(),
               nb::arg("mode"), nb::arg("buf"),
               R"(Make the file of a buffer: what a create_buf_file normally returns.

Args:
    name: Its name; None (a buffer-only channel): nothing is made, the root is returned.
    parent: The directory to make it in; None: the root.
    mode: Permission bits, e.g. 0o400.
    buf: The buffer that reads and mappings go to; the file keeps it in memory until it is removed.

Raises:
    ExistsError: That name exists in the directory.

Threads: any. Source: the create_buf_file example of the kernel's relay documentation.)");
    module.def("remove_file", remove_entry, nb::arg("entry"),
               R"(Remove an entry: what a remove_buf_file normally does.

Open descriptors stay. Removing it twice does nothing.

Raises:
    OSError: ENOTEMPTY, a directory with entries.)");
    module.def(
        "create_buf_file",
        [](nb::handle name, const Directory *parent, uint16_t mode, const Buffer &buf,
           const IsGlobal &) { return create_file(name, parent, mode, buf); },
        nb::arg("name").none(), nb::arg("parent").none(), nb::arg("mode"), nb::arg("buf"),
        nb::arg("is_global"), "The default create_buf_file: create_file with what it is given.");
    module.def(
        "remove_buf_file",
        [](const Entry *entry) {
            if (entry)
                remove_entry(*entry);
        },
        nb::arg("entry").none(), "The default remove_buf_file: remove_file, unless it is None.");
}
