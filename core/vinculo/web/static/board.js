// Cards of a board, dragged or moved by keys. Without this file each card's menu moves it by a form.
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

const board = () => $(".board");
const columnOf = (element) => element.closest(".board-column");
const cardsOf = (column) => $$(".board-card", column);

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
  $("#dialog-move")?.close();
  $("#list").replaceWith($("#list", page));
  board().scrollLeft = scrollLeft;
  $$(".board-column ul").forEach((list, index) => (list.scrollTop = places[index] ?? 0));
  $(".toasts").replaceWith($(".toasts", page));
  window.htmx?.process($("#list")); // a board that keeps itself fresh goes on doing so
}

/** Shows the form of the field with what is wrong, or with what somebody else has chosen meanwhile. */
function ask(html) {
  const dialog = $("#dialog-move");
  $(".dialog-body", dialog).innerHTML = html;
  if (!dialog.open) dialog.showModal();
  $("[aria-invalid], .clash input, select, input:not([type=hidden])", dialog)?.focus();
}

async function move(card, column) {
  const from = columnOf(card);
  const next = card.nextElementSibling;
  if (!column || column === from) return;
  const form = $(".move form", card);
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

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.(".board-card[draggable]");
  if (!card) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", $("h3", card).textContent.trim());
  card.classList.add("dragged");
});
document.addEventListener("dragend", () => {
  for (const one of $$(".board .dragged, .board .over")) one.classList.remove("dragged", "over");
});
document.addEventListener("dragover", (event) => {
  const column = event.target.closest?.(".board-column");
  if (!column || !$(".board .dragged") || !column.dataset.value) return;
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
  const more = event.target.closest(".board-more");
  if (!more || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  extend(more).catch(() => location.assign(more.href));
});

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

// Keys: arrows walk over cards, m opens the menu of one, Shift with an arrow moves it to the next column
document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.(".board-card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(".pop")) return;
  if (event.key === "m") {
    const menu = $("details", card);
    if (!menu) return;
    event.preventDefault();
    menu.open = true;
    $(".item", menu)?.focus();
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
    if (card.draggable && columns[at + aside]?.dataset.value) move(card, columns[at + aside]);
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
