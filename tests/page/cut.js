// Text that does not have its room: beside what it belongs to, or over other text.
const out = [], say = (what, element) => out.push(`${what}: "${element.textContent.trim().slice(0, 40)}" in ${
  (element.closest("[id]") ?? document.body).id}`);
if (document.documentElement.scrollWidth > innerWidth) out.push(`page is ${document.documentElement.scrollWidth} wide`);
const shows = element => element.checkVisibility() && getComputedStyle(element).visibility !== "hidden";
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const owner = node.parentElement;
  if (!node.data.trim() || owner.closest("script, option, title, svg") || !shows(owner)) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  for (let around = owner; around !== document.body; around = around.parentElement) {
    const style = getComputedStyle(around), room = around.getBoundingClientRect();
    const [x, y] = [style.overflowX, style.overflowY].map(one => one === "auto" || one === "scroll");
    if (style.display !== "inline") {
      if (!x && (box.left < room.left - 1 || box.right > room.right + 1)) { say("too wide", owner); break; }
      if (!y && (box.top < room.top - 2 || box.bottom > room.bottom + 2)) { say("too high", owner); break; }
    }
    if (x && around.scrollWidth > around.clientWidth + 1 && !around.matches("#counter-box, #bytes .scrolls")) {
      say("scrolls to the side", around); break;
    }
    if (x || y) break;  // inside, it can be scrolled to
  }
}
for (const ring of document.querySelectorAll(".ring")) {
  const frame = ring.getBoundingClientRect(), middle = [frame.left + frame.width / 2, frame.top + frame.height / 2];
  const reach = frame.width / 256 * 68, texts = [...ring.querySelectorAll("text")];
  const boxes = texts.map(text => text.getBoundingClientRect());
  texts.forEach((text, at) => {
    const box = boxes[at];
    if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom) say("outside of its ring", text);
    if (text.classList.contains("middle")) {
      const far = Math.hypot(box.width / 2, Math.max(Math.abs(box.top + box.height * 0.2 - middle[1]), Math.abs(box.bottom - box.height * 0.2 - middle[1])));
      if (far > reach) say(`reaches into the ring by ${(far - reach).toFixed(1)}`, text);
    }
    if (parseFloat(getComputedStyle(text).fontSize) * frame.width / 256 < 7.5) say("too small", text);
    boxes.forEach((other, place) => {
      if (place > at && box.left < other.right - 1 && other.left < box.right - 1
        && box.top + box.height * 0.2 < other.bottom - other.height * 0.2 && other.top + other.height * 0.2 < box.bottom - box.height * 0.2) say("over another", text);
    });
  });
}
const sections = [...document.querySelectorAll("header, nav, section")].map(one => [one.id || one.tagName, one.getBoundingClientRect()]);
sections.forEach(([name, box], at) => sections.slice(at + 1).forEach(([other, room]) => {
  if (box.left < room.right - 1 && room.left < box.right - 1 && box.top < room.bottom - 1 && room.top < box.bottom - 1) out.push(`${name} over ${other}`);
}));
return out;
