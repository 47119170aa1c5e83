// The rings: each buffer drawn as in the program, with the same figures in its middle.

const SVG = "http://www.w3.org/2000/svg";
const OUTER = 100, INNER = 68, REACH = 128, MOST_LINES = 6;
const LEGEND = {
  unread: "unread", consumed: "consumed", header: "header", padding: "padding",
  reserved: "reserved", lost: "overwritten", free: "free",
};
const PART_WORDS = {
  free: "free", unread: "unread", consumed: "consumed",
  header: "header, reserved by the client",
  padding: "padding: left when the sub-buffer was finished",
  reserved: "reserved, not yet filled",
  lost: "used again before it was consumed; not yet written",
};
const STATE_WORDS = [
  "not used since open or reset", "being written", "finished, not consumed",
  "consumed, its bytes still there",
];
// Kinds of loss where there is little room.
const BRIEFLY = {
  "buffer busy": "busy", "written while closing": "late", "discarded by reset": "discarded",
  "discarded by close": "discarded", "released too early": "released",
};
const HATCHED = ["padding", "reserved", "lost"];

function svg(name, attributes, ...inside) {
  const found = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  found.append(...inside);
  return found;
}

function html(name, attributes, ...inside) {
  const found = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  found.append(...inside);
  return found;
}

