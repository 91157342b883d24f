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
  dismiss: (button) => button.closest(".toast").remove(),
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
  if (button?.dataset.opens) openDialog(button.dataset.opens);
  if (button?.dataset.copy) copy(button);
  for (const menu of $$("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
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

// Filters: an address without empty fields, kept in step with what a live search shows
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  const { join } = event.target.dataset;
  if (join) event.formData.set(join, event.formData.getAll(join).join(","));
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const url = ctx?.response?.raw?.url;
  if (url && ctx.sourceElement.matches("form.filter")) history.replaceState(null, "", url);
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
  const act = keys[event.key] ?? (marked && (() => marked.click()));
  if (!act) return;
  event.preventDefault();
  act();
});

function closeMenus() {
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

const suggest = whenQuiet(async (signal, box) => {
  const { text, list } = partsOf(box);
  const url = new URL(box.dataset.lookup, location.href);
  url.searchParams.set("q", text.value);
  list.innerHTML = await fetchHtml(url, signal);
  $$("[role=option]", list).forEach((option, index) => (option.id = `${list.id}-${index}`));
  if (document.activeElement === text) unfold(box, true);
});

function choose(box, option) {
  const { text, id } = partsOf(box);
  text.value = option.textContent.trim();
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
  for (const other of $$("[data-lookup]")) if (other !== box && !$("ul", other).hidden) unfold(other, false);
});

document.addEventListener("input", (event) => {
  const box = boxOf(event.target);
  if (!box) return;
  partsOf(box).id.value = "";
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

// Palette
const look = whenQuiet(async (signal, input) => {
  const url = new URL(input.dataset.palette, location.href);
  url.searchParams.set("q", input.value);
  $("#palette-results").innerHTML = await fetchHtml(url, signal);
  $("#palette-results a")?.classList.add("at");
}, 120);

const palette = $("#palette");
palette?.addEventListener("input", (event) => look(event.target));
palette?.addEventListener("opened", () => look($("input", palette)));
palette?.addEventListener("keydown", (event) => {
  const links = $$("#palette-results a");
  const at = links.findIndex((link) => link.classList.contains("at"));
  if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    links[at].click();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const next = links[Math.max(0, Math.min(links.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))];
  for (const link of links) link.classList.toggle("at", link === next);
  next?.scrollIntoView({ block: "nearest" });
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
