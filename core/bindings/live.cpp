// SPDX-License-Identifier: MIT
// A live pool: threads that write to and read from a channel. Whatever waits for them runs without
// the GIL, which a callback in one of them may want.
#include "live.h"

#include <cstddef>
#include <string>

#include "arguments.h"
#include "channel.h"
#include "errors.h"
#include "gil.h"
#include "objects.h"
#include "relay/relay_live.h"

namespace
{

const double INTERRUPT_SECONDS = 0.1; // signals are looked at so often while waiting for a hit

struct Live {
    Live(relay_live *opened, nb::object of) : live(opened), channel(std::move(of))
    {
        relay_live_get(live);
    }
    ~Live()
    {
        WithoutGil released;
        close();
        relay_live_put(live);
    }
    Live(const Live &) = delete;
    Live &operator=(const Live &) = delete;

    // Without the GIL.
    void close()
    {
        if (!__atomic_exchange_n(&closed, true, __ATOMIC_ACQ_REL))
            relay_live_close(live);
    }
    int traverse(visitproc visit, void *arg) const
    {
        Py_VISIT(channel.ptr());
        return 0;
    }

    relay_live *live;
    nb::object channel; // its callbacks are called by our threads
    bool closed = false;
};

// The 32-bit numbers in a bytes-like object; None: NULL.
class Numbers
{
  public:
    explicit Numbers(nb::handle object)
    {
        if (object.is_none())
            return;
        new (&bytes_) Bytes(object);
        used_ = true;
        data = static_cast<const uint32_t *>(bytes_.data);
        count = bytes_.size / sizeof(uint32_t);
    }
    ~Numbers()
    {
        if (used_)
            bytes_.~Bytes();
    }
    Numbers(const Numbers &) = delete;
    Numbers &operator=(const Numbers &) = delete;

    const uint32_t *data = nullptr;
    size_t count = 0;

