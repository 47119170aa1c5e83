// SPDX-License-Identifier: MIT
// From the core's error codes and errno numbers to Python exceptions: one table.
#include "errors.h"

#include <cerrno>
#include <cstring>

namespace
{

// What a code is raised as; none: an OSError of the code's errno.
PyObject *class_of[RELAY_N_ERRORS];

PyObject *new_class(nb::module_ &module, const char *name, int number, PyObject *base,
                    PyObject *second_base, const char *doc)
{
    std::string full_name = std::string("relayviz.relay.") + name;
    nb::object bases = second_base
                           ? nb::object(nb::make_tuple(nb::handle(base), nb::handle(second_base)))
                           : nb::borrow(base);
    nb::dict fields;

    fields["errno"] = number;
    PyObject *made = PyErr_NewExceptionWithDoc(full_name.c_str(), doc, bases.ptr(), fields.ptr());
    if (!made)
        throw nb::python_error();
    module.attr(name) = nb::handle(made);
    return made; // kept for as long as the process lives
}

} // namespace

void define_errors(nb::module_ &module)
{
    PyObject *relay = new_class(module, "RelayError", EINVAL, PyExc_Exception, nullptr,
                                "Something that relay refuses or cannot do; `errno` is the error "
                                "number of the same meaning.");
    auto define = [&](const char *name, std::initializer_list<relay_error_code> codes,
                      PyObject *second_base, const char *doc) {
        int number = relay_error_errno(*codes.begin());
        PyObject *made = new_class(module, name, number, relay, second_base, doc);
        for (relay_error_code code : codes)
            class_of[code] = made;
    };

    for (relay_error_code code :
         {RELAY_ERR_OK, RELAY_ERR_NAME, RELAY_ERR_NO_CHANNEL, RELAY_ERR_ARGUMENT, RELAY_ERR_THREADS,
          RELAY_ERR_RUNNING, RELAY_ERR_LIVE_RATE, RELAY_ERR_LIVE_SIZES, RELAY_ERR_LIVE_TIME,
          RELAY_ERR_LIVE_BATCH, RELAY_ERR_LIVE_CLOCK})
        class_of[code] = relay;
    define("SizeError", {RELAY_ERR_SIZE, RELAY_ERR_COUNT}, nullptr,
           "A size or count is outside of what the kernel takes.");
    define("CallbacksError", {RELAY_ERR_CALLBACKS}, nullptr,
           "The callback table, create_buf_file or remove_buf_file is missing.");
    define("CreateFileError", {RELAY_ERR_CREATE_FILE}, nullptr,
           "create_buf_file returned no entry for a buffer.");
    define("NoMemoryError", {RELAY_ERR_NO_MEMORY}, PyExc_MemoryError,
           "Memory for a buffer could not be had.");
    define("CpuError", {RELAY_ERR_CPU, RELAY_ERR_CPUS}, nullptr,
           "A CPU that the channel has not, or one without buffer, or off line.");
    define("ClosedError", {RELAY_ERR_CLOSED}, nullptr, "The channel is closed.");
    define("ExistsError", {RELAY_ERR_EXISTS}, PyExc_FileExistsError, "That name exists already.");
    define("StaleError", {RELAY_ERR_STALE}, PyExc_FileExistsError,
           "A process that is gone left a channel of that name: Directory.clean takes it away.");
    define("ReserveError", {RELAY_ERR_RESERVE, RELAY_ERR_NOT_STARTING}, nullptr,
           "A header that leaves no room in its sub-buffer, or reserved outside of subbuf_start.");
    define("SavedError", {RELAY_ERR_SAVED}, nullptr,
           "Bytes that are no saved channel of this version, or were damaged or cut.");
    define("ShapeError", {RELAY_ERR_SHAPE}, nullptr,
           "A saved channel that is another than the one that was to become it.");
    define("BusyError", {RELAY_ERR_BUSY}, nullptr,
           "The call cannot be made from inside a callback; nothing has happened.");
}

void raise_relay(relay_error_code code, const std::string &given, const char *text)
{
    std::string message = given + ": " + (text ? text : relay_error_text(code));

    if (!class_of[code])
        raise_os(relay_error_errno(code), message);
    nb::object error = nb::handle(class_of[code])(message.c_str());
    error.attr("errno") = relay_error_errno(code);
    PyErr_SetObject(class_of[code], error.ptr());
    throw nb::python_error();
}

void raise_os(int number, const std::string &what)
{
    nb::object error = nb::handle(PyExc_OSError)(number, what.c_str());

    PyErr_SetObject(reinterpret_cast<PyObject *>(Py_TYPE(error.ptr())), error.ptr());
    throw nb::python_error();
}
