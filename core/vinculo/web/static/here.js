// What can be done on the page that is open, first among what the command palette offers.
// The buttons are those of the page: choosing one presses it, so there is nothing here that is not there.
const SOURCES = ":is(.head, .card-head) .actions :is(a.btn, button.btn, .menu .item), [data-composers] nav a";
const MOST = 12;
const palette = document.getElementById("palette");

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

function labelOf(button) {
  return (button.querySelector(".label") ?? button).textContent.trim() || button.getAttribute("aria-label") || "";
}

/** Whether each word that was typed begins one of the label; everything, where nothing was. */
function answers(label, asked) {
  const words = fold(label).split(/\s+/);
  return fold(asked).split(/\s+/).every((word) => words.some((one) => one.startsWith(word)));
}

function option(button, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.tabIndex = -1;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  const icon = button.querySelector("svg");
  if (icon) made.append(icon.cloneNode(true));
  const what = document.createElement("span");
  what.className = "what";
  what.textContent = label;
  made.append(what);
  made.addEventListener("click", () => {
    palette.close();
    button.click();
  });
  return made;
}

/** Nobody looks for the page that is open. */
function leaveOut(link) {
  const group = link?.parentElement;
  link?.remove();
  if (group && !group.querySelector("[role=option]")) group.remove();
}

palette?.addEventListener("filled", ({ detail: asked }) => {
  const results = document.getElementById("palette-results");
  const offered = new Set([...results.querySelectorAll("a[role=option]")].map((one) => one.href));
  const found = [...document.querySelectorAll(SOURCES)]
    .map((button) => [button, labelOf(button)])
    .filter(([button, label]) => label && !offered.has(button.href) && answers(label, asked.replace(/^>/, "")));
  if (!asked) leaveOut(results.querySelector(`a[href="${CSS.escape(location.pathname)}"]`));
  if (!found.length) return;
  const group = document.getElementById("palette-here").content.firstElementChild.cloneNode(true);
  group.append(...found.slice(0, MOST).map((one) => option(...one)));
  if (asked) results.querySelector(":scope > .nothing")?.remove();
  results.prepend(group);
});
