// What makes pages quicker. Everything here has a plain link or form under it that works without it.
const root = document.documentElement;
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

function remember(name, value) {
  root.dataset[name] = value;
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage is switched off: the choice lasts for this page.
  }
}

async function fetchHtml(url, signal) {
  const answer = await fetch(url, { signal, headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

/** Calls `work` after a pause in typing; a newer call aborts the older one's request. */
function whenQuiet(work, pause = 160) {
  let timer;
  let request;
  return (...given) => {
    clearTimeout(timer);
    request?.abort();
    timer = setTimeout(() => {
      request = new AbortController();
      work(request.signal, ...given).catch((error) => {
        if (error.name !== "AbortError") console.warn(error);
      });
    }, pause);
  };
}

// Small acts: data-act, data-opens, data-copy
const acts = {
  density: () => remember("density", root.dataset.density === "compact" ? "comfortable" : "compact"),
  sidebar() {
    remember("sidebar", root.dataset.sidebar === "icons" ? "full" : "icons");
    nameIcons();
  },
  pickAll() {
    for (const box of $$(".pick")) box.checked = true;
    countPicks();
  },
  dismiss: (button) => button.closest(".toast").remove(),
  theme() {
    const dark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "")) === "dark";
    $(`form.theme .${dark ? "to-light" : "to-dark"}`).click();
  },
  keys: () => openDialog("keys"),
  leave: () => $('form[action="/sign-out"] button').click(),
};

function nameIcons() {
  const icons = root.dataset.sidebar === "icons";
  for (const link of $$(".side .nav")) link.title = icons ? $(".label", link).textContent : "";
}

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  for (const menu of $$("details.menu[open]")) menu.open = false;
  dialog.showModal();
  dialog.dispatchEvent(new Event("opened"));
}

async function copy(button) {
  await navigator.clipboard.writeText($(button.dataset.copy).textContent);
  $(".label", button).textContent = button.dataset.done;
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const button = target.closest("[data-act], [data-opens], [data-copy]");
  if (button?.dataset.act) acts[button.dataset.act]?.(button);
  if (button?.dataset.opens) {
    event.preventDefault();
    openDialog(button.dataset.opens);
  }
  if (button?.dataset.copy) copy(button);
  for (const menu of $$("details.menu[open]")) if (!menu.contains(target) && target.isConnected) menu.open = false;
  for (const pop of $$(".chip > .pop")) if (!pop.parentElement.contains(target) && target.isConnected) pop.remove();
  if (target instanceof HTMLDialogElement) target.close();
  openRow(event);
});

// Theme: seen at once, stored by the server
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.theme") || !event.submitter) return;
  event.preventDefault();
  const { value } = event.submitter;
  const body = new URLSearchParams(new FormData(event.target, event.submitter));
  if (value) root.dataset.theme = value;
  else delete root.dataset.theme;
  fetch(event.target.action, { method: "POST", body, redirect: "manual" }).catch(console.warn);
});

// Tables: j, k, Enter and a click anywhere on the row
const tableRows = () => $$("main .table tbody tr").filter((row) => $("td a", row));

function walk(step) {
  const rows = tableRows();
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  const link = $("td a", next);
  link.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function openRow(event) {
  const row = event.target.closest("main .table tbody tr");
  if (!row || event.target.closest("a, button, input, label, select") || getSelection().toString()) return;
  const link = $("td a", row);
  if (!link) return;
  if (event.metaKey || event.ctrlKey) window.open(link.href, "_blank", "noopener");
  else link.click();
}

// Rows that are ticked: x, a click, or a click with Shift for all between
let lastPick;
function countPicks() {
  const told = $("[data-picked]");
  if (told) told.textContent = $$(".pick:checked").length;
}

function pick() {
  const box = $(".pick", document.activeElement?.closest("main .table tr") ?? document.createElement("i"));
  if (!box) return;
  box.checked = !box.checked;
  lastPick = box;
  countPicks();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  if (!target.matches?.(".pick")) return;
  const boxes = $$(".pick");
  const [from, to] = [boxes.indexOf(lastPick), boxes.indexOf(target)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) for (const box of boxes.slice(from, to + 1)) box.checked = target.checked;
  lastPick = target;
  countPicks();
});
document.addEventListener("reset", () => setTimeout(countPicks));

// Filters: an address without empty fields, kept in step with what a live search shows
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  const { join } = event.target.dataset;
  if (join) event.formData.set(join, event.formData.getAll(join).join(","));
  const query = event.target.matches("[data-live]") && $("#list-query");
  if (query) event.formData.delete("q");
  if (query?.value) event.formData.set("q", query.value);
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const url = ctx?.response?.raw?.url;
  if (url && ctx.sourceElement.matches("form.filter")) history.replaceState(null, "", url);
});

