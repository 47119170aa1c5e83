// The page: goes from step to step, and shows each.

const byId = name => document.getElementById(name);

class Page {
  constructor(data) {
    this.data = data;
    this.channels = data.sides.map(side => new Channel(side, data));
    this.last = data.titles.length - 1;
    this.step = 0;
    this.timer = 0;
    const first = this.channels[0].cpus_shown[0] ?? 0;
    this.chosen = { side: 0, cpu: first, subbuf: 0 };
    this.rings = new Rings(byId("ring-list"), (side, cpu, subbuf) => this.choose({ side, cpu, subbuf }));
    this.log = new Log(byId("log-list"), data, step => this.show(step));
    this.lesson = new Lesson(byId("lesson"), data.lesson, this.last, question => this.answered(question));
    this.head();
    this.listen();
    this.measure();
    this.show(data.first);
    new ResizeObserver(() => { if (this.measure()) this.showChosen(); }).observe(byId("bytes"));
  }

  head() {
    const { data } = this;
    byId("title").textContent = data.title;
    byId("about").replaceChildren(...inline(data.text.replace(/\n/g, " ")));
    byId("about").hidden = !data.text;
    drawPatterns(byId("patterns"));
    drawLegend(byId("legend"));
    byId("side-label").hidden = this.channels.length === 1;
    options(byId("side"), this.channels.map((channel, side) => [side, channel.name]));
  }

  // How many bytes have room in a line. Returns whether that is something new.
  measure() {
    const before = this.wide;
    this.wide = perLine(byId("dump"), this.channels[0].subbuf_size);
    return this.wide !== before;
  }

  // ---- going

  show(step) {
    const { limit } = this.lesson;
    this.step = Math.min(Math.max(step, 0), limit);
    for (const channel of this.channels) channel.goTo(this.step);
    if (byId("follow").checked) this.follow();
    const slider = byId("slider");
    slider.max = limit;
    slider.value = this.step;
    const open = this.lesson.open && this.step === limit && limit < this.last;
    const place = `step ${this.step} of ${this.last}`;
    byId("place").textContent = place;
    slider.setAttribute("aria-valuetext", `${place}: ${this.data.titles[this.step]}`);
    byId("back").disabled = byId("home").disabled = this.step === 0;
    byId("forward").disabled = byId("end").disabled = this.step === limit;
    byId("forward").title = open ? "Answer the question first" : "";
    byId("kind").textContent = this.channels.map(channel => channel.title).join(" beside ");
    this.narrate();
    this.lesson.show(this.step);
    this.log.show(this.step, limit);
    showCounters(byId("counter-list"), this.channels);
    byId("facts").replaceChildren(...this.channels.map(channel =>
      html("span", {}, (this.channels.length > 1 ? `${channel.name}: ` : "") + factsOf(channel))));
    showFates(byId("fate-list"), this.channels);
    this.showChosen();
  }

  narrate() {
    const { data, step } = this;
    const marks = data.marks.filter(([at]) => at === step).map(([, name]) => html("p", { class: "mark" }, name));
    const results = this.channels.map(channel => {
      const [words, lost, , kept] = channel.said[step];
      const about = this.channels.length > 1 ? [html("b", {}, channel.name), " "] : [];
      return html("p", { class: lost ? "bad" : "" }, ...about, kept ? `${words} ${kept}` : words);
    });
    byId("said").replaceChildren(...marks, html("p", { class: "call" }, data.titles[step]), ...results);
  }

  // ---- the sub-buffer shown

  follow() {
    const { side } = this.chosen, channel = this.channels[side];
    let place = channel.said[this.step][2];
    if (!place) {
      const cpu = [...channel.changed.keys()][0];
      if (cpu === undefined) return;
      const changed = [...Array(channel.n_subbufs).keys()].find(index => channel.subbufHasChanged(cpu, index));
      place = [cpu, changed ?? channel.buffer(cpu).current];
    }
    this.chosen = { side, cpu: place[0], subbuf: place[1] };
  }

