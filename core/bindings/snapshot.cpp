// SPDX-License-Identifier: MIT
// Observing a channel: snapshots into arrays of Python, and the layout of their rows.
#include <string>

#include "arguments.h"
#include "channel.h"
#include "layout.h"
#include "relay/relay_info.h"
#include "relay/relay_live.h"

namespace
{

// Fill `buffers` and, unless it is None, `subbufs` (arrays of the two row types); the rows of
// `buffers` that were filled.
size_t fill(const Channel &self, nb::handle buffers, nb::handle subbufs)
{
    Bytes bufs(buffers, Bytes::WRITE);
    auto *infos = static_cast<relay_buf_info *>(bufs.data);
    size_t rows = bufs.size / sizeof(relay_buf_info);

    if (subbufs.is_none())
        return relay_snapshot(self.chan, infos, nullptr, rows);
    Bytes slots(subbufs, Bytes::WRITE);
    size_t slot_rows = slots.size / sizeof(relay_subbuf_info) / self.chan->n_subbufs;
    return relay_snapshot(self.chan, infos, static_cast<relay_subbuf_info *>(slots.data),
                          rows < slot_rows ? rows : slot_rows);
}

nb::object buffer_layout()
{
    nb::list fields;

    FIELD(fields, relay_buf_info, produced);
    FIELD(fields, relay_buf_info, consumed);
    FIELD(fields, relay_buf_info, offset);
    FIELD(fields, relay_buf_info, bytes_consumed);
    FIELD(fields, relay_buf_info, prev_padding);
    FIELD(fields, relay_buf_info, file_size);
    FIELD(fields, relay_buf_info, stat_full);
    FIELD(fields, relay_buf_info, stat_big);
    FIELD(fields, relay_buf_info, cpu);
    FIELD(fields, relay_buf_info, current);
    FIELD(fields, relay_buf_info, waiters);
    FIELD(fields, relay_buf_info, online);
    FIELD(fields, relay_buf_info, finalized);
    FIELD(fields, relay_buf_info, has_file);
    FIELD(fields, relay_buf_info, mapped);
    FIELD(fields, relay_buf_info, account);
    return nb::make_tuple(sizeof(relay_buf_info), fields);
}

nb::object subbuf_layout()
{
    nb::list fields;

    FIELD(fields, relay_subbuf_info, lap);
    FIELD(fields, relay_subbuf_info, events);
    FIELD(fields, relay_subbuf_info, lost);
    FIELD(fields, relay_subbuf_info, used);
    FIELD(fields, relay_subbuf_info, header);
    FIELD(fields, relay_subbuf_info, padding);
    FIELD(fields, relay_subbuf_info, reserved);
    FIELD(fields, relay_subbuf_info, read);
    FIELD(fields, relay_subbuf_info, state);
    return nb::make_tuple(sizeof(relay_subbuf_info), fields);
}

// The rows of an account behind attempted, accepted and unread, in the order of enum relay_fate.
nb::object fate_names()
{
    nb::list fates;

    for (int fate = 0; fate < RELAY_N_FATES; fate++)
        fates.append(relay_live_counter_name((enum relay_live_counter)fate));
    return nb::tuple(fates);
}

} // namespace

void define_observing(nb::module_ &module, nb::class_<Channel> &type)
{
    module.attr("BUFFER_LAYOUT") = buffer_layout();
    module.attr("SUBBUF_LAYOUT") = subbuf_layout();
    module.attr("FATES") = fate_names();
    module.attr("NO_LAP") = RELAY_NO_LAP;
    type.def("_buffer_count", [](const Channel &self) { return relay_buf_count(self.chan); })
        .def("_fill_snapshot", fill, nb::arg("buffers"), nb::arg("subbufs").none());
}