function grouped(number) { return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f"); }

function plural(count, noun) { return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`; }

function point(radius, turn) {
  const angle = turn * 2 * Math.PI;
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
}

function at(radius, turn) { return point(radius, turn).map(value => value.toFixed(2)).join(" "); }

// Where along the rim a byte is; between two sub-buffers is a gap.
function turnOf(channel, index, offset) {
  const gap = Math.min(0.0022, 0.12 / channel.n_subbufs);
  return index / channel.n_subbufs + offset / channel.subbuf_size * (1 / channel.n_subbufs - gap);
}

function sector(outer, inner, from, to) {
  const middle = (from + to) / 2;  // in two halves: an arc of the whole circle would be nothing
  const [o, i] = [outer, inner].map(radius => `A ${radius} ${radius} 0 0`);
  return `M ${at(outer, from)} ${o} 1 ${at(outer, middle)} ${o} 1 ${at(outer, to)} L ${at(inner, to)} `
    + `${i} 0 ${at(inner, middle)} ${i} 0 ${at(inner, from)} Z`;
}

// Overwriting, what is ready grows beyond the sub-buffers there are, and is no part of them.
function readyCount(channel, buffer) {
  const room = buffer.ready > channel.n_subbufs ? "" : `/${grouped(channel.n_subbufs)}`;
  return grouped(buffer.ready) + room;
}

function readyWords(channel, buffer) {
  const words = `${readyCount(channel, buffer)} ready`;
  return buffer.over ? `${words}, ${grouped(buffer.over)} of them overwritten` : words;
}

function badgeOf(channel, buffer) {
  if (channel.facts.closed) return "CLOSED";
  return [buffer.full ? "FULL" : "", buffer.blocked ? "BLOCKED" : ""].filter(Boolean).join(" · ");
}

// A buffer and its sub-buffers in words, for those who cannot see the ring.
function ringWords(channel, cpu) {
  const buffer = channel.buffer(cpu);
  const lines = [`${channel.nameOf(cpu)}: ${readyWords(channel, buffer)}`
    + `${buffer.blocked ? ", blocked" : buffer.full ? ", full" : ""}; `
    + `${buffer.produced} produced, ${buffer.consumed} consumed`];
  if (buffer.lost) lines.push("lost: " + buffer.losses.map(([n, words]) => `${n} ${words}`).join(", "));
  for (let index = 0; index < channel.n_subbufs; index++) lines.push(subbufWords(channel, cpu, index));
  return lines.join(". ");
}

function subbufWords(channel, cpu, index) {
  const info = channel.subbuf(cpu, index);
  const title = `sub-buffer ${index}`;
  if (channel.facts.gone?.includes(cpu)) return `${title}: gone, the channel is closed; shown as it was left`;
  if (info.state === 0) return `${title}: ${STATE_WORDS[0]}`;
  const figures = [plural(info.events, "event"), `${info.used} B used`];
  for (const name of ["header", "padding", "read"]) if (info[name]) figures.push(`${name} ${info[name]} B`);
  return `${title}: ${STATE_WORDS[info.state]}; ${figures.join(", ")}`;
}

class Rings {
  // wanted: called with (side, cpu, sub-buffer) where somebody clicked.
  constructor(list, wanted) {
    this.list = list;
    this.wanted = wanted;
    this.shown = [];
    new ResizeObserver(() => { if (this.fit()) this.draw(); }).observe(list);
  }

  show(channels, chosen) {
    this.channels = channels;
    this.chosen = chosen;
    this.fit();
    this.draw();
  }

  // As many columns as make the rings largest. Returns whether that is something new.
  fit() {
    if (!this.channels) return false;
    const count = this.channels.reduce((sum, channel) => sum + channel.cpus_shown.length, 0) || 1;
    const style = getComputedStyle(this.list);
    const width = this.list.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const free = getComputedStyle(document.documentElement).getPropertyValue("--fills").trim() !== "1";
    const height = free ? Infinity : this.list.clientHeight;
    let best = [1, 0];
    for (let columns = 1; columns <= count; columns++) {
      const high = height / Math.ceil(count / columns);
      const size = Math.min(width / columns, high, free ? 320 : Infinity);
      if (size > best[1] && (columns === 1 || !free || size >= 165 || columns <= 2)) best = [columns, size];
      if (free && size < 320 && columns > 1 && size < 165) break;
    }
    if (free && count > 1 && width >= 330) {
      const columns = Math.max(2, Math.min(count, Math.floor(width / 240)));
      best = [columns, Math.min(width / columns, 320)];
    }
    const size = Math.max(Math.floor(Math.min(best[1], width)) - 2, 130), before = `${this.columns} ${this.size}`;
    [this.columns, this.size] = [best[0], size];
    this.list.style.gridTemplateColumns = `repeat(${this.columns}, minmax(0, 1fr))`;
    this.list.style.setProperty("--ring", `${this.size}px`);
    return before !== `${this.columns} ${this.size}`;
  }

  draw() {
    const several = this.channels.length > 1;
    this.list.replaceChildren(...this.channels.flatMap((channel, side) =>
      channel.cpus_shown.map(cpu => this.ring(channel, side, cpu, several))));
  }

  ring(channel, side, cpu, several) {
    const name = (several ? `${channel.name}, ` : "") + ringWords(channel, cpu);
    const found = svg("svg", {
      class: "ring", role: "img", "aria-label": name, "data-side": side, "data-cpu": cpu,
      viewBox: `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`,
    });
    for (let index = 0; index < channel.n_subbufs; index++) this.subbuf(found, channel, side, cpu, index);
    this.numbers(found, channel);
    this.positions(found, channel, cpu);
    this.middle(found, channel, cpu, several);
    return found;
  }

  subbuf(ring, channel, side, cpu, index) {
    const group = svg("g", { class: "subbuf", "data-index": index });
    const gone = channel.facts.gone?.includes(cpu);
    for (const { kind, start, end } of channel.parts(cpu, index)) {
      group.append(svg("path", {
        class: `part ${kind}${gone ? " gone" : ""}`, "data-kind": kind, "data-start": start, "data-end": end,
        d: sector(OUTER, INNER, turnOf(channel, index, start), turnOf(channel, index, end)),
      }));
    }
    const edge = (outer, inner, kind) => svg("path", {
      class: kind, d: sector(outer, inner, turnOf(channel, index, 0), turnOf(channel, index, channel.subbuf_size)),
    });
    if (channel.subbufHasChanged(cpu, index)) group.append(edge(OUTER, INNER, "changed"));
    const { chosen } = this;
    if (chosen.side === side && chosen.cpu === cpu && chosen.subbuf === index) {
      group.append(edge(OUTER + 3.5, INNER - 3.5, "chosen"));
    }
    group.append(svg("title", {}, `${channel.nameOf(cpu)}, ${subbufWords(channel, cpu, index)}`));
    group.addEventListener("click", () => this.wanted(side, cpu, index));
    ring.append(group);
  }

  numbers(ring, channel) {
    const size = Math.max(9, 11 * REACH * 2 / this.size);
    let every = 1;
    while (channel.n_subbufs / every * size * 2.2 > 2 * Math.PI * (OUTER + 14)) every *= 2;
    for (let index = 0; index < channel.n_subbufs; index += every) {
      const [x, y] = point(OUTER + 16, (index + 0.5) / channel.n_subbufs);
      ring.append(svg("text", { class: "number", x, y, "font-size": Math.min(size, 20) }, String(index)));
    }
  }

  positions(ring, channel, cpu) {
    const buffer = channel.buffer(cpu), size = channel.subbuf_size;
    const mark = (kind, index, offset, radius, length) => {
      const turn = turnOf(channel, index, Math.min(offset, size)), half = 0.0009 * Math.abs(length);
      ring.append(svg("path", { class: `${kind} line`, d: `M ${at(INNER, turn)} L ${at(OUTER - 1.5, turn)}` }));
      ring.append(svg("path", {
        class: kind, "data-index": index, "data-offset": offset,
        d: `M ${at(radius, turn)} L ${at(radius + length, turn - half)} L ${at(radius + length, turn + half)} Z`,
      }));
    };
    mark("consumer-position", buffer.consumed % channel.n_subbufs, buffer.bytes_consumed, INNER - 1, -11);
    mark("write-position", buffer.current, Math.min(buffer.offset, size), OUTER + 1, 10);
  }

  // The figures, as many as can be read at this size.
  middle(ring, channel, cpu, several) {
    const buffer = channel.buffer(cpu), scale = this.size / (2 * REACH);
    const name = channel.is_global ? "all CPUs" : `CPU ${cpu}`;
    const title = several ? `${channel.name} · ${name}` : name;
    const badge = badgeOf(channel, buffer), closed = channel.facts.closed;
    const bad = buffer.full && !closed ? "bad" : "strong";
    let lines;
    if (scale >= 0.9) {
      const ready = buffer.over
        ? [[`${readyCount(channel, buffer)} ready`, bad],
           [`${grouped(buffer.over)} overwritten`, "bad"]]
        : [[readyWords(channel, buffer), bad]];
      const losses = buffer.losses.filter(([, words]) => !buffer.over || words !== "overwritten");
      const head = [[title, "title"], [`${grouped(buffer.produced)} produced`, "dim"],
        [`${grouped(buffer.consumed)} consumed`, "dim"]];
      lines = [...head, ...ready, ...(badge ? [[badge, "badge"]] : []),
        ...losses.map(([events, words]) => [`${grouped(events)} ${words}`, "bad", `${grouped(events)} ${BRIEFLY[words] ?? words}`])];
      if (lines.length > MOST_LINES) {
        lines = [...head, ready[0], ...(badge ? [[badge, "badge"]] : []), [`${grouped(buffer.lost)} lost`, "bad"]];
      }
    } else {
      lines = [[title, "title"], [readyCount(channel, buffer), bad],
        ...(badge ? [[badge.split(" · ").pop(), "badge"]] : []),
        ...(buffer.lost ? [[`${grouped(buffer.lost)} lost`, "bad"]] : [])];
    }
    this.lines(ring, lines, Math.min(Math.max(11.5 / scale, 11), lines.length > 5 ? 12.5 : 18));
  }

  lines(ring, lines, size) {
    const pitch = size * 1.32;
    lines.forEach(([whole, kind, brief], place) => {
      const y = (place - (lines.length - 1) / 2) * pitch;
      const room = 2 * Math.sqrt(Math.max((INNER - 6) ** 2 - (Math.abs(y) + size * 0.5) ** 2, 100));
      const best = size * (kind === "title" ? 1.25 : 1), widest = words => room / (words.length * 0.62);
      const words = brief && widest(whole) < best ? brief : whole, fitting = Math.min(best, widest(words));
      if (kind === "badge") {
        const wide = Math.min(words.length * fitting * 0.7 + 12, room + 4);
        ring.append(svg("rect", {
          class: `badge ${words === "CLOSED" ? "closed" : ""}`, x: -wide / 2, y: y - pitch * 0.5, width: wide, height: pitch * 0.98, rx: 4,
        }));
      }
      ring.append(svg("text", { class: `middle ${kind}`, x: 0, y, "font-size": fitting }, words));
    });
  }
}

// Hatches, as in the program: a stripe of the colour, and its ground.
function drawPatterns(sheet) {
  for (const kind of HATCHED) {
    sheet.append(svg("pattern", { id: `hatch-${kind}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 6, height: 6, class: `ground ${kind}` }),
      svg("rect", { width: 3, height: 6, class: `stripe ${kind}` })));
  }
}

function drawLegend(list) {
  const swatch = kind => {
    const square = svg("svg", { class: "swatch", viewBox: "0 0 13 13", "aria-hidden": "true" });
    square.append(svg("rect", { class: `part ${kind}`, width: 13, height: 13 }));
    return square;
  };
  const mark = kind => {
    const triangle = svg("svg", { class: "swatch", viewBox: "0 0 13 13", "aria-hidden": "true" });
    triangle.append(kind === "changed" ? svg("rect", { class: "changed", x: 1.5, y: 1.5, width: 10, height: 10 })
      : svg("path", { class: kind, d: "M 0 2 H 13 L 6.5 12 Z" }));
    return triangle;
  };
  for (const [kind, words] of Object.entries(LEGEND)) list.append(html("li", {}, swatch(kind), words));
  for (const kind of ["write-position", "consumer-position", "changed"]) {
    list.append(html("li", {}, mark(kind), kind.replace("-", " ")));
  }
}
