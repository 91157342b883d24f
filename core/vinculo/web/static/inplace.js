// A card's values, changed where they stand. Without this file each pencil leads to a page with the same form.
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

let saving = null; // the promise of an answer: whether it was saved

const typed = (form) => new URLSearchParams(new FormData(form)).toString();
const opened = () => $("form.in-place");
const areaOf = (form) => form.closest("[data-part]");

async function ask(url, body) {
  const headers = { "HX-Request": "true", Accept: "text/html" };
  return fetch(url, { method: body ? "POST" : "GET", body, headers });
}

/** Opens the form of a part; one that is open is saved first. */
async function open(link) {
  const { part } = link.closest("[data-part]").dataset;
  const url = link.href;
  if (opened() && !(await save(opened()))) return;
  const answer = await ask(url);
  const area = $(`[data-part="${CSS.escape(part)}"]`);
  if (!answer.ok || !area || opened()) {
    if (!answer.ok) location.assign(url);
    return;
  }
  place(area, await answer.text());
}

function place(area, html) {
  $("form.in-place", area)?.remove();
  const shown = $(".shown", area);
  shown.hidden = true;
  shown.insertAdjacentHTML("afterend", html);
  area.classList.add("editing");
  const form = $("form.in-place", area);
  form.dataset.began = typed(form);
  focusIn(form);
}

function focusIn(form) {
  const fields = "input:not([type=hidden]):not(.sr), select, textarea";
  const field = $("[aria-invalid]", form) ?? $("[autofocus]", form) ?? $(fields, form);
  field?.focus();
  if (field?.matches("input[type=text], input[type=url]")) field.select();
}

function close(form) {
  const area = areaOf(form);
  const hadFocus = form.contains(document.activeElement);
  form.remove();
  $(".shown", area).hidden = false;
  area.classList.remove("editing");
  if (hadFocus) $("[data-edit]", area)?.focus();
}

/** Whether the form is gone: saved, or nothing was typed. */
function save(form, button) {
  if (saving) return saving;
  if (!button?.name && typed(form) === form.dataset.began && !$("[aria-invalid], .clash", form)) {
    close(form);
    return true;
  }
  saving = send(form, button).finally(() => (saving = null));
  return saving;
}

async function send(form, button) {
  const area = areaOf(form);
  form.setAttribute("aria-busy", "true");
  const body = new URLSearchParams(new FormData(form, button));
  try {
    const answer = await ask(form.action, body);
    const html = await answer.text();
    if (answer.redirected) {
      show(html, area.dataset.part, form);
      return true;
    }
    const { began } = form.dataset;
    place(area, html);
    opened().dataset.began = began;
  } catch (error) {
    console.warn(error); // what was typed stays, and may be sent again
    form.removeAttribute("aria-busy");
  }
  return false;
}

/** Puts what changed on the card in place; what others have open in the main column stays as it is. */
function show(html, part, form) {
  const focused = document.activeElement;
  const mine = form.contains(focused) || focused === document.body;
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const place of [".card-page > .count-ways", ".card-head", ".card-side", ".crumbs"]) {
    const [old, fresh] = [$(place), $(place, page)];
    if (!old || !fresh) continue;
    old.replaceWith(fresh);
    globalThis.htmx?.process(fresh);
  }
  const [old, fresh] = [$(".card-page > .stats"), $(".card-page > .stats", page)];
  if (fresh && old) old.replaceWith(fresh);
  document.title = page.title;
  const area = $(`[data-part="${CSS.escape(part)}"]`);
  if (mine || !focused.isConnected) $("[data-edit]", area ?? document)?.focus();
  for (const toast of $$(".toasts > .toast")) toast.remove();
  for (const toast of $$(".toasts > .toast", page)) $(".toasts").append(toast);
}

document.addEventListener("click", (event) => {
  const { target } = event;
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  const cancel = target.closest("form.in-place [data-cancel]");
  const link = target.closest("[data-edit]") ?? valueOf(target);
  if (!cancel && !link) return;
  event.preventDefault();
  if (cancel) close(cancel.closest("form"));
  else open(link);
});

/** The pencil of a value that was clicked on; its own links lead where they lead. */
function valueOf(target) {
  const value = target.closest("dd[data-part] .what");
  if (!value || target.closest("a, button") || getSelection().toString()) return null;
  return $("[data-edit]", value.closest("[data-part]"));
}

let pressed = false;
addEventListener("mouseup", () => (pressed = false), true);
document.addEventListener("mousedown", (event) => {
  pressed = true;
  if (event.target.closest(".in-place-foot .btn")) event.preventDefault(); // no leaving of the field
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.in-place")) return;
  event.preventDefault();
  save(event.target, event.submitter);
});

// Leaving a field saves it; rows are saved by their button, for one goes through several fields.
document.addEventListener("focusout", (event) => {
  const form = event.target.closest("form.in-place:not(.of-rows)");
  if (!form || form.contains(event.relatedTarget)) return;
  const leave = () =>
    setTimeout(() => {
      const left = form.isConnected && document.hasFocus() && !form.contains(document.activeElement);
      if (left && !$("[aria-invalid], .clash", form)) save(form);
    });
  // What was pressed must be there still when the button is let go.
  if (pressed) addEventListener("mouseup", leave, { once: true });
  else leave();
});

document.addEventListener(
  "keydown",
  (event) => {
    const { target, key } = event;
    if (key === "e" && target.matches?.("[data-edit]") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      open(target);
      return;
    }
    const form = target.closest?.("form.in-place");
    if (!form) return;
    if (key === "Escape" && !$("[role=listbox]:not([hidden])", form)) {
      event.preventDefault();
      close(form);
    }
    const sends = target.matches("select") ? key === "Enter" : key === "Enter" && (event.ctrlKey || event.metaKey);
    if (!sends) return;
    event.preventDefault();
    save(form);
  },
  true,
);

addEventListener("beforeunload", (event) => {
  const form = opened();
  if (form && typed(form) !== form.dataset.began) event.preventDefault();
});
