// SPDX-License-Identifier: MIT
// A machine whose actors are stepped. All its code runs on fibers; Python never does: where a
// subbuf_start in Python is wanted, the step ends and the caller asks, answers, and steps again.
#include "inside.h"

#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "errors.h"
#include "gil.h"
#include "relay/relay_inside.h"

namespace
{

struct Machine {
    Machine(relay_inside *opened, size_t size) : inside(opened), subbuf_size(size)
    {
    }
    ~Machine()
    {
        relay_inside_close(inside);
    }
    Machine(const Machine &) = delete;
    Machine &operator=(const Machine &) = delete;

    relay_inside *inside;
    size_t subbuf_size;
};

int checked_actor(const Machine &self, int actor)
{
    if (actor < 0 || actor >= relay_inside_count(self.inside))
        throw nb::index_error("there is no such actor");
    return actor;
}

template <class T> T taken(nb::dict &fields, const char *name)
{
    return nb::cast<T>(fields[name]);
}

// `fields` are those of struct relay_inside_config; base_filename and online may be None.
void open_machine(Machine *self, nb::dict fields)
{
    relay_inside_config config{};
    nb::object name = fields["base_filename"], online = fields["online"];
    std::string text;

    config.subbuf_size = taken<uint64_t>(fields, "subbuf_size");
    config.n_subbufs = taken<uint64_t>(fields, "n_subbufs");
    config.cpus = taken<uint32_t>(fields, "cpus");
    config.rule = taken<uint32_t>(fields, "rule");
    config.writers = taken<uint32_t>(fields, "writers");
    config.faults = taken<uint32_t>(fields, "faults");
    config.in_root = taken<bool>(fields, "in_root");
    config.mode = taken<uint8_t>(fields, "mode");
    config.is_global = taken<bool>(fields, "is_global");
    config.stores_padding = taken<bool>(fields, "stores_padding");
    config.fail_answer = taken<int32_t>(fields, "fail_answer");
    config.fills_header = taken<bool>(fields, "fills_header");
    config.early_null = taken<bool>(fields, "early_null");
    config.lacks = taken<uint8_t>(fields, "lacks");
    config.header = taken<uint64_t>(fields, "header");
    config.fail_at = taken<int64_t>(fields, "fail_at");
    if (!name.is_none())
        config.base_filename = name_argument(name);
    std::vector<unsigned char> bits(RELAY_INSIDE_MAX_CPUS);
    if (!online.is_none()) {
        Bytes given(online);
        std::memcpy(bits.data(), given.data, given.size < bits.size() ? given.size : bits.size());
        config.online = bits.data();
    }
    relay_inside *opened = relay_inside_open(&config);
    if (!opened)
        raise_relay(static_cast<relay_error_code>(relay_inside_error()), "inside");
    new (self) Machine(opened, config.subbuf_size);
}

void queue(Machine &self, int actor, uint32_t what, uint32_t cpu, uint64_t length, uint64_t count,
           int64_t fd, uint64_t event, nb::object data)
{
    relay_inside_op op{};

    op.what = what;
    op.cpu = cpu;
    op.length = length;
    op.count = count;
    op.fd = fd;
    op.event = event;
    if (data.is_none()) {
        if (relay_inside_queue(self.inside, checked_actor(self, actor), &op))
            throw nb::value_error("the operation cannot be queued");
        return;
    }
    Bytes bytes(data);
    op.data = bytes.data;
    op.size = bytes.size;
    if (relay_inside_queue(self.inside, checked_actor(self, actor), &op))
        throw nb::value_error("the operation cannot be queued");
}

// Step an actor until its operation ends, it asks, cannot go on, comes to `stop` (or -1), or has
// made `most` steps. Returns what became of the last step, and how many were made.
nb::tuple run(Machine &self, int actor, int stop, uint64_t most)
{
    relay_inside_stepped last = RELAY_INSIDE_CANNOT;
    relay_inside_actor look;
    uint64_t steps = 0;

    checked_actor(self, actor);
    {
        WithoutGil released;
        while (steps < most) {
            last = relay_inside_step(self.inside, actor);
            steps += last != RELAY_INSIDE_CANNOT;
            if (last != RELAY_INSIDE_MOVED)
                break;
            if (stop < 0)
                continue;
            relay_inside_look(self.inside, actor, &look);
            if (look.stop == stop)
                break;
        }
    }
    return nb::make_tuple(static_cast<int>(last), steps);
}

nb::tuple look(Machine &self, int actor)
{
    relay_inside_actor seen;

    relay_inside_look(self.inside, checked_actor(self, actor), &seen);
    return nb::make_tuple(seen.kind, seen.cpu, seen.state, seen.why, seen.other, seen.stop,
                          seen.line, seen.at, seen.queued, seen.outcome, seen.result, seen.copied,
                          seen.file ? seen.file : "", seen.function ? seen.function : "");
}

nb::tuple figures(Machine &self)
{
    nb::list found;

    for (int i = 0; i < RELAY_INSIDE_N_FIGURES; i++)
        found.append(relay_inside_figure(self.inside, static_cast<relay_inside_figure_name>(i)));
    return nb::tuple(found);
}

size_t fill_snapshot(Machine &self, nb::handle buffers, nb::handle subbufs)
{
    Bytes bufs(buffers, Bytes::WRITE), slots(subbufs, Bytes::WRITE);
    size_t rows = bufs.size / sizeof(relay_buf_info);

    return relay_inside_snapshot(self.inside, static_cast<relay_buf_info *>(bufs.data),
                                 static_cast<relay_subbuf_info *>(slots.data), rows);
}

nb::object bytes_of(const void *from, size_t size)
{
    return from ? nb::object(nb::bytes(static_cast<const char *>(from), size))
                : nb::object(nb::none());
}

nb::tuple copy_of(Machine &self, int actor)
{
    const unsigned char *bytes;
    const uint32_t *ages;
    size_t size = relay_inside_copy_of(self.inside, checked_actor(self, actor), &bytes, &ages);

    return nb::make_tuple(nb::bytes(reinterpret_cast<const char *>(bytes), size),
                          nb::bytes(reinterpret_cast<const char *>(ages), size * sizeof(*ages)));
}

nb::tuple call_row(const relay_inside_call &call)
{
    return nb::make_tuple(call.what, call.cpu, call.subbuf, call.prev, call.padding, call.full,
                          call.answer, call.global_in, nb::str(call.name));
}

// The first rows and how many there were; since the last call, or of an open that failed.
template <class Function> nb::tuple calls(Function get)
{
    static const size_t most = 128;
    std::vector<relay_inside_call> rows(most);
    size_t count = get(rows.data(), most);
    nb::list found;

    for (size_t i = 0; i < count && i < most; i++)
        found.append(call_row(rows[i]));
    return nb::make_tuple(found, count);
}

// Figures of a descriptor's buffer, as struct relay_ctl has them; None: it is not open.
nb::object file_of(Machine &self, int64_t fd)
{
    const relay_ctl *ctl = relay_inside_file(self.inside, fd);
    nb::list padding;

    if (!ctl)
        return nb::none();
    for (uint32_t i = 0; i < ctl->n_subbufs; i++)
        padding.append(relay_ctl_slot(const_cast<relay_ctl *>(ctl), i)->padding);
    return nb::make_tuple(ctl->cpu, ctl->produced, ctl->consumed, ctl->offset, ctl->current,
                          ctl->bytes_consumed, ctl->prev_padding, padding, ctl->finalized,
                          ctl->file_size);
}

// Of the channel: is_global, named, last_toobig, alloc_size, on line by CPU; None: closed.
nb::object channel_of(Machine &self)
{
    const rchan *chan = relay_inside_chan(self.inside);
    nb::list online;

    if (!chan)
        return nb::none();
    for (unsigned cpu = 0; cpu < chan->cpus; cpu++)
        online.append(chan->ways[cpu].open != 0);
    return nb::make_tuple(chan->is_global != 0, chan->has_base_filename != 0, chan->last_toobig,
                          chan->alloc_size, online);
}

std::vector<relay_inside_word> words_of(nb::list code)
{
    std::vector<relay_inside_word> words;

    for (nb::handle row : code)
        words.push_back({nb::cast<uint32_t>(row[0]), nb::cast<int64_t>(row[1])});
    return words;
}

struct Asker {
    nb::object goes_on;
    bool raised;
};

bool ask_goes_on(void *told, uint64_t states)
{
    WithGil gil;
    Asker *asker = static_cast<Asker *>(told);

    if (PyErr_CheckSignals()) {
        asker->raised = true;
        return false;
    }
    if (asker->goes_on.is_none())
        return true;
    try {
        return nb::cast<bool>(asker->goes_on(states));
    } catch (nb::python_error &error) {
        error.restore();
    }
    asker->raised = true;
    return false;
}

// `code`: (code, value) rows in postfix order.
nb::tuple explore(Machine &self, nb::list code, uint32_t pruning, int switches, int interrupts,
                  uint64_t states, uint64_t memory, int last, bool by_steps, nb::object goes_on)
{
    std::vector<relay_inside_word> words = words_of(code);
    relay_inside_question question{};
    relay_inside_finding answer{};
    Asker asker{goes_on, false};
    bool worked;

    question.code = words.data();
    question.words = words.size();
    question.pruning = pruning;
    question.most_switches = switches;
    question.most_interrupts = interrupts;
    question.last_actor = last;
    question.by_steps = by_steps;
    question.most_states = states;
    question.most_bytes = memory;
    question.goes_on = ask_goes_on;
    question.told = &asker;
    {
        WithoutGil released;
        worked = relay_inside_explore(self.inside, &question, &answer);
    }
    nb::object schedule = bytes_of(answer.schedule, answer.length);
    nb::object ends = bytes_of(reinterpret_cast<const unsigned char *>(answer.end_keys),
                               answer.ends * sizeof(uint64_t));
    relay_inside_free_finding(&answer);
    if (asker.raised)
        throw nb::python_error();
    if (!worked)
        throw nb::value_error("the condition cannot be computed, or memory has run out");
    return nb::make_tuple(answer.found, answer.finished, answer.states, answer.schedules,
                          answer.steps, answer.ends, answer.ends_hash, answer.switches, schedule,
                          ends);
}

double compute(Machine &self, nb::list code)
{
    std::vector<relay_inside_word> words = words_of(code);

    return relay_inside_compute(self.inside, words.data(), words.size());
}

nb::list stops()
{
    nb::list found;

    for (int id = 0; relay_inside_stop_name(id); id++)
        found.append(nb::make_tuple(relay_inside_stop_name(id), relay_inside_stop_sentence(id)));
    return found;
}

nb::list sites()
{
    nb::list found;
    int id, line;
    const char *file, *function;

    for (size_t i = 0; relay_inside_place(i, &id, &line, &file, &function); i++)
        found.append(nb::make_tuple(id, line, file, function));
    return found;
}

// All bytes of a sub-buffer.
const unsigned char *image_of(const Machine &self, const Bytes &bytes)
{
    if (bytes.size != self.subbuf_size)
        throw nb::value_error("give all bytes of a sub-buffer");
    return static_cast<const unsigned char *>(bytes.data);
}

void define_looking(nb::class_<Machine> &type)
{
    type.def("copy_of", copy_of)
        .def("calls",
             [](Machine &self) {
                 return calls([&](relay_inside_call *rows, size_t room) {
                     return relay_inside_calls(self.inside, rows, room);
                 });
             })
        .def("asked",
             [](Machine &self, int actor) {
                 relay_inside_call call;
                 bool asks = relay_inside_asked(self.inside, checked_actor(self, actor), &call);
                 return asks ? nb::object(call_row(call)) : nb::object(nb::none());
             })
        .def(
            "answer",
            [](Machine &self, int actor, int answer, size_t header, nb::object subbuf,
               nb::object prev) {
                relay_inside_answer given{answer, header, nullptr, nullptr};
                std::optional<Bytes> images[2];

                if (!subbuf.is_none())
                    given.subbuf = image_of(self, images[0].emplace(subbuf));
                if (!prev.is_none())
                    given.prev = image_of(self, images[1].emplace(prev));
                if (!relay_inside_give(self.inside, checked_actor(self, actor), &given))
                    throw std::bad_alloc();
            },
            nb::arg("actor"), nb::arg("answer"), nb::arg("header"), nb::arg("subbuf").none(),
            nb::arg("prev").none())
        .def("time_out",
             [](Machine &self, int actor) {
                 relay_inside_time_out(self.inside, checked_actor(self, actor));
             })
        .def("file_of", file_of)
        .def("channel_of", channel_of)
        .def("hash", [](Machine &self) { return relay_inside_hash(self.inside); })
        .def("position", [](Machine &self) { return relay_inside_position(self.inside); })
        .def("length", [](Machine &self) { return relay_inside_length(self.inside); })
        .def("memory", [](Machine &self) { return relay_inside_memory(self.inside); })
        .def("decision", [](Machine &self,
                            uint64_t index) { return relay_inside_decision(self.inside, index); })
        .def("seek",
             [](Machine &self, uint64_t position) {
                 WithoutGil released;
                 return relay_inside_seek(self.inside, position);
             })
        .def("explore", explore, nb::arg("code"), nb::arg("pruning"), nb::arg("switches"),
             nb::arg("interrupts"), nb::arg("states"), nb::arg("memory"), nb::arg("last"),
             nb::arg("by_steps"), nb::arg("goes_on").none())
        .def("compute", compute);
}

} // namespace

