// The bytes of one sub-buffer: hex and text, coloured by what they are, and the same in words.

const AT_ONCE = 4096, FITTING = [16, 8, 4];

// What the bytes of a sub-buffer are: its parts, and in what was written the events.
function regionsOf(channel, cpu, index) {
  const events = channel.eventsIn(cpu, index), found = [];
  for (const part of channel.parts(cpu, index)) {
    if (part.kind === "unread" || part.kind === "consumed") {
      let at = part.start;
      for (const event of events) {
        const [start, end] = [event.place[2], event.place[2] + event.bytes];
        if (end <= at || start >= part.end || !event.bytes) continue;
        if (at < start) found.push({ kind: "other", start: at, end: start });
        found.push({ kind: "event", event, read: part.kind, start: Math.max(start, at), end: Math.min(end, part.end) });
        at = Math.min(end, part.end);
      }
      if (at < part.end) found.push({ kind: "other", start: at, end: part.end });
    } else {
      const event = part.kind === "reserved"
        ? events.find(one => one.place[2] === part.start) : undefined;
      found.push({ ...part, event });
    }
  }
  return found;
}

function regionWords(channel, region, unused) {
  const size = plural(region.end - region.start, "byte"), span = `${region.start}…${region.end - 1}`;
  if (region.kind === "event" || (region.kind === "reserved" && region.event)) {
    const { event } = region;
    const part = region.end - region.start === event.bytes ? size : `${region.end - region.start} of ${plural(event.bytes, "byte")}`;
    return `${span}: event ${grouped(event.event)}, ${part} · cpu ${event.cpu}, step ${event.step} · ${channel.fate(event)[1]}`;
  }
  if (region.kind === "other") return `${span}: ${size} from before the first step`;
  if (region.kind === "free") return `${span}: ${size} ${unused ? STATE_WORDS[0] : "not written in this lap"}`;
  return `${span}: ${size} ${PART_WORDS[region.kind]}`;
}

// How many bytes stand in a line: as many as there is room for.
function perLine(table, size) {
  const digit = html("span", {}, "0".repeat(20));
  table.before(digit);
  const style = getComputedStyle(table);
  digit.style.font = style.font;
  const letters = table.parentElement.clientWidth / (digit.getBoundingClientRect().width / 20);
  digit.remove();
  const besides = Math.max(4, size.toString(16).length) + 5;
  return FITTING.find(count => count * 4 + besides <= letters) ?? FITTING.at(-1);
}

function showBytes(table, list, wide, channel, cpu, index, from) {
  const size = channel.subbuf_size, begin = index * size, memory = channel.memory.get(cpu);
  const regions = regionsOf(channel, cpu, index), end = Math.min(size, from + AT_ONCE);
  const width = Math.max(4, size.toString(16).length);
  const lines = [];
  const unused = channel.subbuf(cpu, index).state === 0;
  let region = 0;
  for (let line = from; line < end; line += wide) {
    const hex = html("td", { class: "hex" }), text = html("td", { class: "text" });
    const stop = Math.min(line + wide, end);
    for (let at = line; at < stop;) {
      while (regions[region].end <= at) region += 1;
      const until = Math.min(stop, regions[region].end), kind = inkOf(regions[region], region);
      const bytes = [...memory.subarray(begin + at, begin + until)];
      hex.append(html("span", { class: kind }, bytes.map(one => one.toString(16).padStart(2, "0")).join(" ")));
      if (until < stop) hex.append(" ");
      text.append(html("span", { class: kind }, bytes.map(printable).join("")));
      at = until;
    }
    const place = html("th", { scope: "row" }, line.toString(16).padStart(width, "0"));
    lines.push(html("tr", {}, place, hex, text));
  }
  table.tBodies[0].replaceChildren(...lines);
  list.replaceChildren(...regions.map((one, place) =>
    html("li", {}, html("span", { class: `key ${inkOf(one, place)}`, "aria-hidden": "true" }, "■"), " ", regionWords(channel, one, unused))));
}

function inkOf(region, place) {
  if (region.kind === "event") return `event ${place % 2 ? "odd" : "even"} ${region.read}`;
  return region.kind;
}

function printable(byte) { return byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : "."; }
