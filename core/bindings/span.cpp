// SPDX-License-Identifier: MIT
// Views of a buffer's memory that keep it alive.
#include "span.h"

#include "objects.h"

namespace
{

int get_buffer(PyObject *self, Py_buffer *view, int flags)
{
    const Span &span = *nb::inst_ptr<Span>(self);

    return PyBuffer_FillInfo(view, self, span.bytes, static_cast<Py_ssize_t>(span.size),
                             !span.is_writable, flags);
}

} // namespace

nb::object writable_view(rchan_buf *buf, void *bytes, size_t size)
{
    nb::object span = make<Span>(buf, bytes, size, true);
    PyObject *view = PyMemoryView_FromObject(span.ptr());

    if (!view)
        throw nb::python_error();
    return nb::steal(view);
}

nb::object whole_array(rchan_buf *buf)
{
    nb::object span = make<Span>(buf, buf->start, buf->chan->alloc_size, false);

    return nb::module_::import_("numpy").attr("frombuffer")(span, "uint8");
}

void define_span(nb::module_ &module)
{
    static PyType_Slot slots[] = {
        {Py_bf_getbuffer, reinterpret_cast<void *>(get_buffer)},
        {0, nullptr},
    };
    nb::class_<Span>(module, "Span", nb::type_slots(slots),
                     "Memory of a buffer; what a view of it belongs to.");
}
