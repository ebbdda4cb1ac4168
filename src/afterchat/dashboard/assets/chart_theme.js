/**
 * What charts look like: colours of the style sheet as it is in force now, and numbers on axes by their unit.
 *
 * Exact numbers come from the server as text, formatted once for page, table and chart; only the ticks of an axis,
 * which nobody but the chart knows, are written here.
 */
import { isChinese } from "./words.js";

/**
 * @typedef {object} Palette
 * @property {string[]} series   colours of the series, told apart by people who see few colours
 * @property {string[]} heat     from little to much
 * @property {string} ink
 * @property {string} muted
 * @property {string} line
 * @property {string} surface
 * @property {string} accent
 * @property {string} font
 * @property {boolean} isPatterned  whether areas also carry patterns
 */

/** @returns {Palette} */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    series: [1, 2, 3, 4, 5, 6].map((number) => colour(`series-${number}`)),
    heat: [0, 1, 2, 3, 4].map((number) => colour(`heat-${number}`)),
    ink: colour("ink"),
    muted: colour("muted"),
    line: colour("line"),
    surface: colour("surface"),
    accent: colour("accent"),
    font: getComputedStyle(document.body).fontFamily,
    isPatterned: matchMedia("(prefers-contrast: more)").matches,
  };
}

/** @returns {boolean} whether things may move */
export function mayMove() {
  return !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @type {[number, string, string][]} size, English, Chinese; the largest that fits is taken */
const DURATIONS = [
  [DAY, " d", "天"],
  [HOUR, " h", "小时"],
  [MINUTE, " min", "分"],
  [SECOND, " s", "秒"],
  [1, " ms", "毫秒"],
];

/** @type {[number, string][][]} sizes of large counts: English, Chinese */
const COUNTS = [
  [[1e9, "G"], [1e6, "M"], [1e3, "k"]],
  [[1e8, "亿"], [1e4, "万"]],
];

/**
 * A number short enough for an axis.
 * @param {number} value
 * @param {string} unit  `count`, `ms`, `share`, `ratio` or `points`
 * @returns {string}
 */
export function tick(value, unit) {
  if (unit === "share") {
    return `${shortened(value * 100)}%`;
  }
  if (unit === "ms") {
    const found = DURATIONS.find(([size]) => Math.abs(value) >= size);
    return found ? shortened(value / found[0]) + found[isChinese() ? 2 : 1] : "0";
  }
  const found = COUNTS[isChinese() ? 1 : 0].find(([size]) => Math.abs(value) >= size);
  return found ? shortened(value / found[0]) + found[1] : shortened(value);
}

/** @param {number} value */
function shortened(value) {
  return String(Number(value.toFixed(Math.abs(value) < 1 ? 2 : 1)));
}

/**
 * Distance between ticks that people count durations by, or undefined to let the chart decide.
 * @param {number} greatest
 * @param {string} unit
 * @returns {number | undefined}
 */
export function interval(greatest, unit) {
  if (unit !== "ms" || !(greatest > 0)) {
    return undefined;
  }
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
    [1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
    [1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
    [1, 2, 4, 6, 12].map((count) => count * HOUR),
    [1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * DAY),
  );
  return steps.find((step) => greatest / step <= 5);
}
