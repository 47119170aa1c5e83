// SPDX-License-Identifier: MIT
// Mappings of a buffer, seen from Python as memoryviews: the last view that is released unmaps.
#include "mapping.h"

#include <cerrno>
#include <string>
#include <sys/mman.h>

#include "arguments.h"
#include "errors.h"
#include "objects.h"

namespace
{

struct Mapping {
    ~Mapping()
    {
        unmap();
    }
    void unmap() noexcept;
    int traverse(visitproc visit, void *arg) const
    {
        Py_VISIT(file.ptr());
        Py_VISIT(client.ptr());
        return 0;
    }

    relay_mapping *mapping; // NULL: unmapped
    bool is_writable;
    size_t views;
    nb::object file;
    nb::object client;
};

// May run at any moment, in the middle of an exception, too.
void Mapping::unmap() noexcept
{
    relay_mapping *closing = mapping;

    mapping = nullptr;
    if (!closing)
        return;
    SavedError saved;
    Call call(*nb::inst_ptr<Client>(client));
    call.file = file;
    call.without_gil([&] { relay_mapping_close(closing); });
    call.finish_unraisable(file);
}

int get_buffer(PyObject *self, Py_buffer *view, int flags)
{
    Mapping &own = *nb::inst_ptr<Mapping>(self);

    if (!own.mapping) {
        view->obj = nullptr;
        PyErr_SetString(PyExc_BufferError, "the mapping was released");
        return -1;
    }
    if (PyBuffer_FillInfo(view, self, relay_mapping_address(own.mapping),
                          static_cast<Py_ssize_t>(relay_mapping_size(own.mapping)),
                          !own.is_writable, flags))
        return -1;
    own.views++;
    return 0;
}

void release_buffer(PyObject *self, Py_buffer *)
{
    Mapping &own = *nb::inst_ptr<Mapping>(self);

    if (--own.views == 0)
        own.unmap();
}

relay_mapping *map(const RelayFile &self, nb::handle file, size_t length, size_t offset, int prot,
                   int flags)
{
    std::shared_ptr<relay_file> held = self.get();
    relay_mapping *mapping = nullptr;
    Call call(*nb::inst_ptr<Client>(self.client));

    call.file = file;
    int error = call.without_gil(
        [&] { return relay_file_mmap(held.get(), length, prot, flags, offset, &mapping); });
    if (error) {
        size_t whole = relay_file_buf(held.get())->chan->alloc_size;
        raise_os(-error, "mmap length=" + std::to_string(length) +
                             ", offset=" + std::to_string(offset) + " of a buffer of " +
                             std::to_string(whole) + " bytes");
    }
    if (call.has_raised())
        call.without_gil([&] { relay_mapping_close(mapping); });
    call.finish();
    return mapping;
}

nb::object mmap_file(nb::pointer_and_handle<RelayFile> file, nb::handle length, nb::handle offset,
                     bool writable, bool is_private)
{
    const RelayFile &self = *file.p;
    size_t whole = relay_file_buf(self.get().get())->chan->alloc_size;
    relay_mapping *mapping =
        map(self, file.h, length.is_none() ? whole : size_argument(length, "length"),
            size_argument(offset, "offset"), PROT_READ | (writable ? PROT_WRITE : 0),
            is_private ? MAP_PRIVATE : MAP_SHARED);
    nb::object object =
        make<Mapping>(mapping, writable, size_t{0}, nb::borrow(file.h), self.client);
    PyObject *view = PyMemoryView_FromObject(object.ptr());

    if (!view)
        throw nb::python_error();
    return nb::steal(view);
}

} // namespace

void define_mmap(nb::class_<RelayFile> &type)
{
    type.def("mmap", mmap_file, nb::arg("length").none() = nb::none(), nb::kw_only(),
             nb::arg("offset") = 0, nb::arg("writable") = false, nb::arg("private") = false,
             R"(Map the buffer.

Args:
    length: Bytes; must be the channel's alloc_size, which None stands for.
    offset: In whole pages; the view begins there and ends with the buffer.
    writable: Needs a descriptor opened "rw", unless private.
    private: A copy-on-write mapping (MAP_PRIVATE).

Returns:
    A memoryview of bytes. release() of it and of all views made from it unmaps and tells
    buf_unmapped; an exception there goes to sys.unraisablehook.

Raises:
    OSError: EINVAL, a wrong length or offset; EACCES, not opened for that; ENOMEM.
    Exception: What buf_mapped raised; nothing stays mapped then.

Threads: any. Source: relay_file_mmap; kernels from 5.11 on no longer tell of mappings.)");
}

void define_mapping(nb::module_ &module)
{
    static PyType_Slot slots[] = {
        {Py_tp_traverse, reinterpret_cast<void *>(traverse<Mapping>)},
        {Py_bf_getbuffer, reinterpret_cast<void *>(get_buffer)},
        {Py_bf_releasebuffer, reinterpret_cast<void *>(release_buffer)},
        {0, nullptr},
    };
    nb::class_<Mapping>(module, "Mapping", nb::type_slots(slots),
                        "A mapped buffer; what a view of it belongs to.");
}