// Filters are composed step by step: each answer takes the place of the step before, under what opened it
function addressOf(form, button) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form, button)) if (value !== "") url.searchParams.append(name, value);
  return url;
}

async function show(url, pop) {
  const answer = await fetch(url, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (answer.redirected) {
    // A page may take it in its place (preview.js).
    const arrived = new CustomEvent("vinculo:composed", { cancelable: true, detail: { answer } });
    if (document.dispatchEvent(arrived)) location.assign(answer.url);
    return;
  }
  pop.innerHTML = await answer.text();
  pop.classList.add("composing");
  $("[aria-invalid], .values input:not([type=hidden]), .values select, .checks input, select", pop)?.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-step]");
  const pop = form?.closest(".pop");
  if (!pop) return;
  event.preventDefault();
  const url = addressOf(form, event.submitter);
  show(url, pop).catch(() => location.assign(url));
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-again]")) target.form.requestSubmit($("[name=_again]", target.form));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-pops]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const pop = $(".pop", link.parentElement) ?? document.createElement("div");
  pop.className = "pop";
  link.after(pop);
  show(link.href, pop).catch(() => location.assign(link.href));
});

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-narrows]")) return;
  const words = target.value.toLowerCase();
  for (const one of $$(".item", target.form)) one.hidden = !one.textContent.toLowerCase().includes(words);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-narrows]")) return;
  event.preventDefault();
  $(".item:not([hidden])", event.target.form)?.click();
});

// A menu that is opened anew begins with its first step
document.addEventListener(
  "toggle",
  ({ target }) => {
    const pop = target.matches?.("details.menu") && $("[data-steps]", target);
    if (!pop) return;
    pop.first ??= pop.innerHTML;
    if (target.open) $("[data-narrows]", pop)?.focus();
    else {
      pop.innerHTML = pop.first;
      pop.classList.remove("composing");
    }
  },
  true,
);

// Lists in an order of one's own: by arrows, or dragged
document.addEventListener("click", (event) => {
  const arrow = event.target.closest("[data-shifts]");
  if (!arrow) return;
  event.preventDefault();
  const row = arrow.closest("li");
  if (arrow.dataset.shifts < 0) row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  arrow.focus();
});

document.addEventListener("pointerdown", ({ target }) => {
  const row = target.closest("[data-sorts] > li");
  if (row) row.draggable = Boolean(target.closest(".grip"));
});
document.addEventListener("dragstart", ({ target }) => target.matches?.("[data-sorts] > li") && target.classList.add("dragged"));
document.addEventListener("dragend", ({ target }) => target.classList?.remove("dragged"));
document.addEventListener("dragover", (event) => {
  const row = event.target.closest?.("[data-sorts] > li");
  const dragged = row && $(".dragged", row.parentElement);
  if (!dragged) return;
  event.preventDefault();
  const { top, height } = row.getBoundingClientRect();
  if (event.clientY < top + height / 2) row.before(dragged);
  else row.after(dragged);
});

// Keys
// A dialog that has just been closed holds the focus a moment longer: its field takes no keys any more.
const TYPING = "input, textarea, select, [contenteditable], dialog[open]";
const isTyping = (element) => element.closest(TYPING)?.checkVisibility();

const keys = {
  "/": () => ($("#list-query") ?? $("#global-search") ?? $("main input[type=search]"))?.focus(),
  "?": () => openDialog("keys"),
  j: () => walk(1),
  k: () => walk(-1),
  x: pick,
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openDialog("palette");
    return;
  }
  if (event.key === "Escape") closeMenus();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const marked = /^[a-z]$/.test(event.key) && $(`[data-key="${event.key}"]`);
  const row = /^[a-z]$/.test(event.key) && event.target.closest("main tr, main li");
  const own = row && $(`[data-row-key="${event.key}"]`, row);
  const act = own ? () => own.click() : keys[event.key] ?? (marked && (() => (isTyping(marked) ? marked.focus() : marked.click())));
  if (!act) return;
  event.preventDefault();
  act();
});

function closeMenus() {
  for (const pop of $$(".chip > .pop")) {
    $("a", pop.parentElement).focus();
    pop.remove();
  }
  for (const menu of $$("details.menu[open]")) {
    menu.open = false;
    $("summary", menu).focus();
  }
}

// Suggestions under LINK inputs: the combobox pattern of WAI-ARIA
const boxOf = (element) => element.closest?.("[data-lookup]");
const partsOf = (box) => ({ text: $("input[type=text]", box), id: $("input[type=hidden]", box), list: $("ul", box) });

