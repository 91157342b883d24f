// Cards of a board, dragged, moved by keys, changed in a dialog. Without this file each leads to a form.
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

const board = () => $(".board");
const columnOf = (element) => element.closest(".board-column");
const cardsOf = (column) => $$(".board-card", column);

/** The menu of a card, which takes the place of the link to its form; null where nobody may change it. */
function menuOf(card) {
  const link = $("a.dots", card);
  if (!link) return $(".move", card);
  const menu = $("#board-menu").content.firstElementChild.cloneNode(true);
  const { v } = card.dataset;
  $("summary", menu).setAttribute("aria-label", link.getAttribute("aria-label"));
  $("form", menu).action = `${board().dataset.move.replace("{id}", card.id.replace("card-", ""))}?version=${v}`;
  $("[data-quick]", menu)?.setAttribute("href", link.getAttribute("href"));
  $(`button[value="${CSS.escape(columnOf(card).dataset.value)}"]`, menu)?.remove();
  if (!v) for (const one of $$("p, button", menu)) one.remove();
  link.replaceWith(menu);
  return menu;
}

function openMenu(card) {
  const menu = menuOf(card);
  if (!menu) return;
  menu.open = true;
  $(".item", menu)?.focus();
}

/** Opens the form of a card in a dialog. */
async function change(card) {
  const url = $("[data-quick]", menuOf(card) ?? card)?.href;
  if (!url) return;
  const answer = await fetch(url, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok) location.assign(url);
  else {
    $("#dialog-move").dataset.card = card.id;
    ask(await answer.text());
  }
}

/** Sends a change; the answer is the board anew, or a form that says what is wrong. */
async function send(url, body, undo) {
  board().setAttribute("aria-busy", "true");
  const headers = { "HX-Request": "true", Accept: "text/html" };
  const answer = await fetch(url, { method: "POST", body, headers });
  const html = await answer.text();
  board().removeAttribute("aria-busy");
  const page = new DOMParser().parseFromString(html, "text/html");
  if (answer.redirected && $("#list", page)) {
    replace(page);
    return true;
  }
  undo?.();
  if ($("form.in-place", page)) ask(html);
  else location.reload(); // signed out, or not allowed any more: the page says so
  return false;
}

function replace(page) {
  const places = $$(".board-column ul").map((list) => list.scrollTop);
  const { scrollLeft } = board();
  const { card } = $("#dialog-move").dataset;
  $("#dialog-move").close();
  $("#list").replaceWith($("#list", page));
  board().scrollLeft = scrollLeft;
  $$(".board-column ul").forEach((list, index) => (list.scrollTop = places[index] ?? 0));
  $(".toasts").replaceWith($(".toasts", page));
  window.htmx?.process($("#list")); // a board that keeps itself fresh goes on doing so
  if (card) $("h3 a", document.getElementById(card) ?? board())?.focus();
}

/** Shows the form of the field with what is wrong, or with what somebody else has chosen meanwhile. */
function ask(html) {
  const dialog = $("#dialog-move");
  $(".dialog-body", dialog).innerHTML = html;
  dialog.setAttribute("aria-label", $(".in-place-of", dialog)?.textContent ?? board().ariaLabel);
  if (!dialog.open) dialog.showModal();
  $("[aria-invalid], .clash input, select, input:not([type=hidden])", dialog)?.focus();
}

async function move(card, column) {
  const from = columnOf(card);
  const next = card.nextElementSibling;
  if (!column || column === from) return;
  const form = $("form", menuOf(card));
  const body = new URLSearchParams(new FormData(form));
  body.set(board().dataset.field, column.dataset.value);
  $("ul", column).prepend(card);
  const { id } = card;
  try {
    if (await send(form.action, body, () => $("ul", from).insertBefore(card, next))) {
      $("h3 a", document.getElementById(id))?.focus();
    }
  } catch {
    $("ul", from).insertBefore(card, next);
    board().removeAttribute("aria-busy");
  }
}

// What was pressed is dragged, and no card that has come under the mouse since
let pressed = null;
document.addEventListener("pointerdown", ({ target }) => {
  pressed?.removeAttribute("draggable");
  pressed = target.closest(".move, .dots") ? null : target.closest(".board-card[data-v]");
  if (pressed) pressed.draggable = true;
});
document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.(".board-card");
  if (!card) return;
  if (card !== pressed) {
    event.preventDefault();
    return;
  }
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", $("h3", card).textContent.trim());
  event.dataTransfer.setDragImage(card, 20, 20);
  card.classList.add("dragged");
  board().classList.add("dragging");
});
document.addEventListener("dragend", () => {
  for (const one of $$(".board .dragged, .board .over")) one.classList.remove("dragged", "over");
  board()?.classList.remove("dragging");
});

