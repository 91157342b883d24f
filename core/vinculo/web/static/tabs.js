// The tabs of a card: all are there, one is shown. Without this file each is a page of its own.
const $$ = (selector) => [...document.querySelectorAll(`.card-main.tabbed > ${selector}`)];

function show(name) {
  for (const body of $$(".tab-body")) body.hidden = body.dataset.tab !== name;
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
  const links = $$(".tabs > a");
  const name = new URL(location.href).searchParams.get("tab");
  const link = links.find((one) => one.dataset.tab === name) ?? links[0];
  if (link) show(link.dataset.tab);
  follow();
});

// An address may lead to something within a tab that is hidden.
function follow() {
  const hidden = location.hash && document.getElementById(location.hash.slice(1))?.closest(".tab-body[hidden]");
  if (!hidden) return;
  show(hidden.dataset.tab);
  document.getElementById(location.hash.slice(1)).scrollIntoView();
}

addEventListener("hashchange", follow);
follow();
