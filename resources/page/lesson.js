// Narration and questions of a lesson. What comes behind a question is shown when it is answered.

function hashed(salt, answer) {  // FNV-1a, as in model/page/lesson
  let found = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${salt}=${answer.trim()}`)) {
    found = Math.imul(found ^ byte, 0x01000193) >>> 0;
  }
  return found.toString(16).padStart(8, "0");
}

class Lesson {
  // changed: called when more can be shown.
  constructor(box, told, last, changed) {
    this.box = box;
    this.says = told.says;
    this.questions = told.questions.map(question => ({ ...question, answered: false, hinted: 0, reply: "", given: "" }));
    this.last = last;
    this.changed = changed;
    this.drawn = null;
  }

  // The question that is to be answered before one goes on; undefined: none is.
  get open() { return this.questions.find(question => !question.answered); }

  // The last step that may be seen.
  get limit() { return this.open ? Math.min(this.open.step, this.last) : this.last; }

  show(step) {
    const answered = this.questions.filter(question => question.answered).length;
    const sayable = this.says.filter(([from, , after]) => from <= step && after <= answered);
    const said = sayable.filter(([from]) => from === sayable.at(-1)[0]);
    const asked = this.questions.filter(question => question.step === step && (question.answered || question === this.open));
    const key = JSON.stringify([said, asked.map(one => [one.salt, one.answered])]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.box.replaceChildren(...said.flatMap(([, text]) => paragraphs(text)), ...asked.map(one => this.form(one)));
  }

  form(question) {
    const name = `question-${question.salt.replace(":", "-")}`;
    const legend = html("legend", {}, ...inline(question.text));
    const thinks = !question.answer;
    const reply = html("p", { class: "reply", role: "status", "aria-live": "polite" }, question.reply);
    const inside = thinks ? [] : question.choices.length
      ? question.choices.map(words => this.choice(name, words, question))
      : [html("label", {}, "Answer ", html("input", {
        name: "answer", type: "text", inputmode: "decimal", autocomplete: "off", size: 10, value: question.given,
      }))];
    const form = html("form", { class: `question ${question.answered ? "answered" : ""}`, id: name },
      html("fieldset", {}, legend, ...inside), reply);
    const row = html("p", { class: "buttons" }, html("button", { type: "submit" }, thinks ? "Go on" : "Answer"));
    if (question.hints.length) row.append(this.hinting(question, reply));
    if (!question.answered) reply.before(row);
    for (const field of form.querySelectorAll("input")) field.disabled = question.answered;
    form.addEventListener("submit", event => { event.preventDefault(); this.answer(question, form, reply); });
    return form;
  }

  choice(name, words, question) {
    const field = html("input", { type: "radio", name: "answer", value: words });
    field.checked = question.given === words;
    return html("label", { class: "choice" }, field, " ", ...inline(words));
  }

  hinting(question, reply) {
    const button = html("button", { type: "button" }, "Hint");
    button.addEventListener("click", () => {
      reply.textContent = question.hints[question.hinted % question.hints.length];
      question.hinted += 1;
    });
    return button;
  }

  answer(question, form, reply) {
    if (!question.answer) {
      Object.assign(question, { answered: true, reply: question.done });
      this.changed(question);
      return;
    }
    const given = new FormData(form).get("answer") ?? "";
    if (!given.trim()) { reply.textContent = "Give an answer first."; return; }
    const found = hashed(question.salt, question.choices.length ? given : given.trim().replace(",", "."));
    if (found === question.answer) {
      Object.assign(question, { answered: true, given, reply: question.done || "Right." });
      this.changed(question);
      return;
    }
    reply.textContent = question.wrong[found] ?? "No. Try another answer.";
  }
}

// Text with paragraphs, **strong**, *emphasis* and `code`; nothing in it becomes an element by itself.
function paragraphs(text) {
  return text.trim().split(/\n\s*\n/).map(words => html("p", {}, ...inline(words)));
}

function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*)/).filter(words => words).map(words => {
    if (/^`.+`$/.test(words)) return html("code", {}, words.slice(1, -1));
    if (/^\*\*.+\*\*$/.test(words)) return html("strong", {}, words.slice(2, -2));
    if (/^\*.+\*$/.test(words)) return html("em", {}, words.slice(1, -1));
    return words.replace(/\[([^\]]+)\]\([^)\s]+\)/g, "$1"); // a page leads nowhere else
  });
}
