// SPDX-License-Identifier: MIT
// The native module relayviz._relay; relayviz.relay is its public face.
#include "attach.h"
#include "buffer.h"
#include "callbacks.h"
#include "capture.h"
#include "channel.h"
#include "entry.h"
#include "errors.h"
#include "file.h"
#include "inside.h"
#include "live.h"
#include "mapping.h"
#include "raster.h"
#include "span.h"

NB_MODULE(_relay, module)
{
    // A daemon thread asleep at the interpreter's end holds objects for good; developers want to know.
    nb::set_leak_warnings(
        nb::cast<bool>(nb::module_::import_("sys").attr("flags").attr("dev_mode")));
    module.attr("CHANNEL_VERSION") = RELAYFS_CHANNEL_VERSION;
    module.attr("PAGE_SIZE") = RELAY_PAGE_SIZE;
    module.attr("MAX_CPUS") = RELAY_MAX_CPUS;
    module.attr("MAX_SUBBUFS") = RELAY_MAX_SUBBUFS;
    define_errors(module);
    define_client(module);
    define_is_global(module);
    define_span(module);
    define_buffer(module);
    define_entries(module);
    define_mapping(module);
    define_file(module);
    define_channel(module);
    define_found(module);
    define_live(module);
    define_raster(module);
    define_capture(module);
    define_inside(module);
    define_attached(module);
    module.def(
        "nothing", [] {}, "Does nothing: what calls are measured against.");
    nb::module_::import_("atexit").attr("register")(nb::cpp_function(remove_left_files));
}
