// SPDX-License-Identifier: MIT
// Checks of what Python passes.
#include "arguments.h"

#include <climits>
#include <cmath>
#include <cstring>
#include <fcntl.h>

#include "errors.h"

unsigned any_cpu_argument(nb::handle value)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);

    if (number == -1 && PyErr_Occurred())
        throw nb::python_error();
    if (overflow || number < 0 || number > UINT_MAX)
        raise_relay(RELAY_ERR_CPU, std::string("cpu=") + nb::str(value).c_str());
    return static_cast<unsigned>(number);
}

size_t size_argument(nb::handle value, const char *name)
{
    nb::object number = nb::steal(PyNumber_Index(value.ptr()));

    if (!number.is_valid())
        throw nb::python_error();
    size_t size = PyLong_AsSize_t(number.ptr());
    if (size != static_cast<size_t>(-1) || !PyErr_Occurred())
        return size;
    PyErr_Clear();
    raise_relay(RELAY_ERR_SIZE, std::string(name) + "=" + nb::str(value).c_str(),
                "it must be from 0 to 2**64 - 1");
}

const char *name_argument(nb::handle value)
{
    Py_ssize_t length;
    const char *name = PyUnicode_AsUTF8AndSize(value.ptr(), &length);

    if (!name)
        throw nb::python_error();
    if (std::strlen(name) != static_cast<size_t>(length))
        raise_relay(RELAY_ERR_NAME, nb::repr(value).c_str());
    return name;
}

int64_t timeout_argument(nb::handle value)
{
    if (value.is_none())
        return -1;
    double seconds = PyFloat_AsDouble(value.ptr());
    if (seconds == -1 && PyErr_Occurred())
        throw nb::python_error();
    if (!(seconds >= 0))
        throw nb::value_error("timeout is a number of seconds from 0 on, or None: for ever");
    return seconds > 1e12 ? -1 : static_cast<int64_t>(std::ceil(seconds * 1000));
}

int flags_argument(const std::string &flags)
{
    std::string access = flags;
    int extra = 0;

    if (access.size() > 2 && access.compare(access.size() - 2, 2, "nb") == 0) {
        access.resize(access.size() - 2);
        extra = O_NONBLOCK;
    }
    if (access == "r")
        return O_RDONLY | extra;
    if (access == "w")
        return O_WRONLY | extra;
    if (access == "rw")
        return O_RDWR | extra;
    throw nb::value_error("flags are \"r\", \"w\" or \"rw\", with \"nb\" behind it for O_NONBLOCK");
}