const EDGE = 64; // pixels within which a board goes on to its further columns, by STEP each time
const STEP = 24;
document.addEventListener("dragover", (event) => {
  const around = event.target.closest?.(".board");
  if (!around || !$(".dragged", around)) return;
  const { left, right } = around.getBoundingClientRect();
  if (event.clientX > right - EDGE) around.scrollLeft += STEP;
  else if (event.clientX < left + EDGE) around.scrollLeft -= STEP;
  const column = event.target.closest(".board-column");
  if (!column?.dataset.value) return;
  event.preventDefault();
  for (const one of $$(".board-column.over")) if (one !== column) one.classList.remove("over");
  column.classList.add("over");
});
document.addEventListener("drop", (event) => {
  const [column, card] = [event.target.closest?.(".board-column"), $(".board .dragged")];
  if (!column || !card) return;
  event.preventDefault();
  move(card, column);
});

// The menu of a card: the same buttons as without scripts, sent without leaving the board
document.addEventListener("submit", (event) => {
  const inDialog = event.target.closest("#dialog-move form.in-place");
  if (!inDialog && !event.target.closest(".board-card .move")) return;
  event.preventDefault();
  const { submitter } = event;
  if (!inDialog) {
    const card = submitter.closest(".board-card");
    submitter.closest("details").open = false;
    move(card, $(`.board-column[data-value="${CSS.escape(submitter.value)}"]`));
    return;
  }
  send(inDialog.action, new URLSearchParams(new FormData(inDialog, submitter))).catch(() => inDialog.submit());
});
document.addEventListener("click", (event) => {
  if (event.target.closest("#dialog-move [data-cancel]")) $("#dialog-move").close();
  const dots = event.target.closest("a.dots, .board-card [data-quick]");
  if (dots && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    event.stopPropagation();
    const card = dots.closest(".board-card");
    if (dots.matches(".dots")) openMenu(card);
    else {
      dots.closest("details").open = false;
      change(card);
    }
    return;
  }
  const more = event.target.closest(".board-more");
  if (!more || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  extend(more).catch(() => location.assign(more.href));
});

// A card whose form was closed has the focus then
document.addEventListener(
  "close",
  ({ target }) => {
    if (target.id !== "dialog-move") return;
    document.getElementById(target.dataset.card)?.querySelector("h3 a").focus();
    delete target.dataset.card;
  },
  true,
);

/** The next cards of a column take the place of the link to them. */
async function extend(more) {
  const answer = await fetch(more.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = cardsOf(page);
  $("ul", columnOf(more)).append(...fresh);
  const next = $(".board-more", page);
  if (next) more.replaceWith(next);
  else more.remove();
  $("h3 a", fresh[0])?.focus();
}

// Keys: arrows walk over cards, e changes one, m opens its menu, Shift with an arrow moves it to the next column
document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.(".board-card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(".pop")) return;
  if (event.key === "m" || event.key === "e") {
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "m") openMenu(card);
    else change(card);
    return;
  }
  const columns = $$(".board-column");
  const at = columns.indexOf(columnOf(card));
  const place = cardsOf(columns[at]).indexOf(card);
  const aside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const along = { ArrowUp: -1, ArrowDown: 1, k: -1, j: 1 }[event.key];
  if (!aside && !along) return;
  event.preventDefault();
  event.stopPropagation();
  if (aside && event.shiftKey) {
    if (card.dataset.v && columns[at + aside]?.dataset.value) move(card, columns[at + aside]);
    return;
  }
  let next = cardsOf(columns[at])[place + (along ?? 0)];
  for (let to = at + aside; aside && columns[to]; to += aside) {
    const cards = cardsOf(columns[to]);
    next = cards[Math.min(place, cards.length - 1)];
    if (next) break;
  }
  if (aside && next === card) return;
  $("h3 a", next)?.focus();
});

// A board that keeps itself fresh waits while somebody holds a card, a menu or a form, and gives the focus back
const isHeld = () => $(".board .dragged, .board details[open], dialog[open]") || board()?.hasAttribute("aria-busy");
const isFresh = ({ detail }) => detail.ctx?.sourceElement?.matches("#list[hx-trigger]");
document.addEventListener("htmx:before:request", (event) => {
  if (isFresh(event) && isHeld()) event.preventDefault();
});
document.addEventListener("htmx:before:swap", (event) => {
  if (!isFresh(event) || !board()) return;
  if (isHeld()) {
    event.preventDefault();
    return;
  }
  const focused = document.activeElement?.closest(".board-card")?.id;
  const places = $$(".board-column ul").map((list) => list.scrollTop);
  const { scrollLeft } = board();
  const putBack = () => {
    if (board()) board().scrollLeft = scrollLeft;
    $$(".board-column ul").forEach((list, index) => (list.scrollTop = places[index] ?? 0));
    if (focused) document.getElementById(focused)?.querySelector("h3 a").focus();
  };
  document.addEventListener("htmx:after:swap", putBack, { once: true });
});
