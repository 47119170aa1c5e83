// SPDX-License-Identifier: MIT
// Making native objects, and showing the garbage collector what they hold.
#pragma once

#include <new>
#include <utility>

#include <nanobind/nanobind.h>

namespace nb = nanobind;

// A Python object that holds a new T.
template <class T, class... Args> nb::object make(Args &&...args)
{
    nb::object object = nb::inst_alloc(nb::type<T>());

    new (nb::inst_ptr<T>(object)) T{std::forward<Args>(args)...};
    nb::inst_mark_ready(object);
    return object;
}

// tp_traverse for a T with `int traverse(visitproc, void *) const`.
template <class T> int traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return nb::inst_ready(self) ? nb::inst_ptr<T>(self)->traverse(visit, arg) : 0;
}

// tp_clear for a T with `void clear()`.
template <class T> int clear(PyObject *self)
{
    if (nb::inst_ready(self))
        nb::inst_ptr<T>(self)->clear();
    return 0;
}

// Puts aside an exception under way, where Python code has to run in the middle of it.
class SavedError
{
  public:
    SavedError()
    {
        PyErr_Fetch(&type_, &value_, &trace_);
    }
    ~SavedError()
    {
        PyErr_Restore(type_, value_, trace_);
    }
    SavedError(const SavedError &) = delete;
    SavedError &operator=(const SavedError &) = delete;

  private:
    PyObject *type_, *value_, *trace_;
};

// An error that nobody can be given: report it to sys.unraisablehook. GIL held, error set.
inline void report_unraisable(nb::handle where)
{
    PyErr_WriteUnraisable(where.ptr());
}