  choose(place) {
    byId("follow").checked = false;
    this.chosen = place;
    this.showChosen();
  }

  showChosen() {
    const channel = this.channels[this.chosen.side], cpus = channel.cpus_shown;
    if (!cpus.length) return;
    if (!cpus.includes(this.chosen.cpu)) this.chosen.cpu = cpus[0];
    const { side, cpu, subbuf } = this.chosen, size = channel.subbuf_size;
    byId("side").value = side;
    options(byId("cpu"), cpus.map(one => [one, channel.nameOf(one)]), cpu);
    options(byId("subbuf"), [...Array(channel.n_subbufs).keys()].map(one => [one, one]), subbuf);
    const parts = Math.ceil(size / AT_ONCE), from = Math.min(Number(byId("from").value) || 0, size - 1);
    options(byId("from"), [...Array(parts).keys()].map(one => [one * AT_ONCE, one * AT_ONCE]), from);
    byId("from-label").hidden = parts === 1;
    showBytes(byId("dump"), byId("parts"), this.wide, channel, cpu, subbuf, parts === 1 ? 0 : from);
    this.rings.show(this.channels, this.chosen);
  }

  // ---- what the reader does

  answered(question) {
    this.stop();
    this.show(question.step);
    byId("forward").focus();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    byId("run").textContent = "Run";
  }

  toggle() {
    if (this.timer) { this.stop(); return; }
    byId("run").textContent = "Stop";
    this.timer = setInterval(() => {
      if (this.step >= this.lesson.limit) this.stop(); else this.show(this.step + 1);
    }, 700);
  }

  listen() {
    const go = (name, step) => byId(name).addEventListener("click", () => this.show(step()));
    go("home", () => 0);
    go("back", () => this.step - 1);
    go("forward", () => this.step + 1);
    go("end", () => this.last);
    byId("run").addEventListener("click", () => this.toggle());
    byId("slider").addEventListener("input", () => this.show(Number(byId("slider").value)));
    const number = name => Number(byId(name).value);
    for (const name of ["side", "cpu", "subbuf"]) {
      byId(name).addEventListener("change", () =>
        this.choose({ side: number("side"), cpu: number("cpu"), subbuf: number("subbuf") }));
    }
    byId("from").addEventListener("change", () => this.showChosen());
    byId("follow").addEventListener("change", () => this.show(this.step));
    byId("choice").addEventListener("submit", event => event.preventDefault());
    document.addEventListener("keydown", event => this.pressed(event));
    const wanted = matchMedia("(prefers-color-scheme: light)");
    const theme = () => document.documentElement.dataset.theme ?? (wanted.matches ? "light" : "dark");
    const name = () => { byId("theme").textContent = theme() === "dark" ? "Light" : "Dark"; };
    byId("theme").addEventListener("click", () => {
      document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark";
      name();
    });
    wanted.addEventListener("change", name);
    name();
  }

  // Keys that go from step to step, wherever the keyboard is, unless it is where they mean something.
  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { target } = event, inLog = target.id === "log-list";
    if (target.matches("select, input:not([type=checkbox])")) return;
    const steps = {
      ArrowLeft: this.step - 1, ArrowRight: this.step + 1, Home: 0, End: this.last,
      ...(inLog ? { ArrowUp: this.step - 1, ArrowDown: this.step + 1, PageUp: this.step - 10, PageDown: this.step + 10 } : {}),
    };
    if (event.key in steps) this.show(steps[event.key]);
    else if (event.key === " " && !target.matches("button, input")) this.toggle();
    else return;
    event.preventDefault();
  }
}

// Fill a list to choose from, unless it has the same already.
function options(list, pairs, value) {
  const key = JSON.stringify(pairs);
  if (list.dataset.pairs !== key) {
    list.replaceChildren(...pairs.map(([one, words]) => html("option", { value: one }, String(words))));
    list.dataset.pairs = key;
  }
  if (value !== undefined) list.value = value;
}

new Page(JSON.parse(byId("data").textContent));