void define_inside(nb::module_ &module)
{
    nb::class_<Machine> type(module, "Inside", "A machine whose actors are stepped.");

    type.def("__init__", open_machine, nb::arg("fields"))
        .def("add",
             [](Machine &self, uint32_t kind, unsigned cpu) {
                 return relay_inside_add(self.inside, static_cast<relay_inside_kind>(kind), cpu);
             })
        .def("queue", queue, nb::arg("actor"), nb::arg("what"), nb::arg("cpu"), nb::arg("length"),
             nb::arg("count"), nb::arg("fd"), nb::arg("event"), nb::arg("data").none())
        .def("run", run, nb::arg("actor"), nb::arg("stop"), nb::arg("most"))
        .def("look", look)
        .def("figures", figures)
        .def("fill_snapshot", fill_snapshot)
        .def("memory_of",
             [](Machine &self, int row, size_t size) {
                 return bytes_of(relay_inside_bytes(self.inside, row), size);
             })
        .def("ages", [](Machine &self, int row, size_t size) {
            return bytes_of(relay_inside_ages(self.inside, row), size * sizeof(uint32_t));
        });
    define_looking(type);
    module.def("inside_stops", stops);
    module.def("inside_sites", sites);
    module.def("inside_digest", relay_inside_digest);
    module.def("inside_files", relay_inside_files);
    module.def("inside_failed_calls", [] { return calls(relay_inside_failed_calls); });
}