function prepare(box) {
  const { text, list } = partsOf(box);
  if (text.getAttribute("role")) return;
  text.setAttribute("role", "combobox");
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-controls", list.id);
  text.setAttribute("aria-expanded", "false");
}

function unfold(box, open) {
  const { text, list } = partsOf(box);
  list.hidden = !open;
  text.setAttribute("aria-expanded", String(open));
  if (!open) text.removeAttribute("aria-activedescendant");
}

function suggestionsOf(box, term) {
  const url = new URL(box.dataset.lookup, location.href);
  url.searchParams.set("q", term);
  if (box.dataset.within) url.searchParams.set("of", holder(box).value);
  return url;
}

// A link within another is asked for where that one has something to choose from
const holder = (box) => $(`input[type=hidden][name="${CSS.escape(box.dataset.within)}"]`, box.closest("form"));

async function offer(box) {
  const of = holder(box)?.value;
  const html = of ? await fetchHtml(suggestionsOf(box, "")).catch(() => "") : "";
  if (of !== holder(box)?.value) return;
  box.toggleAttribute("data-offered", html.includes("data-value") || Boolean(partsOf(box).text.value));
}

function holderChanged(input) {
  for (const box of input?.form ? $$(`[data-within="${CSS.escape(input.name)}"]`, input.form) : []) {
    const { text, id } = partsOf(box);
    text.value = id.value = "";
    offer(box);
  }
}

const offerAll = () => $$("[data-within]:not([data-offered])").forEach(offer);
offerAll();
document.addEventListener("htmx:after:swap", offerAll);
document.addEventListener("change", ({ target }) => target.matches("[data-lookup] > input[type=hidden]") && holderChanged(target));

const suggest = whenQuiet(async (signal, box) => {
  const { text, list } = partsOf(box);
  list.innerHTML = await fetchHtml(suggestionsOf(box, text.value), signal);
  $$("[role=option]", list).forEach((option, index) => (option.id = `${list.id}-${index}`));
  if (document.activeElement === text) unfold(box, true);
});

function choose(box, option) {
  const { text, id } = partsOf(box);
  text.value = option.dataset.label ?? option.textContent.trim();
  id.value = option.dataset.value;
  id.dispatchEvent(new Event("change", { bubbles: true }));
  unfold(box, false);
}

function moveOption(box, step) {
  const { text, list } = partsOf(box);
  const options = $$("[role=option]:not([aria-disabled])", list);
  if (!options.length) return;
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = options[(at + step + options.length) % options.length] ?? options[0];
  for (const option of options) option.setAttribute("aria-selected", String(option === next));
  text.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("focusin", (event) => {
  const box = boxOf(event.target);
  if (box) prepare(box);
  if (box?.dataset.within && !partsOf(box).text.value) suggest(box);
  for (const other of $$("[data-lookup]")) if (other !== box && !$("ul", other).hidden) unfold(other, false);
});

document.addEventListener("input", (event) => {
  const box = boxOf(event.target);
  if (!box) return;
  const { id } = partsOf(box);
  if (id.value) {
    id.value = "";
    holderChanged(id);
  }
  suggest(box);
});

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest("[data-lookup] [role=option]:not([aria-disabled])");
  if (!option) return;
  event.preventDefault();
  choose(boxOf(option), option);
});

document.addEventListener("keydown", (event) => {
  const box = boxOf(event.target);
  if (!box) return;
  const { list } = partsOf(box);
  const chosen = $("[aria-selected=true]", list);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) suggest(box);
    else moveOption(box, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && !list.hidden && chosen) {
    event.preventDefault();
    choose(box, chosen);
  } else if (event.key === "Escape" && !list.hidden) {
    event.stopPropagation();
    unfold(box, false);
  }
});

// Repeatable rows: “Add” clones the blank row instead of asking the server
document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-rows] > .add");
  if (!add) return;
  event.preventDefault();
  const section = add.closest("[data-rows]");
  const used = $$("[name]", $(".rows-list", section)).map((input) => keyOf(input.name, section.dataset.rows));
  const key = String(Math.max(-1, ...used) + 1);
  const html = $("template", section).innerHTML.replaceAll("__key__", key);
  $(".rows-list", section).insertAdjacentHTML("beforeend", html);
  const row = $(".rows-list", section).lastElementChild;
  $("input:not([type=hidden]), select, textarea", row)?.focus();
});

function keyOf(name, section) {
  const key = Number.parseInt(name.slice(section.length + 1), 10);
  return Number.isNaN(key) ? -1 : key;
}

