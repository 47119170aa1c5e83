// SPDX-License-Identifier: MIT
// The index of captures. A layout comes as the bytes of struct relay_layout and is checked here.
#include "capture.h"

#include <cstring>

#include "arguments.h"
#include "gil.h"
#include "relay/relay_capture.h"

namespace
{

relay_layout layout_of(nb::handle packed)
{
    Bytes given(packed);
    relay_layout layout;

    if (given.size != sizeof layout)
        throw nb::value_error("a layout has another size");
    std::memcpy(&layout, given.data, sizeof layout);
    return layout;
}

bool is_valid(nb::handle packed)
{
    relay_layout layout = layout_of(packed);

    return relay_layout_is_valid(&layout);
}

// Returns how many rows were found and how many bytes they tell of.
nb::tuple find_records(nb::handle packed, nb::handle bytes, uint64_t at, bool is_last,
                       nb::handle rows)
{
    relay_layout layout = layout_of(packed);
    Bytes data(bytes), room(rows, Bytes::WRITE);
    relay_capture_stretch stretch{static_cast<const uint8_t *>(data.data), data.size, at, is_last};
    uint64_t used = 0;
    size_t n;

    if (!relay_layout_is_valid(&layout))
        throw nb::value_error("a layout that cannot be searched for");
    {
        WithoutGil released;
        n = relay_capture_index(&layout, &stretch, static_cast<relay_record *>(room.data),
                                room.size / sizeof(relay_record), &used);
    }
    return nb::make_tuple(n, used);
}

} // namespace

void define_capture(nb::module_ &module)
{
    nb::module_ capture = module.def_submodule("capture", "Records of captures, found again.");

    capture.def("is_valid", is_valid, nb::arg("layout"));
    capture.def("index", find_records, nb::arg("layout"), nb::arg("data"), nb::arg("at"),
                nb::arg("is_last"), nb::arg("rows"));
}
