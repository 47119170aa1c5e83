// SPDX-License-Identifier: MIT
// Releasing and taking the GIL, also while the interpreter comes to its end.
//
// A daemon thread that wants the GIL when the interpreter's end has begun is ended by force (before
// Python 3.14): its stack is unwound. C++ frames in between may not allow that, and the process would
// abort. So such a thread stops for good where it stands, as it does from 3.14 on.
#pragma once

#include <initializer_list>
#include <unistd.h>

#include <nanobind/nanobind.h>

namespace nb = nanobind;

// Whatever `function` returns, unless the thread is to end in it. It throws nothing itself.
template <class Function> auto unless_ended(Function function)
{
    try {
        return function();
    } catch (...) { // the forced end
        for (;;)
            pause();
    }
}

// Without the GIL until the end of the block.
class WithoutGil
{
  public:
    WithoutGil() : state_(PyEval_SaveThread())
    {
    }
    ~WithoutGil()
    {
        unless_ended([this] { PyEval_RestoreThread(state_); });
    }
    WithoutGil(const WithoutGil &) = delete;
    WithoutGil &operator=(const WithoutGil &) = delete;

  private:
    PyThreadState *state_;
};

// With the GIL until the end of the block, in a thread that may have it or not.
class WithGil
{
  public:
    WithGil() : state_(unless_ended([] { return PyGILState_Ensure(); }))
    {
    }
    ~WithGil()
    {
        PyGILState_Release(state_);
    }
    WithGil(const WithGil &) = delete;
    WithGil &operator=(const WithGil &) = delete;

  private:
    PyGILState_STATE state_;
};

// Call a client's function, which may take long and be where the thread ends.
inline nb::object call_python(nb::handle function, std::initializer_list<nb::object> arguments)
{
    PyObject *result = unless_ended([&] {
        PyObject *values[8];
        size_t count = 0;

        for (const nb::object &argument : arguments)
            values[count++] = argument.ptr();
        return PyObject_Vectorcall(function.ptr(), values, count, nullptr);
    });

    if (!result)
        throw nb::python_error();
    return nb::steal(result);
}
