/**
 * Parts of a page that follow what happens: `data-live` is where to ask, `data-every` how many seconds lie between.
 *
 * Nothing is asked while nobody looks, and an answer that has not changed costs one line (ETag).
 * What has the focus keeps it, what was unfolded stays so.
 * A server that does not answer is asked more and more rarely, and the page says that it may be out of date.
 */
const EVERY_SECONDS = 5;
const SECONDS_MAX = 60;

/** @type {WeakSet<HTMLElement>} */
const followed = new WeakSet();

/**
 * Follow every part that is not followed yet: those of the page, and those that a filter brought later.
 * @param {(part: HTMLElement) => void} onChange  called with a part that has new content
 */
export function startLive(onChange) {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-live]"))) {
    if (!followed.has(part)) {
      followed.add(part);
      follow(part, onChange);
    }
  }
}

/**
 * @param {HTMLElement} part
 * @param {(part: HTMLElement) => void} onChange
 */
async function follow(part, onChange) {
  const every = Number(part.dataset.every) || EVERY_SECONDS;
  let seconds = every;
  let etag = "";
  while (part.isConnected) {
    await pause(seconds);
    await seen();
    try {
      const answer = await fetch(part.dataset.live ?? "", {
        headers: etag ? { "if-none-match": etag } : {},
        cache: "no-store",
        redirect: "manual",
      });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        location.reload();
        return;
      }
      if (answer.status === 200) {
        etag = answer.headers.get("etag") ?? "";
        replace(part, await answer.text());
        onChange(part);
      } else if (answer.status !== 304) {
        throw new Error(String(answer.status));
      }
      seconds = every;
      delete document.documentElement.dataset.stale;
    } catch {
      seconds = Math.min(seconds * 2, SECONDS_MAX);
      document.documentElement.dataset.stale = "";
    }
  }
}

/**
 * @param {HTMLElement} part
 * @param {string} text
 */
function replace(part, text) {
  const focused = part.contains(document.activeElement) ? document.activeElement?.id : "";
  const unfolded = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
  const page = new DOMParser().parseFromString(text, "text/html");
  part.replaceChildren(...page.body.childNodes);
  for (const id of unfolded) {
    document.getElementById(id)?.setAttribute("open", "");
  }
  if (focused) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

/** @param {number} seconds */
function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Resolves as soon as somebody looks at the page. */
function seen() {
  if (!document.hidden) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", resolve, { once: true });
  });
}
