// Writing above a timeline: ways side by side that keep their drafts, saving in place, @ suggestions.
// Without it each way is a link and each form goes the long way.
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

async function html(url, options = {}) {
  const headers = { "HX-Request": "true", Accept: "text/html" };
  const answer = await fetch(url, { headers, ...options });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

// Ways: one that was opened stays, hidden, with what was typed
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-composers] nav a[data-way]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const box = link.closest("[data-composers]");
  try {
    await show(box, link);
  } catch {
    location.assign(link.href);
  }
});

async function show(box, link) {
  const { way } = link.dataset;
  if (!$(`.way[data-way="${way}"]`, box)) {
    const url = new URL(link.href);
    const page = new DOMParser().parseFromString(await html(`${url.pathname}/compose${url.search}`), "text/html");
    box.append($(".way", page));
  }
  for (const one of $$(".way", box)) one.hidden = one.dataset.way !== way;
  for (const one of $$("nav a", box)) one.toggleAttribute("aria-current", one === link);
  link.setAttribute("aria-current", "true");
  $(`.way[data-way="${way}"] :is(textarea, input:not([type=hidden], .sr))`, box)?.focus();
}

// Saving: where the answer leads back to the card, its timeline and its message take the place of ours
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-compose]");
  if (!form || !document.getElementById("timeline") || form.dataset.plain) return;
  event.preventDefault();
  const button = event.submitter ?? $("[type=submit]", form);
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("timeline");
    if (!answer.redirected || !fresh) return sendPlainly(form);
    document.getElementById("timeline").replaceWith(fresh);
    window.htmx?.process(fresh);
    $(".toasts").replaceChildren(...$(".toasts", page).childNodes);
    $(".notice", form)?.remove();
    form.reset();
    $("textarea, input:not([type=hidden], .sr)", form)?.focus();
  } catch {
    sayFailed(form);
  } finally {
    button.disabled = false;
  }
});

/** What does not fit was not saved: the long way shows it beside the fields, with all that was typed. */
function sendPlainly(form) {
  form.dataset.plain = "yes";
  form.submit();
}

function sayFailed(form) {
  $(".notice", form)?.remove();
  form.prepend(document.getElementById("compose-failed").content.cloneNode(true));
  $("textarea", form)?.focus();
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-compose]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});

// Mentions: suggestions while an @ and a word are typed, by the combobox pattern of WAI-ARIA
const TYPED = /(?:^|[^\p{L}\p{N}_@.])@([\p{L}\p{N}_.-]{0,40})$/u;
let timer;

document.addEventListener("input", (event) => {
  const field = event.target.closest?.("textarea[data-mentions]");
  if (!field) return;
  clearTimeout(timer);
  const found = TYPED.exec(field.value.slice(0, field.selectionStart));
  if (!found) return fold(field);
  timer = setTimeout(() => suggest(field, found[1]).catch(() => fold(field)), 150);
});

function listOf(field) {
  const known = field.parentElement.matches(".mentioning") && $("ul", field.parentElement);
  if (known) return known;
  const box = document.createElement("div");
  box.className = "mentioning";
  const list = document.createElement("ul");
  list.className = "pop options";
  list.id = `mentions-${$$(".mentioning").length}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.getAttribute("aria-label") ?? "@");
  list.hidden = true;
  const { selectionStart } = field;
  field.replaceWith(box);
  box.append(field, list);
  field.focus();
  field.setSelectionRange(selectionStart, selectionStart);
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  return list;
}

async function suggest(field, word) {
  const list = listOf(field);
  list.innerHTML = await html(`${field.dataset.mentions}?q=${encodeURIComponent(word)}`);
  $$("[role=option]", list).forEach((option, index) => (option.id = `${list.id}-${index}`));
  list.hidden = !$("[role=option]", list);
  if (!list.hidden) mark(field, list, 0);
}

function mark(field, list, index) {
  const options = $$("[role=option]", list);
  const at = (index + options.length) % options.length;
  options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
  field.setAttribute("aria-activedescendant", options[at].id);
  options[at].scrollIntoView({ block: "nearest" });
}

function fold(field) {
  const list = $(".mentioning > ul", field.closest("form"));
  if (list) list.hidden = true;
  field.removeAttribute("aria-activedescendant");
}

function take(field, option) {
  const before = field.value.slice(0, field.selectionStart);
  const start = before.length - TYPED.exec(before)[1].length;
  field.setRangeText(`${option.dataset.value} `, start, field.selectionStart, "end");
  fold(field);
  field.focus();
}

document.addEventListener(
  "keydown",
  (event) => {
    const field = event.target.closest?.(".mentioning > textarea");
    const list = field && $("ul", field.parentElement);
    if (!list || list.hidden || event.ctrlKey || event.metaKey) return;
    const options = $$("[role=option]", list);
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(field, list, at + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Enter" || event.key === "Tab") take(field, options[at]);
    else if (event.key === "Escape") fold(field);
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".mentioning [role=option]");
  if (!option) return;
  event.preventDefault();
  take($("textarea", option.closest(".mentioning")), option);
});

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.(".mentioning > textarea")) setTimeout(() => fold(event.target), 100);
});
