// SPDX-License-Identifier: MIT
// Many operations in one call, and what each of them did, in arrays of Python.
#include "relay/relay_batch.h"

#include <memory>
#include <vector>

#include "arguments.h"
#include "channel.h"
#include "file.h"
#include "layout.h"

namespace
{

// An array of rows that the core fills.
template <class Row> struct Room {
    explicit Room(nb::handle array)
        : bytes(array, Bytes::WRITE), rows(static_cast<Row *>(bytes.data)),
          count(bytes.size / sizeof(Row))
    {
    }
    Bytes bytes;
    Row *rows;
    size_t count;
};

// Descriptors stay open meanwhile; a closed one is none.
std::vector<std::shared_ptr<relay_file>> held(nb::handle files)
{
    std::vector<std::shared_ptr<relay_file>> found;

    for (nb::handle file : nb::iter(files))
        found.push_back(nb::cast<RelayFile &>(file).file);
    return found;
}

nb::tuple carry_out(const Channel &self, nb::handle ops, nb::handle data, nb::handle files,
                    size_t keep, nb::handle done, nb::handle rows, nb::handle runs, nb::handle laps,
                    nb::handle kept)
{
    refuse_inside_callback("carry_out");
    self.require_open("carry_out");
    Bytes asked(ops), written(data);
    std::vector<std::shared_ptr<relay_file>> opened = held(files);
    std::vector<relay_file *> descriptors;
    Room<relay_batch_done> deeds(done);
    Room<relay_buf_info> buffers(rows);
    Room<relay_run> pieces(runs);
    Room<relay_batch_lap> released(laps);
    Room<unsigned char> bytes(kept);
    relay_batch batch{};

    for (const std::shared_ptr<relay_file> &file : opened)
        descriptors.push_back(file.get());
    batch.ops = static_cast<const relay_batch_op *>(asked.data);
    batch.n_ops = std::min(asked.size / sizeof(relay_batch_op), deeds.count);
    batch.data = static_cast<const unsigned char *>(written.data);
    batch.n_data = written.size;
    batch.files = descriptors.data();
    batch.n_files = descriptors.size();
    batch.keep = keep;
    batch.done = deeds.rows;
    batch.rows = buffers.rows;
    batch.n_rows = buffers.count;
    batch.runs = pieces.rows;
    batch.n_runs = pieces.count;
    batch.laps = released.rows;
    batch.n_laps = released.count;
    batch.bytes = bytes.rows;
    batch.n_bytes = bytes.count;
    Call call(self.owner());
    size_t count = call.without_gil([&] { return relay_carry_out(self.chan, &batch); });
    call.finish();
    return nb::make_tuple(count, batch.n_rows, batch.n_runs, batch.n_laps, batch.n_bytes);
}

nb::object op_layout()
{
    nb::list fields;

    FIELD(fields, relay_batch_op, amount);
    FIELD(fields, relay_batch_op, data);
    FIELD(fields, relay_batch_op, deed);
    FIELD(fields, relay_batch_op, cpu);
    FIELD(fields, relay_batch_op, file);
    FIELD(fields, relay_batch_op, unused);
    return nb::make_tuple(sizeof(relay_batch_op), fields);
}

nb::object done_layout()
{
    nb::list fields;

    FIELD(fields, relay_batch_done, time);
    FIELD(fields, relay_batch_done, value);
    FIELD(fields, relay_batch_done, last_toobig);
    FIELD(fields, relay_batch_done, skipped_first);
    FIELD(fields, relay_batch_done, skipped_end);
    FIELD(fields, relay_batch_done, kept_at);
    FIELD(fields, relay_batch_done, kept);
    FIELD(fields, relay_batch_done, first_row);
    FIELD(fields, relay_batch_done, rows);
    FIELD(fields, relay_batch_done, first_run);
    FIELD(fields, relay_batch_done, runs);
    FIELD(fields, relay_batch_done, first_lap);
    FIELD(fields, relay_batch_done, laps);
    FIELD(fields, relay_batch_done, flags);
    return nb::make_tuple(sizeof(relay_batch_done), fields);
}

nb::object run_layout()
{
    nb::list fields;

    FIELD(fields, relay_run, lap);
    FIELD(fields, relay_run, subbuf);
    FIELD(fields, relay_run, start);
    FIELD(fields, relay_run, length);
    FIELD(fields, relay_run, unused);
    return nb::make_tuple(sizeof(relay_run), fields);
}

nb::object lap_layout()
{
    nb::list fields;

    FIELD(fields, relay_batch_lap, lap);
    FIELD(fields, relay_batch_lap, is_whole);
    FIELD(fields, relay_batch_lap, unused);
    return nb::make_tuple(sizeof(relay_batch_lap), fields);
}

} // namespace

void define_batches(nb::module_ &module, nb::class_<Channel> &type)
{
    module.attr("OP_LAYOUT") = op_layout();
    module.attr("DONE_LAYOUT") = done_layout();
    module.attr("RUN_LAYOUT") = run_layout();
    module.attr("RELEASED_LAYOUT") = lap_layout();
    type.def("_carry_out", carry_out, nb::arg("ops"), nb::arg("data"), nb::arg("files"),
             nb::arg("keep"), nb::arg("done"), nb::arg("rows"), nb::arg("runs"), nb::arg("laps"),
             nb::arg("kept"));
}
