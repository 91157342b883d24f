// The tabs of a card: all are there, one is shown. Without this file each is a page of its own.
const $$ = (selector) => [...document.querySelectorAll(`.card-main.tabbed > ${selector}`)];

const DETAILS = "details"; // what stands at the side, a tab as well where the screen is narrow
const cardBody = document.querySelector(".card-body:has(> .tabbed)");
const narrow = () => getComputedStyle($$(".tabs > .beside")[0]).display !== "none";

function show(name) {
  if (name === DETAILS) cardBody.dataset.at = DETAILS;
  else {
    delete cardBody.dataset.at;
    for (const body of $$(".tab-body")) body.hidden = body.dataset.tab !== name;
  }
  for (const link of $$(".tabs > a")) {
    if (link.dataset.tab === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".card-main.tabbed > .tabs > a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-current") !== "true") history.pushState(null, "", link.href);
  show(link.dataset.tab);
});

// Back and forward: the tab that the address names, or the first.
addEventListener("popstate", () => {
  const links = $$(".tabs > a").slice(narrow() ? 0 : 1);
  const name = new URL(location.href).searchParams.get("tab");
  show((links.find((one) => one.dataset.tab === name) ?? links[0]).dataset.tab);
  follow();
});

// An address may lead to something within a tab that is hidden.
function follow() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const hidden = target && !target.checkVisibility() && target.closest(".tab-body, .card-side");
  if (!hidden) return;
  show(hidden.dataset.tab ?? DETAILS);
  target.scrollIntoView();
}

addEventListener("hashchange", follow);
if (cardBody.dataset.at && narrow()) show(DETAILS);
follow();
