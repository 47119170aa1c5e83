// SPDX-License-Identifier: MIT
// Checks of what Python passes: nothing is truncated or guessed, everything wrong gets its error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <nanobind/nanobind.h>

namespace nb = nanobind;

// A CPU number. CpuError: negative or beyond 32 bits; TypeError: no integer.
unsigned any_cpu_argument(nb::handle value);

inline unsigned cpu_argument(nb::handle value)
{
    static PyObject *const zero = PyLong_FromLong(0); // the usual one, and there is only one 0

    return value.ptr() == zero ? 0 : any_cpu_argument(value);
}

// A size or count of bytes, sub-buffers, … SizeError: negative or beyond 64 bits.
size_t size_argument(nb::handle value, const char *name);

// A name as UTF-8, valid as long as `value` is. RelayError: not text, or with a 0 character.
const char *name_argument(nb::handle value);

// Seconds or None to milliseconds, rounded up; None: -1, for ever. ValueError: negative or no number.
int64_t timeout_argument(nb::handle value);

// "r", "w" or "rw", with "nb" behind it for O_NONBLOCK, to flags of open.
int flags_argument(const std::string &flags);

// The bytes of any C-contiguous object, held as long as this lives.
class Bytes
{
  public:
    enum Access { READ, WRITE };
    explicit Bytes(nb::handle object, Access access = READ);
    ~Bytes();
    Bytes(const Bytes &) = delete;
    Bytes &operator=(const Bytes &) = delete;

    void *data;
    size_t size;

  private:
    Py_buffer view_; // view_.obj is NULL for bytes, whose memory needs no holding
};

inline Bytes::Bytes(nb::handle object, Access access)
{
    if (access == READ && PyBytes_CheckExact(object.ptr())) {
        data = PyBytes_AS_STRING(object.ptr());
        size = static_cast<size_t>(PyBytes_GET_SIZE(object.ptr()));
        view_.obj = nullptr;
        return;
    }
    if (PyObject_GetBuffer(object.ptr(), &view_, access == WRITE ? PyBUF_WRITABLE : PyBUF_SIMPLE))
        throw nb::python_error();
    data = view_.buf;
    size = static_cast<size_t>(view_.len);
}

inline Bytes::~Bytes()
{
    if (view_.obj)
        PyBuffer_Release(&view_);
}