  private:
    union {
        Bytes bytes_;
    };
    bool used_ = false;
};

// 0, or a negative error number of a call on a pool whose cause relay_error() has.
void check_live(int result, const std::string &given)
{
    if (result)
        raise_relay(relay_error(), given);
}

std::string number_text(double number)
{
    return nb::str(nb::float_(number)).c_str();
}

template <class Function> void control(const Live &self, const char *name, Function function)
{
    int result;

    refuse_inside_callback(name);
    {
        WithoutGil released;
        result = function(self.live);
    }
    check_live(result, name);
}

void open_live(Live *self, nb::pointer_and_handle<Channel> channel, unsigned writer_threads,
               unsigned reader_threads, uint64_t seed, bool simulated, double event_seconds)
{
    relay_live_options options = {writer_threads, reader_threads, seed, simulated, event_seconds};
    relay_live *live;

    refuse_inside_callback("open");
    channel.p->require_open("a live pool");
    {
        WithoutGil released;
        live = relay_live_open(channel.p->chan, &options);
    }
    if (!live)
        raise_relay(relay_error(), "writer_threads=" + std::to_string(writer_threads) +
                                       ", reader_threads=" + std::to_string(reader_threads));
    new (self) Live(live, nb::borrow(channel.h));
}

void close_live(Live &self)
{
    refuse_inside_callback("close");
    WithoutGil released;
    self.close();
}

void set_writing(const Live &self, double rate, unsigned sizes, uint32_t min, uint32_t max,
                 double mean, nb::handle list, double burst_on, double burst_off,
                 uint32_t flush_after, uint32_t pieces, nb::handle cpus)
{
    Numbers listed(list), chosen(cpus);
    relay_live_writing writing = {rate,         static_cast<relay_live_sizes>(sizes),
                                  min,          max,
                                  mean,         listed.data,
                                  listed.count, burst_on,
                                  burst_off,    flush_after,
                                  pieces};

    check_live(relay_live_set_writing(self.live, &writing, chosen.data, chosen.count),
               "rate=" + number_text(rate) + ", sizes " + std::to_string(min) + " to " +
                   std::to_string(max) + ", pieces=" + std::to_string(pieces) +
                   ", mean=" + number_text(mean) + ", burst_on=" + number_text(burst_on) +
                   ", burst_off=" + number_text(burst_off));
}

void set_reading(const Live &self, unsigned kind, double pace, uint32_t batch, double stall_every,
                 double stall, uint32_t forget_every, uint32_t report_extra, nb::handle cpus)
{
    Numbers chosen(cpus);
    relay_live_reading reading = {static_cast<relay_live_reader>(kind),
                                  pace,
                                  batch,
                                  stall_every,
                                  stall,
                                  forget_every,
                                  report_extra};

    check_live(relay_live_set_reading(self.live, &reading, chosen.data, chosen.count),
               "pace=" + number_text(pace) + ", batch=" + std::to_string(batch) +
                   ", stall_every=" + number_text(stall_every) + ", stall=" + number_text(stall));
}

void set_break(const Live &self, uint32_t grows, uint32_t reaches, uint64_t value, nb::handle cpu)
{
    relay_live_break where = {grows, reaches, value, !cpu.is_none(),
                              cpu.is_none() ? 0 : cpu_argument(cpu)};

    control(self, "break_on", [&](relay_live *live) { return relay_live_set_break(live, &where); });
}

nb::object hit_tuple(const relay_live_hit &hit)
{
    return nb::make_tuple(relay_live_counter_name(hit.counter), hit.cpu,
                          static_cast<int64_t>(hit.number) - 1, hit.value, hit.time);
}

nb::object hit(const Live &self)
{
    relay_live_hit hit;

    return relay_live_last_hit(self.live, &hit) ? hit_tuple(hit) : nb::object(nb::none());
}

// Wait for `seconds`, negative: for ever; None: it did not come, or the pool was closed.
nb::object wait_hit(const Live &self, double seconds)
{
    relay_live_hit hit;

    for (bool has_hit = false;;) {
        double turn = seconds < 0 || seconds > INTERRUPT_SECONDS ? INTERRUPT_SECONDS : seconds;
        {
            WithoutGil released;
            has_hit = relay_live_wait_hit(self.live, turn, &hit);
        }
        if (has_hit)
            return hit_tuple(hit);
        if (PyErr_CheckSignals())
            throw nb::python_error();
        if (seconds >= 0 && (seconds -= turn) <= 0)
            return nb::none();
        if (relay_load(&self.closed))
            return nb::none();
    }
}

void totals(const Live &self, nb::handle rows)
{
    Bytes bytes(rows, Bytes::WRITE);

    relay_live_totals(self.live, static_cast<relay_live_counts *>(bytes.data),
                      bytes.size / sizeof(relay_live_counts));
}

void sample(const Live &self)
{
    WithoutGil released;
    relay_live_sample(self.live);
}

void bins(const Live &self, double seconds, nb::handle rows)
{
    Bytes bytes(rows, Bytes::WRITE);

    WithoutGil released;
    relay_live_bins(self.live, seconds, static_cast<relay_live_bin *>(bytes.data),
                    bytes.size / sizeof(relay_live_bin));
}

void lanes(const Live &self, double seconds, nb::handle cpus, nb::handle flags, size_t columns)
{
    Numbers chosen(cpus);
    Bytes bytes(flags, Bytes::WRITE);
    bool done;
    {
        WithoutGil released;
        done = relay_live_lanes(self.live, seconds, chosen.data, chosen.count,
                                static_cast<uint32_t *>(bytes.data), columns);
    }
    if (!done)
        raise_relay(relay_error(), "lanes");
}

// ---------------------------------------------------------------- layouts

void add_field(nb::list &fields, const char *name, const char *format, size_t offset, size_t count)
{
    fields.append(nb::make_tuple(name, format, offset, count));
}

#define FIELD(list, type, name, format)                                                            \
    add_field(list, #name, format, offsetof(type, name), sizeof(type::name) / 8)
#define NUMBER(name) FIELD(fields, relay_live_counts, name, "u8")
#define REAL(name) FIELD(fields, relay_live_bin, name, "f8")

nb::object totals_layout()
{
    nb::list fields;

    NUMBER(attempted), NUMBER(attempted_bytes), NUMBER(stored), NUMBER(stored_bytes);
    NUMBER(refused_full), NUMBER(too_big), NUMBER(busy), NUMBER(written_late);
    NUMBER(nowhere), NUMBER(skipped), NUMBER(asked), NUMBER(switches), NUMBER(burned);
    NUMBER(flushes), NUMBER(flushed), NUMBER(flushed_empty), NUMBER(flush_padding),
        NUMBER(most_ready);
    NUMBER(recent_ready), NUMBER(most_backlog);
    NUMBER(intact), NUMBER(intact_bytes), NUMBER(torn), NUMBER(displaced), NUMBER(missing);
    NUMBER(late);
    NUMBER(twice), NUMBER(twice_bytes), NUMBER(torn_records), NUMBER(unwritten), NUMBER(torn_bytes),
        NUMBER(header_bytes), NUMBER(bytes);
    NUMBER(visits), NUMBER(reads), NUMBER(zero_empty), NUMBER(zero_border);
    NUMBER(zero_blocked), NUMBER(zero_finalized), NUMBER(lapped), NUMBER(lapped_subbufs);
    NUMBER(stalls), NUMBER(reports), NUMBER(reported), NUMBER(releasing), NUMBER(forgotten),
        NUMBER(clamped);
    NUMBER(ignored), NUMBER(since_report), NUMBER(longest_gap), NUMBER(last_report), NUMBER(gaps);
    NUMBER(longest_away), NUMBER(last_visit), NUMBER(lost_since_visit), NUMBER(losing_visits);
    NUMBER(emptying_visits), NUMBER(away), NUMBER(away_time), NUMBER(away_lost), NUMBER(cpu);
    return nb::make_tuple(sizeof(relay_live_counts), fields);
}

nb::object bins_layout()
{
    nb::list fields;

    REAL(begin), REAL(seconds), REAL(attempted), REAL(attempted_bytes), REAL(stored);
    REAL(stored_bytes), REAL(fate), REAL(read_bytes), REAL(intact), REAL(torn), REAL(missing);
    REAL(twice), REAL(unwritten), REAL(produced), REAL(lapped), REAL(most_ready);
    return nb::make_tuple(sizeof(relay_live_bin), fields);
}

nb::object counter_names()
{
    nb::list names;

    for (unsigned i = 0; i < RELAY_LIVE_N_COUNTERS; i++)
        names.append(relay_live_counter_name(static_cast<relay_live_counter>(i)));
    return nb::tuple(names);
}

} // namespace

void define_live(nb::module_ &module)
{
    static PyType_Slot slots[] = {
        {Py_tp_traverse, reinterpret_cast<void *>(traverse<Live>)},
        {0, nullptr},
    };
    module.attr("LIVE_TOTALS_LAYOUT") = totals_layout();
    module.attr("LIVE_BINS_LAYOUT") = bins_layout();
    module.attr("LIVE_COUNTERS") = counter_names();
    nb::class_<Live>(module, "Live", nb::type_slots(slots),
                     "The native part of relayviz.relay.Live.")
        .def("__init__", open_live, nb::arg("channel"), nb::arg("writer_threads"),
             nb::arg("reader_threads"), nb::arg("seed"), nb::arg("simulated"),
             nb::arg("event_seconds"))
        .def("run", [](const Live &self) { control(self, "run", relay_live_run); })
        .def("pause", [](const Live &self) { control(self, "pause", relay_live_pause); })
        .def("_simulate",
             [](const Live &self, double seconds) {
                 control(self, "simulate",
                         [&](relay_live *live) { return relay_live_simulate(live, seconds); });
             })
        .def("drain", [](const Live &self) { control(self, "drain", relay_live_drain); })
        .def("close", close_live)
        .def_prop_ro("running", [](const Live &self) { return relay_live_is_running(self.live); })
        .def_prop_ro("closed", [](const Live &self) { return relay_load(&self.closed); })
        .def_prop_ro("time", [](const Live &self) { return relay_live_time(self.live); })
        .def("_set_writing", set_writing, nb::arg("rate"), nb::arg("sizes"), nb::arg("least"),
             nb::arg("most"), nb::arg("mean"), nb::arg("recorded"), nb::arg("burst_on"),
             nb::arg("burst_off"), nb::arg("flush_after"), nb::arg("pieces"),
             nb::arg("cpus").none())
        .def("_set_reading", set_reading, nb::arg("kind"), nb::arg("pace"), nb::arg("batch"),
             nb::arg("stall_every"), nb::arg("stall"), nb::arg("forget_every"),
             nb::arg("report_extra"), nb::arg("cpus").none())
        .def("_set_flush",
             [](const Live &self, double seconds) {
                 check_live(relay_live_set_flush(self.live, seconds),
                            "seconds=" + number_text(seconds));
             })
        .def("_set_break", set_break, nb::arg("grows"), nb::arg("reaches"), nb::arg("value"),
             nb::arg("cpu").none())
        .def("_hit", hit)
        .def("_wait_hit", wait_hit)
        .def("_totals", totals)
        .def("measure_anew", [](const Live &self) { relay_live_measure_anew(self.live); })
        .def("sample", sample)
        .def("_bins", bins)
        .def("_lanes", lanes, nb::arg("seconds"), nb::arg("cpus").none(), nb::arg("flags"),
             nb::arg("columns"));
}