// What stands below an input, by what is chosen beside it: its row's inputs stand before those of the form
const hints = new WeakMap();

async function tell(signal, place) {
  const url = new URL(place.dataset.hint, location.href);
  const row = place.closest(".row");
  for (const name of place.dataset.told.split(" ")) {
    const own = row?.querySelector(`[name$="-${name}"]`);
    const input = own ?? place.closest("form").querySelector(`[name="${name}"]`);
    if (input?.value) url.searchParams.set(name, input.value);
  }
  place.innerHTML = await fetchHtml(url, signal);
}

document.addEventListener("change", (event) => {
  const within = event.target.closest(".row") ?? event.target.form;
  const changed = event.target.name?.replace(/__text$/, "").split("-").at(-1);
  for (const place of within ? $$("[data-hint]", within) : []) {
    if (!place.dataset.told.split(" ").includes(changed)) continue;
    if (!hints.has(place)) hints.set(place, whenQuiet(tell));
    hints.get(place)(place);
  }
});

// Fields that count only where another one has certain values
function heldBy(form, name) {
  const inputs = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]:not([type="hidden"])`)];
  return inputs.flatMap((one) => {
    if (one.type !== "checkbox") return [one.value];
    if (one.value === "1") return [String(one.checked)];
    return one.checked ? [one.value] : [];
  });
}

function showCounting(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const held = heldBy(form, part.dataset.when);
    const known = form.querySelector(`[name="${CSS.escape(part.dataset.when)}"]`);
    part.hidden = Boolean(known) && !part.dataset.values.split("\n").some((value) => held.includes(value));
  }
}

for (const form of document.querySelectorAll("form:has([data-when])")) showCounting(form);
document.addEventListener("change", ({ target }) => target.form && showCounting(target.form));

// Leaving a form with unsaved changes asks
// Two people changed a field: who goes on typing in it means his own value
document.addEventListener("input", ({ target }) => {
  const name = target.name?.replace(/__text$/, "");
  const own = name && $(`input[name="_take-${CSS.escape(name)}"][value="mine"]`);
  if (own) own.checked = true;
});

let dirty = false;
const guards = (event) => event.target.closest?.("form[data-guard]");
document.addEventListener("input", (event) => (dirty ||= Boolean(guards(event))));
document.addEventListener("change", (event) => (dirty ||= Boolean(guards(event))));
document.addEventListener("submit", (event) => {
  if (guards(event)) dirty = false;
});
addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});

// Palette: the combobox pattern of WAI-ARIA; the focus stays in the field
const palette = $("#palette");
const paletteInput = palette && $("input", palette);
const paletteOptions = () => $$("#palette-results [role=option]:not([aria-disabled])");

function mark(option) {
  for (const one of paletteOptions()) one.setAttribute("aria-selected", String(one === option));
  if (option) paletteInput.setAttribute("aria-activedescendant", option.id);
  else paletteInput.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

async function fillPalette(signal) {
  const url = new URL(paletteInput.dataset.palette, location.href);
  const asked = paletteInput.value;
  url.searchParams.set("q", asked);
  const html = await fetchHtml(url, signal);
  $("#palette-results").innerHTML = html;
  filledFor = asked;
  palette.dispatchEvent(new CustomEvent("filled", { detail: asked.trim() }));
  paletteOptions().forEach((option, index) => (option.id = `palette-${index}`));
  mark(paletteOptions()[0]);
  if (entered) choosePalette();
}

let filledFor = null; // what the options that are shown were asked for
let entered = false; // Enter was pressed before they were there
const look = whenQuiet(fillPalette, 120);

function choosePalette() {
  entered = filledFor !== paletteInput.value;
  if (!entered) paletteOptions().find((one) => one.ariaSelected === "true")?.click();
}

palette?.addEventListener("input", () => {
  entered = false;
  look();
});
palette?.addEventListener("opened", () => {
  paletteInput.select();
  look();
});
palette?.addEventListener("click", ({ target }) => {
  const option = target.closest("[role=option]");
  if (option?.dataset.act) palette.close();
});
palette?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    choosePalette();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const options = paletteOptions();
  const at = options.findIndex((option) => option.ariaSelected === "true");
  const step = event.key === "ArrowDown" ? 1 : -1;
  mark(options[(Math.max(at, step < 0 ? 0 : -1) + step + options.length) % options.length]);
});

// A message without Undo goes by itself, unless somebody is reading it
for (const toast of $$(".toast")) {
  if ($("form", toast)) continue;
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    clearInterval(timer);
    toast.remove();
  }, 8000);
}

nameIcons();

// A link to a folded part opens it
function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
