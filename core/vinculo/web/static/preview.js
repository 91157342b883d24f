// A page on which conditions are composed stays open, and shows what they find while they are typed.
// #composed is all of it, #found what the conditions find; without this script each step is a page of its own.
const HEADERS = { "HX-Request": "true", Accept: "text/html" };
const QUIET = 300; // milliseconds
let waiting;
let running;
let ahead = false; // of what was applied

function put(html, ids) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const id of ids) {
    const fresh = page.getElementById(id);
    if (fresh) document.getElementById(id)?.replaceWith(fresh);
  }
}

/** The answer to the last that was asked; nothing for those before it, which nobody waits for any more. */
async function ask(url) {
  running?.abort();
  running = new AbortController();
  const area = document.getElementById("found");
  area?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: HEADERS, signal: running.signal });
    return { answer, html: await answer.text() };
  } catch (error) {
    if (error.name !== "AbortError") throw error;
    return {};
  } finally {
    area?.removeAttribute("aria-busy");
  }
}

async function go(url) {
  const { answer, html } = await ask(url);
  if (answer) arrive(answer.url, html);
}

function arrive(url, html) {
  ahead = false;
  put(html, ["composed"]);
  history.replaceState(null, "", url);
}

function addressOf(form, more = {}) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value !== "") url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(more)) url.searchParams.append(name, value);
  return url;
}

// A step that leads back to this page
document.addEventListener("vinculo:composed", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  const { answer } = event.detail;
  answer.text().then((html) => arrive(answer.url, html));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("#composed .chips a.off, #composed a[data-stays]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(link.href).catch(() => location.assign(link.href));
});

document.addEventListener("change", ({ target }) => {
  const form = target.closest("#composed form[data-stays]");
  if (form && target.type === "hidden") go(addressOf(form)).catch(() => form.submit());
});

// While a condition is typed: as if it were applied; what is not complete yet changes nothing
function look(form) {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const { answer, html } = await ask(addressOf(form, { _go: "1" }));
    if (!answer?.redirected) return;
    ahead = true;
    put(html, ["found"]);
  }, QUIET);
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    const form = target.closest("#composed form.condition");
    if (form && !target.matches("[data-again]")) look(form);
  });
}

// A form that is closed was not applied
async function back() {
  clearTimeout(waiting);
  if (!ahead) return;
  ahead = false;
  const { html } = await ask(location.href);
  if (html) put(html, ["found"]);
}

document.addEventListener("keydown", ({ key }) => key === "Escape" && back());
document.addEventListener("toggle", ({ target }) => target.closest?.("#composed") && !target.open && back(), true);
