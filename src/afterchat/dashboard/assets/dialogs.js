/**
 * Messages, dialogs and menus; each is plain HTML that a browser shows by itself, and this adds the comfort.
 */
import { word } from "./words.js";

const TOAST_SECONDS = 6;

export function startDialogs() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus(null);
    }
  });
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#toasts > [data-passing]"))) {
    passAway(one);
  }
}

/**
 * A short message at the edge of the page; a bad one stays until it is sent away.
 * @param {string} text
 * @param {"good" | "bad" | "info"} kind
 */
export function toast(text, kind) {
  const place = document.getElementById("toasts");
  if (!place || [...place.children].some((one) => one.querySelector("p")?.textContent === text)) {
    return;
  }
  const message = document.createElement("div");
  message.className = `toast ${kind}`;
  const line = document.createElement("p");
  line.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "quiet";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", word("close"));
  close.textContent = "×";
  message.append(line, close);
  place.append(message);
  if (kind !== "bad") {
    passAway(message);
  }
}

/** @param {HTMLElement} message */
function passAway(message) {
  setTimeout(() => message.matches(":hover, :focus-within") || message.remove(), TOAST_SECONDS * 1000);
}

/** @param {MouseEvent} event */
function onClick(event) {
  const target = /** @type {Element} */ (event.target);
  closeMenus(target.closest("details.menu"));
  const button = /** @type {HTMLElement | null} */ (target.closest("[data-opens], [data-dismiss], [data-copy]"));
  if (!button) {
    return;
  }
  if ("opens" in button.dataset) {
    openDialog(button.dataset.opens ?? "");
  } else if ("copy" in button.dataset) {
    copy(button.dataset.copy ?? "");
  } else {
    button.closest(".toast")?.remove();
  }
}

/** @param {string} id */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) {
    dialog.showModal();
  }
}

/** @param {Element | null} kept */
function closeMenus(kept) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== kept) {
      menu.removeAttribute("open");
    }
  }
}

/**
 * The clipboard of the browser is only there over https; the old way works everywhere.
 * @param {string} text
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  toast(word("copied"), "good");
}
