// SPDX-License-Identifier: MIT
// The client of a channel: what it holds, and how long it lives.
#include "client.h"

#include <algorithm>
#include <utility>

#include "arguments.h"
#include "callbacks.h"
#include "entry.h"
#include "errors.h"
#include "objects.h"

subbuf_start_function SubbufStart::function() const
{
    return callable.is_valid() ? ask_python_subbuf_start : native;
}

Client &Client::of(const rchan_buf *buf)
{
    return *static_cast<Client *>(buf->chan->private_data);
}

void Client::use_subbuf_start(SubbufStart value)
{
    start = std::move(value);
    releases_gil |= start.callable.is_valid();
}

nb::object Client::parent_object(dentry *parent) const
{
    if (!parent)
        return nb::none();
    for (const nb::object &known : parents)
        if (nb::inst_ptr<Entry>(known)->entry == parent)
            return known;
    return make<Directory>(parent);
}

nb::object Client::take_entry(dentry *entry)
{
    if (!entry)
        return nb::none();
    for (auto place = entries.begin(); place != entries.end(); ++place)
        if (nb::inst_ptr<Entry>(place->entry)->entry == entry) {
            nb::object found = std::move(place->entry);
            entries.erase(place);
            return found;
        }
    return make<Entry>(entry);
}

dentry *Client::entry_of(const rchan_buf *buf) const
{
    for (const BufEntry &known : entries)
        if (known.buf == buf)
            return nb::inst_ptr<Entry>(known.entry)->entry;
    return nullptr;
}

int Client::traverse(visitproc visit, void *arg) const
{
    for (const nb::object *held : {&start.callable, &create_buf_file, &remove_buf_file, &buf_mapped,
                                   &buf_unmapped, &private_data, &base_filename})
        Py_VISIT(held->ptr());
    for (const std::vector<nb::object> *list : {&parents, &made})
        for (const nb::object &held : *list)
            Py_VISIT(held.ptr());
    for (const BufEntry &held : entries)
        Py_VISIT(held.entry.ptr());
    return 0;
}

void Client::clear()
{
    for (nb::object *held : {&start.callable, &create_buf_file, &remove_buf_file, &buf_mapped,
                             &buf_unmapped, &private_data})
        held->reset();
    // What goes may look at the lists: they are empty by then.
    std::vector<nb::object> old_made = std::exchange(made, {});
    std::vector<BufEntry> old_entries = std::exchange(entries, {});
}

SubbufStart parse_subbuf_start(nb::object value)
{
    SubbufStart start;

    if (nb::isinstance<nb::str>(value))
        start.native = value.equal(nb::str("overwrite")) ? relay_overwrite : relay_no_overwrite;
    else if (!value.is_none())
        start.callable = value;
    return start;
}

nb::object make_client(nb::handle callbacks, nb::object private_data)
{
    nb::object self = make<Client>();
    Client &client = *nb::inst_ptr<Client>(self);

    client.self = self;
    client.private_data = std::move(private_data);
    if (callbacks.is_none())
        return self;
    auto take = [&](size_t at) {
        nb::object value = nb::borrow(callbacks[at]);
        return value.is_none() ? nb::object() : value;
    };
    client.use_subbuf_start(parse_subbuf_start(callbacks[0]));
    client.header_size = size_argument(nb::object(callbacks[1]), "header");
    client.create_buf_file = take(2);
    client.remove_buf_file = take(3);
    client.buf_mapped = take(4);
    client.buf_unmapped = take(5);
    fill_table(client);
    return self;
}

namespace
{

// Never destroyed: it would be after the interpreter.
std::vector<nb::object> &clients_with_left_files()
{
    static auto *clients = new std::vector<nb::object>;
    return *clients;
}

} // namespace

void keep_while_files_remain(Client &client)
{
    std::vector<nb::object> &kept = clients_with_left_files();
    auto place = std::find_if(kept.begin(), kept.end(),
                              [&](const nb::object &known) { return known.is(client.self); });
    bool is_kept = place != kept.end();

    if (client.closed && !client.made.empty() && !is_kept) {
        kept.push_back(nb::borrow(client.self));
    } else if (client.made.empty() && is_kept) {
        nb::object dropped = std::move(*place);
        kept.erase(place);
    }
}

void remove_left_files()
{
    std::vector<nb::object> kept = std::exchange(clients_with_left_files(), {});

    for (const nb::object &client : kept) {
        std::vector<nb::object> made = std::exchange(nb::inst_ptr<Client>(client)->made, {});
        WithoutGil released;
        for (const nb::object &entry : made)
            relay_remove(nb::inst_ptr<Entry>(entry)->entry);
    }
}

void define_client(nb::module_ &module)
{
    static PyType_Slot slots[] = {
        {Py_tp_traverse, reinterpret_cast<void *>(traverse<Client>)},
        {Py_tp_clear, reinterpret_cast<void *>(clear<Client>)},
        {0, nullptr},
    };
    nb::class_<Client>(module, "Client", nb::type_slots(slots),
                       "What the client of a channel decides; held by all that may call back.");
}
