/**
 * Draws every `figure[data-chart]` of the page: what to draw stands in its JSON, what it means in its table.
 *
 * The table stays in the page for those who cannot see or do not want the drawing.
 * A chart that cannot be drawn leaves its table open; one broken chart never keeps the others from being drawn.
 * Colours follow the theme, the size follows the box, paper is always white.
 */
import { KINDS, PARTS } from "./chart_kinds.js";
import { mayMove, palette } from "./chart_theme.js";
import { init } from "./echarts_base.js";

/** @type {Record<string, () => Promise<unknown>>} */
const MORE = {
  flow: () => import("./echarts_flow.js"),
  heat: () => import("./echarts_heat.js"),
  zoom: () => import("./echarts_zoom.js"),
};
const NARROW = 520;

/** @type {Map<HTMLElement, {chart: any, data: any}>} */
const drawn = new Map();

const sizes = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const figure = entry.target.closest("figure");
    const one = figure && drawn.get(figure);
    if (one && entry.contentRect.width > 0) {
      one.chart.resize();
      draw(one, false);
    }
  }
});

/**
 * Draw what is new below `root`, and forget what has left the page.
 * @param {ParentNode} root
 */
export async function drawCharts(root = document) {
  for (const [figure, one] of drawn) {
    if (!figure.isConnected) {
      one.chart.dispose();
      drawn.delete(figure);
    }
  }
  const figures = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("figure[data-chart]"));
  await Promise.all([...figures].filter((figure) => !drawn.has(figure)).map(begin));
}

/** @param {HTMLElement} figure */
async function begin(figure) {
  const place = /** @type {HTMLElement | null} */ (figure.querySelector("[data-plot]"));
  try {
    const data = JSON.parse(figure.querySelector("script")?.textContent ?? "");
    await Promise.all((PARTS[data.kind]?.(data) ?? []).map((part) => MORE[part]()));
    if (!place || drawn.has(figure)) {
      return;
    }
    place.replaceChildren();
    place.hidden = false;
    const one = { chart: init(place), data };
    drawn.set(figure, one);
    draw(one, mayMove());
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", data.label);
    listen(one);
    sizes.observe(place);
    figure.dataset.drawn = "";
  } catch (trouble) {
    console.error(trouble);
    giveUp(figure, place);
  }
}

/**
 * @param {{chart: any, data: any}} one
 * @param {boolean} isMoving
 */
function draw(one, isMoving) {
  const isNarrow = one.chart.getWidth() < NARROW;
  const { option } = KINDS[one.data.kind](one.data, palette(), isNarrow);
  one.chart.setOption(isMoving ? option : { ...option, animation: false }, { notMerge: true });
}

/**
 * A click leads to the sessions behind what was clicked: the whole column of a trend, else the piece itself.
 * @param {{chart: any, data: any}} one
 */
function listen({ chart, data }) {
  const { address, byColumn } = KINDS[data.kind](data, palette(), false);
  if (!address) {
    return;
  }
  if (!byColumn) {
    chart.on("click", (/** @type {any} */ event) => go(address(event), event.event?.event));
    return;
  }
  const column = (/** @type {any} */ event) => {
    const point = [event.offsetX, event.offsetY];
    if (!chart.containPixel({ gridIndex: 0 }, point)) {
      return null;
    }
    const [x, y] = chart.convertFromPixel({ seriesIndex: 0 }, point);
    return address(Math.round(data.is_lying ? y : x));
  };
  chart.getZr().on("click", (/** @type {any} */ event) => go(column(event), event.event));
  chart.getZr().on("mousemove", (/** @type {any} */ event) => {
    chart.getZr().setCursorStyle(column(event) ? "pointer" : "default");
  });
}

/**
 * @param {string | null | undefined} href
 * @param {MouseEvent | undefined} event
 */
function go(href, event) {
  if (!href || !href.startsWith("/") || href.startsWith("//")) {
    return;
  }
  if (event?.ctrlKey || event?.metaKey) {
    window.open(href, "_blank", "noopener");
  } else {
    location.assign(href);
  }
}

/**
 * @param {HTMLElement} figure
 * @param {HTMLElement | null} place
 */
function giveUp(figure, place) {
  if (place) {
    place.hidden = true;
  }
  const table = figure.querySelector("details");
  if (table) {
    table.open = true;
  }
}

function drawAgain() {
  for (const one of drawn.values()) {
    draw(one, false);
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAgain);
matchMedia("(prefers-contrast: more)").addEventListener("change", drawAgain);

const dark = /** @type {HTMLLinkElement | null} */ (document.getElementById("dark"));
window.addEventListener("beforeprint", () => {
  if (dark) {
    dark.disabled = true;
  }
  drawAgain();
});
window.addEventListener("afterprint", () => {
  if (dark) {
    dark.disabled = false;
  }
  drawAgain();
});
