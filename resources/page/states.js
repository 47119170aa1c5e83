// The states of a channel. Each is told as what it changed; so one goes forth, and back again.

const ACCEPTED_STATES = { FREE: 0, CURRENT: 1, UNREAD: 2, DONE: 3 };

class Channel {
  // told: a side of the page's data; names: the page's data, which names the figures.
  constructor(told, names) {
    Object.assign(this, told);
    this.names = names;
    this.head = names.figures.length + names.account.length;
    this.figures = new Map();  // by CPU, in the order of Python's vector
    this.memory = new Map();   // by CPU
    this.facts = {};
    this.changed = new Map();  // by CPU: the places of figures that the step shown changed
    this.undo = [];            // for each step that was gone: what was there before
    this.step = -1;
    this.goTo(0);
  }

  // The step shown by its number in this channel's own history.
  get own() { return this.steps[this.step]; }

  get title() {
    const header = this.header ? `, header ${this.header} B` : "";
    return `${this.facts.mode}, ${this.n_subbufs} × ${this.subbuf_size} B${header}`;
  }

  get last() { return this.states.length - 1; }

  get cpus_shown() { return [...this.figures.keys()].sort((a, b) => a - b); }

  goTo(step) {
    while (this.step < step) this.forward();
    while (this.step > step) this.back();
    this.noteChanged();
  }

  forward() {
    const change = this.states[++this.step], before = { added: [], figures: [], bytes: [], facts: this.facts };
    for (const [name, pairs] of Object.entries(change.figures ?? {})) {
      const cpu = Number(name);
      if (!this.figures.has(cpu)) this.add(cpu, before);
      const figures = this.figures.get(cpu);
      for (let at = 0; at < pairs.length; at += 2) {
        before.figures.push([figures, pairs[at], figures[pairs[at]]]);
        figures[pairs[at]] = pairs[at + 1];
      }
    }
    for (const [name, runs] of Object.entries(change.bytes ?? {})) {
      const memory = this.memory.get(Number(name));
      for (const run of runs) {
        const bytes = bytesOf(run);
        before.bytes.push([memory, run[0], memory.slice(run[0], run[0] + bytes.length)]);
        memory.set(bytes, run[0]);
      }
    }
    this.facts = { ...this.facts, ...change.facts };
    this.undo.push(before);
  }

  add(cpu, before) {
    const subbufs = this.n_subbufs * this.names.subbuf.length;
    this.figures.set(cpu, new Array(this.head + subbufs).fill(0));
    this.memory.set(cpu, new Uint8Array(this.subbuf_size * this.n_subbufs));
    before.added.push(cpu);
  }

  back() {
    const before = this.undo.pop();
    this.step -= 1;
    for (const [memory, first, bytes] of before.bytes.reverse()) memory.set(bytes, first);
    for (const [figures, place, value] of before.figures.reverse()) figures[place] = value;
    for (const cpu of before.added) { this.figures.delete(cpu); this.memory.delete(cpu); }
    this.facts = before.facts;
  }

  noteChanged() {
    this.changed = new Map();
    if (this.step === 0) return;
    for (const [name, pairs] of Object.entries(this.states[this.step].figures ?? {})) {
      this.changed.set(Number(name), new Set(pairs.filter((_, at) => at % 2 === 0)));
    }
  }

  // ---- asking

  buffer(cpu) {
    const found = {}, figures = this.figures.get(cpu);
    [...this.names.figures, ...this.names.account.map(name => "account." + name)]
      .forEach((name, place) => { found[name] = figures[place]; });
    found.ready = found.produced - found.consumed;
    const held = this.n_subbufs - (found.offset <= this.subbuf_size ? 1 : 0);
    found.over = Math.max(found.ready - held, 0);
    found.full = found.ready >= this.n_subbufs;
    found.blocked = found.offset > this.subbuf_size;
    found.losses = Object.entries(this.names.losses)
      .map(([name, words]) => [found["account." + name], words]).filter(([events]) => events > 0);
    found.lost = found.losses.reduce((sum, [events]) => sum + events, 0);
    return found;
  }

  subbuf(cpu, index) {
    const found = {}, figures = this.figures.get(cpu), width = this.names.subbuf.length;
    this.names.subbuf.forEach((name, place) => {
      found[name] = figures[this.head + index * width + place];
    });
    return found;
  }

  hasChanged(cpu, name) {
    const place = [...this.names.figures, ...this.names.account].indexOf(name);
    return this.changed.get(cpu)?.has(place) ?? false;
  }

  subbufHasChanged(cpu, index) {
    const places = this.changed.get(cpu), width = this.names.subbuf.length;
    if (!places) return false;
    const first = this.head + index * width;
    return this.names.subbuf.some((_, place) => places.has(first + place));
  }

  // What the bytes of a sub-buffer are, in order; those reserved and not yet filled lie on top.
  parts(cpu, index) {
    const info = this.subbuf(cpu, index), size = this.subbuf_size;
    const free = info.state === ACCEPTED_STATES.FREE, current = info.state === ACCEPTED_STATES.CURRENT;
    const used = free ? 0 : Math.min(info.used, size), header = Math.min(info.header, used);
    const read = info.state === ACCEPTED_STATES.DONE ? used : Math.min(info.read, used);
    const padded = used + (free || current ? 0 : Math.min(info.padding, size - used));
    const edges = [0, header, Math.max(read, header), used, padded, size];
    const kinds = ["header", "consumed", "unread", "padding", current && info.lost ? "lost" : "free"];
    const parts = kinds.map((kind, at) => ({ kind, start: edges[at], end: edges[at + 1] }))
      .filter(part => part.start < part.end);
    const begin = index * size;
    return (this.facts.reserved ?? [])
      .filter(([buffer, start]) => buffer === cpu && start >= begin && start < begin + size)
      .reduce((found, [, start, end]) => covered(found, start - begin, end - begin), parts);
  }

  // The events whose bytes are in what a sub-buffer holds now, in order.
  eventsIn(cpu, index) {
    const info = this.subbuf(cpu, index);
    return this.events.filter(event => event.place && event.buffer === cpu
      && event.step <= this.own && event.step > this.facts.since
      && event.place[1] === index && event.place[0] === info.lap);
  }

  // [fate, words] of an event now.
  fate(event) {
    let found = event.fates[0];
    for (const one of event.fates) if (one[0] <= this.own) found = one;
    return [found[1], found[2]];
  }

  get triedEvents() { return this.events.filter(event => event.step <= this.own); }

  nameOf(cpu) { return this.is_global ? "all CPUs" : `cpu ${cpu}`; }
}

function bytesOf(run) {
  if (typeof run[1] === "string") return Uint8Array.from(atob(run[1]), letter => letter.charCodeAt(0));
  const [, count, value, difference] = run;
  return Uint8Array.from({ length: count }, (_, at) => value + at * difference);
}

// Put a reserved stretch over parts.
function covered(parts, start, end) {
  const outside = parts.flatMap(part => [
    { ...part, end: Math.min(part.end, start) },
    { ...part, start: Math.max(part.start, end) },
  ]).filter(part => part.start < part.end);
  return [...outside, { kind: "reserved", start, end }].sort((a, b) => a.start - b.start);
}
