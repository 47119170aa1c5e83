// The tables: counters of each buffer, the log, the fate of every event.

const COLUMNS = [
  ["offset", "offset"], ["produced", "prod"], ["consumed", "cons"], ["ready", "ready"], ["lost", "lost"],
  ["account.attempted", "tried"], ["account.unread", "unread"], ["account.consumed", "read"],
  ["prev_padding", "pad"],
];
const FULL_NAMES = {
  offset: "offset", produced: "sub-buffers produced", consumed: "sub-buffers consumed",
  ready: "sub-buffers ready", lost: "events lost", "account.attempted": "events tried",
  "account.unread": "events unread", "account.consumed": "events consumed",
  prev_padding: "padding of the sub-buffer finished last",
};

function showCounters(box, channels) {
  box.replaceChildren(...channels.map((channel, side) => {
    const head = html("tr", {}, html("th", { scope: "col" }, "cpu"), ...COLUMNS.map(([name, words]) =>
      html("th", { scope: "col", title: FULL_NAMES[name] }, words)));
    const rows = channel.cpus_shown.map(cpu => counterRow(channel, cpu));
    const caption = channels.length > 1 ? [html("caption", {}, `${channel.name}: ${channel.title}`)] : [];
    return html("table", { class: "figures", "data-side": side }, ...caption,
      html("thead", {}, head), html("tbody", {}, ...rows));
  }));
}

function counterRow(channel, cpu) {
  const buffer = channel.buffer(cpu);
  const cells = COLUMNS.map(([name]) => {
    const bad = (name === "lost" && buffer.lost) || (name === "offset" && buffer.blocked);
    const changed = channel.hasChanged(cpu, name.replace("account.", ""));
    return html("td", { "data-name": name, class: `${bad ? "bad" : ""} ${changed ? "strong" : ""}` }, String(buffer[name]));
  });
  return html("tr", { "data-cpu": cpu }, html("th", { scope: "row" }, channel.is_global ? "all" : String(cpu)), ...cells);
}

function factsOf(channel) {
  const { facts } = channel, words = [`mode ${facts.mode}`];
  words.push(facts.closed ? "closed" : "open");
  words.push(`on line: ${facts.online.length ? "cpu " + facts.online.join(", ") : "none"}`);
  words.push(facts.name === null ? "no files" : `base filename ${facts.name}`);
  if (facts.descriptors.length) words.push(`descriptors ${facts.descriptors.join(", ")}`);
  if (facts.mappings.length) words.push(`mappings ${facts.mappings.join(", ")}`);
  if (facts.reserved.length) words.push(plural(facts.reserved.length, "unfilled slot"));
  return words.join(" · ");
}

// ---- the log: a list of which one line is the step shown; what is not revealed is not in it

class Log {
  constructor(list, data, wanted) {
    this.list = list;
    this.lines = data.titles.map((title, step) => this.line(data, title, step));
    this.shown = -1;
    list.addEventListener("click", event => {
      const line = event.target.closest("li");
      if (line) wanted(Number(line.dataset.step));
    });
  }

  line(data, title, step) {
    const results = data.sides.map(side => side.said[step][0]);
    const said = new Set(results).size === 1 ? results.slice(0, 1)
      : data.sides.map((side, at) => `${side.name}: ${results[at]}`);
    const lost = data.sides.some(side => side.said[step][1]);
    return html("li", {
      id: `step-${step}`, role: "option", "aria-selected": "false", "data-step": step, class: lost ? "loss" : "",
    }, html("span", { class: "step" }, String(step)), html("span", { class: "call" }, title),
    html("span", { class: "result" }, said.join(" ")));
  }

  show(step, limit) {
    if (this.list.childElementCount !== limit + 1) this.list.replaceChildren(...this.lines.slice(0, limit + 1));
    this.lines[this.shown]?.setAttribute("aria-selected", "false");
    this.shown = step;
    const line = this.lines[step];
    line.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", line.id);
    const box = this.list;  // scrolls the list alone: a page that jumps is hard to read
    if (line.offsetTop < box.scrollTop) box.scrollTop = line.offsetTop;
    const over = line.offsetTop + line.offsetHeight - box.scrollTop - box.clientHeight;
    if (over > 0) box.scrollTop += over;
  }
}

// ---- fates

function showFates(box, channels) {
  box.replaceChildren(...channels.flatMap((channel, side) => {
    const events = channel.triedEvents, tally = new Map();
    for (const event of events) {
      const name = channel.fate(event)[0];
      tally.set(name, (tally.get(name) ?? 0) + 1);
    }
    const names = { unread: "unread", consumed: "consumed", ...channel.names.losses };
    const sum = [...tally].map(([name, count]) => `${count} ${names[name]}`).join(", ");
    const about = channels.length > 1 ? `${channel.name}: ` : "";
    const words = `${about}${events.length ? `${plural(events.length, "event")} tried: ${sum}` : "no event was tried yet"}`;
    const found = [html("p", { class: "tally", "data-side": side }, words)];
    if (!events.length) return found;
    found.push(html("div", { class: "strip", "aria-hidden": "true" }, ...events.map(event =>
      html("i", { class: `fate ${channel.fate(event)[0]}`, title: `event ${event.event}: ${channel.fate(event)[1]}` }))));
    found.push(fateTable(channel, side, events));
    return found;
  }));
}

function fateTable(channel, side, events) {
  const head = html("tr", {}, ...["event", "cpu", "bytes", "step", "fate"].map(words =>
    html("th", { scope: "col", class: words === "fate" ? "words" : "" }, words)));
  const rows = events.map(event => {
    const [name, words] = channel.fate(event);
    const key = html("i", { class: `fate ${name}`, "aria-hidden": "true" });
    return html("tr", { "data-event": event.event }, html("th", { scope: "row" }, String(event.event)),
      ...[event.cpu, event.bytes, event.step].map(value => html("td", {}, String(value))),
      html("td", { class: "words", "data-fate": name }, key, words));
  });
  return html("table", { class: "figures", "data-side": side }, html("thead", {}, head), html("tbody", {}, ...rows));
}
