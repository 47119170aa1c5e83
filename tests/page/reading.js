// What a page shows after the step that the slider is moved to, read from its elements alone.
// Of each buffer the bytes of the first `most` sub-buffers are read.
const [step, most] = arguments, byId = name => document.getElementById(name);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const slider = byId("slider");
slider.value = step;
slider.dispatchEvent(new Event("input"));
const counters = all("#counter-list tr[data-cpu]").map(row => [Number(row.dataset.cpu),
  Object.fromEntries(all("td", row).map(cell => [cell.dataset.name, Number(cell.textContent)]))]);
const rings = all(".ring").map(ring => ({
  cpu: Number(ring.dataset.cpu), words: ring.getAttribute("aria-label"),
  parts: all(".subbuf", ring).map(subbuf => all(".part", subbuf).map(part =>
    [part.dataset.kind, Number(part.dataset.start), Number(part.dataset.end)])),
  changed: all(".subbuf:has(.changed)", ring).map(subbuf => Number(subbuf.dataset.index)),
  positions: ["write-position", "consumer-position"].map(kind => {
    const { index, offset } = ring.querySelector(`.${kind}:not(.line)`).dataset;
    return [Number(index), Number(offset)];
  }),
}));
const fates = all("tr[data-event]").map(row => [Number(row.dataset.event), ...all("td", row).map(cell => cell.textContent)]);
const choose = (name, value) => { byId(name).value = value; byId(name).dispatchEvent(new Event("change")); };
const bytes = {}, named = {};
for (const cpu of all("#cpu option").map(option => option.value)) {
  choose("cpu", cpu);
  named[cpu] = [];
  bytes[cpu] = all("#subbuf option").slice(0, most).map(option => {
    choose("subbuf", option.value);
    named[cpu].push(all("#parts li").map(line => line.textContent.match(/(\d+)…(\d+): event ([\d\u202f]+)/))
      .filter(found => found).map(found => found.slice(1).map(digits => Number(digits.replace("\u202f", "")))));
    return all("#dump .hex").map(cell => cell.textContent).join(" ");
  });
}
return {
  place: byId("place").textContent, said: byId("said").innerText,
  log: all('#log-list [aria-selected="true"]').map(line => Number(line.dataset.step)),
  facts: byId("facts").textContent, counters, rings, fates, bytes, named,
};
