/**
 * From the data of a chart (charts.py) to what ECharts draws; one function for each kind, looked up in KINDS.
 *
 * A function gives the options and, where a place of the chart leads somewhere, how to find the address of a click.
 * Texts of data are shown as they came; nothing here makes HTML, and tooltips are drawn, not written into the page.
 */
import { interval, mayMove, tick } from "./chart_theme.js";
import { word } from "./words.js";

/**
 * @typedef {import("./chart_theme.js").Palette} Palette
 * @typedef {{name: string, values: (number | null)[], texts: string[], is_before?: boolean}} Series
 * @typedef {{option: object, address?: (event: any) => string | null | undefined, byColumn?: boolean}} Drawing
 */

const ROWS_ZOOMED = 120;
const HOURS = 24;

/** @type {Record<string, (data: any, colours: Palette, isNarrow: boolean) => Drawing>} */
export const KINDS = { trend, bars, distribution, shares, heatmap, flow };

/** @type {Record<string, (data: any) => string[]>} parts of ECharts that a chart needs beside the base */
export const PARTS = {
  trend: (data) => (data.x.length > ROWS_ZOOMED ? ["zoom"] : []),
  heatmap: () => ["heat"],
  flow: () => ["flow"],
};

/** @returns {Drawing} lines over time; the period before is dashed */
function trend(/** @type {any} */ data, /** @type {Palette} */ colours, /** @type {boolean} */ isNarrow) {
  const isLong = data.x.length > ROWS_ZOOMED;
  const option = {
    ...frame(data, colours),
    grid: gridOf(data, isLong ? 48 : 8),
    xAxis: { ...categories(data.x, colours), boundaryGap: data.x.length < 2 },
    yAxis: values(data, colours, isNarrow),
    series: data.series.map((/** @type {Series} */ one, /** @type {number} */ index) => ({
      type: "line",
      name: one.name,
      data: one.values,
      symbol: SYMBOLS[index % SYMBOLS.length],
      symbolSize: 6,
      showSymbol: data.x.length <= 31 && !one.is_before,
      connectNulls: false,
      lineStyle: { width: one.is_before ? 1.5 : 2, type: one.is_before ? "dashed" : "solid" },
      itemStyle: one.is_before ? { color: colours.muted } : undefined,
      areaStyle: index === 0 && data.series.length <= 2 && !one.is_before ? { opacity: 0.08 } : undefined,
    })),
    tooltip: tooltip(colours, (/** @type {any[]} */ items) =>
      lines(items[0].axisValueLabel, items.map((item) => [item.marker, item.seriesName, textOf(data, item)])),
    ),
  };
  if (isLong) {
    Object.assign(option, {
      dataZoom: [{ type: "inside" }, { type: "slider", height: 20, bottom: 8, textStyle: { color: colours.muted } }],
    });
  }
  return { option, address: (index) => data.hrefs?.[index], byColumn: true };
}

/** @returns {Drawing} bars side by side or on top of each other; lying when their names are long */
function bars(/** @type {any} */ data, /** @type {Palette} */ colours, /** @type {boolean} */ isNarrow) {
  const names = { ...categories(data.x, colours, data.is_lying), inverse: data.is_lying };
  const numbers = values(data, colours, isNarrow);
  const option = {
    ...frame(data, colours),
    grid: gridOf(data, 8),
    xAxis: data.is_lying ? numbers : names,
    yAxis: data.is_lying ? names : numbers,
    series: data.series.map((/** @type {Series} */ one) => ({
      type: "bar",
      name: one.name,
      data: one.values,
      stack: data.is_stacked ? "all" : undefined,
      barMaxWidth: data.is_lying ? 18 : 28,
      itemStyle: { borderRadius: data.is_stacked ? 0 : data.is_lying ? [0, 3, 3, 0] : [3, 3, 0, 0] },
    })),
    tooltip: tooltip(colours, (/** @type {any[]} */ items) =>
      lines(items[0].axisValueLabel, items.map((item) => [item.marker, item.seriesName, textOf(data, item)])),
    ),
  };
  return { option, address: (index) => data.hrefs?.[index], byColumn: true };
}

/** @returns {Drawing} how many there are of each length, with lines at the percentiles */
function distribution(/** @type {any} */ data, /** @type {Palette} */ colours, /** @type {boolean} */ isNarrow) {
  const one = data.series[0];
  const option = {
    ...frame({ ...data, series: [] }, colours),
    grid: { ...gridOf({ series: [] }, 8), top: 34 },
    xAxis: [categories(data.x, colours), { type: "value", min: 0, max: data.x.length, show: false }],
    yAxis: values(data, colours, isNarrow),
    series: [
      { type: "bar", name: one.name, data: one.values, barCategoryGap: "8%", itemStyle: { borderRadius: [3, 3, 0, 0] } },
      {
        type: "line",
        data: [],
        xAxisIndex: 1,
        silent: true,
        markLine: {
          symbol: "none",
          animation: false,
          lineStyle: { color: colours.ink, type: "dashed", width: 1 },
          data: data.marks.map((/** @type {any} */ mark, /** @type {number} */ index) => ({
            xAxis: mark.at,
            label: {
              formatter: () => (isNarrow ? mark.name : `${mark.name}  ${mark.text}`),
              color: colours.ink,
              distance: index % 2 ? 16 : 2,
              fontSize: 11,
            },
          })),
        },
      },
    ],
    tooltip: tooltip(colours, (/** @type {any[]} */ items) =>
      lines(items[0].axisValueLabel, [[items[0].marker, one.name, textOf(data, items[0])]]),
    ),
  };
  return { option, address: (index) => data.hrefs?.[index], byColumn: true };
}

/** @returns {Drawing} of what a whole consists: lying bars of 100 % */
function shares(/** @type {any} */ data, /** @type {Palette} */ colours) {
  const option = {
    ...frame(data, colours),
    grid: gridOf(data, 4),
    xAxis: { type: "value", min: 0, max: 1, axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: { ...categories(data.x, colours, true), inverse: true, axisLine: { show: false } },
    series: data.series.map((/** @type {Series & {hrefs?: string[]}} */ one) => ({
      type: "bar",
      name: one.name,
      stack: "all",
      data: one.values,
      barMaxWidth: 26,
      itemStyle: { borderColor: colours.surface, borderWidth: 1 },
    })),
    tooltip: tooltip(
      colours,
      (/** @type {any} */ item) => lines(item.name, [[item.marker, item.seriesName, textOf(data, item)]]),
      "item",
    ),
  };
  return { option, address: (event) => data.series[event.seriesIndex]?.hrefs?.[event.dataIndex] };
}

/** @returns {Drawing} one number for each pair, as colour */
function heatmap(/** @type {any} */ data, /** @type {Palette} */ colours, /** @type {boolean} */ isNarrow) {
  const cells = data.rows.flatMap((/** @type {(number | null)[]} */ row, /** @type {number} */ y) =>
    row.map((value, x) => [x, y, value ?? "-"]),
  );
  const known = data.rows.flat().filter((/** @type {number | null} */ value) => value !== null);
  const option = {
    ...frame({ ...data, series: [] }, colours),
    grid: { left: 4, right: 8, top: 4, bottom: 40, containLabel: true },
    xAxis: { ...categories(data.x, colours), axisLine: { show: false }, position: "top" },
    yAxis: { ...categories(data.y, colours, true), inverse: true, axisLine: { show: false } },
    visualMap: {
      type: "continuous",
      min: Math.min(...known, 0),
      max: Math.max(...known, data.unit === "share" ? 0.01 : 1),
      calculable: false,
      hoverLink: false,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemWidth: 12,
      itemHeight: isNarrow ? 120 : 180,
      text: [tick(Math.max(...known, 0), data.unit), tick(Math.min(...known, 0), data.unit)],
      textStyle: { color: colours.muted, fontFamily: colours.font },
      inRange: { color: colours.heat },
    },
    series: [
      {
        type: "heatmap",
        data: cells,
        itemStyle: { borderColor: colours.surface, borderWidth: 2, borderRadius: 3 },
        emphasis: { itemStyle: { borderColor: colours.ink, borderWidth: 1 } },
      },
    ],
    tooltip: tooltip(
      colours,
      (/** @type {any} */ item) => {
        const [x, y] = item.value;
        return lines(`${data.y[y]} ${data.x[x]}`, [["", data.name, data.texts[y][x]]]);
      },
      "item",
    ),
  };
  return { option, address: (event) => data.hrefs?.[event.value?.[1]]?.[event.value?.[0]] };
}

/** @returns {Drawing} how many went from where to where */
function flow(/** @type {any} */ data, /** @type {Palette} */ colours, /** @type {boolean} */ isNarrow) {
  const left = new Set(data.links.map((/** @type {any} */ link) => link.source));
  const last = data.nodes.filter((/** @type {any} */ node) => !left.has(node.id));
  const wanted = Math.max(...last.map((/** @type {any} */ node) => widthOf(node.label)), 40);
  const room = Math.min(wanted, isNarrow ? 84 : 150);
  const option = {
    ...frame({ ...data, series: [] }, colours),
    series: [
      {
        type: "sankey",
        left: 4,
        right: room + 12,
        top: 8,
        bottom: 8,
        nodeWidth: 12,
        nodeGap: 24,
        draggable: false,
        data: data.nodes.map((/** @type {any} */ node) => ({ name: node.id, ...node })),
        links: data.links,
        label: {
          color: colours.ink,
          fontFamily: colours.font,
          formatter: (/** @type {any} */ item) => `${plain(item.data.label)}\n${item.data.text}`,
          lineHeight: 16,
          width: Math.max(room, 84),
          overflow: "break",
        },
        lineStyle: { color: "gradient", opacity: 0.35, curveness: 0.5 },
        emphasis: { focus: "adjacency" },
      },
    ],
    tooltip: tooltip(
      colours,
      (/** @type {any} */ item) => lines(item.data.label ?? "", [["", data.name, item.data.text]]),
      "item",
    ),
  };
  return { option, address: (event) => event.data?.href };
}

/** About how wide a text is drawn, in pixels. @param {string} text */
function widthOf(text) {
  return [...text].reduce((sum, one) => sum + (one > "\u2e7f" ? 12.5 : 7), 4);
}

const SYMBOLS = ["circle", "diamond", "triangle", "rect", "roundRect", "pin"];

/** What all kinds have in common. */
function frame(/** @type {any} */ data, /** @type {Palette} */ colours) {
  return {
    color: colours.series,
    textStyle: { fontFamily: colours.font, color: colours.ink },
    animation: mayMove(),
    animationDuration: 300,
    aria: { enabled: true, label: { description: data.label }, decal: { show: colours.isPatterned && data.series.length > 1 } },
    legend: {
      show: data.series.length > 1,
      top: 0,
      left: 0,
      itemWidth: 16,
      itemHeight: 10,
      itemGap: 16,
      icon: data.kind === "trend" ? undefined : "roundRect",
      textStyle: { color: colours.ink },
      inactiveColor: colours.line,
    },
  };
}

/** Room for the names of the series above, if there are several. */
function gridOf(/** @type {any} */ data, /** @type {number} */ bottom) {
  return { left: 4, right: 16, top: data.series.length > 1 ? 36 : 12, bottom, containLabel: true };
}

function categories(/** @type {string[]} */ names, /** @type {Palette} */ colours, isUpright = false) {
  return {
    type: "category",
    data: names,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colours.line } },
    axisLabel: {
      color: colours.muted,
      hideOverlap: true,
      interval: isUpright ? 0 : names.length === HOURS ? (/** @type {number} */ index) => index % 3 === 0 : undefined,
      width: isUpright ? 170 : undefined,
      overflow: isUpright ? "truncate" : undefined,
    },
    splitLine: { show: false },
  };
}

function values(/** @type {any} */ data, /** @type {Palette} */ colours, /** @type {boolean} */ isNarrow) {
  const all = data.series.flatMap((/** @type {Series} */ one) => one.values.map((value) => value ?? 0));
  const greatest = Math.max(...all, 0);
  const step = data.is_stacked ? undefined : interval(greatest, data.unit);
  return {
    type: "value",
    min: 0,
    max: data.greatest ?? (step ? Math.ceil(greatest / step) * step : undefined),
    minInterval: data.unit === "count" ? 1 : undefined,
    interval: step,
    splitNumber: isNarrow ? 3 : 4,
    axisLabel: { color: colours.muted, formatter: (/** @type {number} */ value) => tick(value, data.unit) },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colours.line } },
  };
}

/** A tooltip that is drawn: the page's rules forbid styles in its text, and so nothing in the data can be markup. */
function tooltip(/** @type {Palette} */ colours, /** @type {(items: any) => string} */ formatter, trigger = "axis") {
  return {
    trigger,
    renderMode: "richText",
    confine: true,
    backgroundColor: colours.surface,
    borderColor: colours.line,
    padding: [8, 10],
    textStyle: { color: colours.ink, fontFamily: colours.font, fontSize: 12, lineHeight: 19 },
    axisPointer: { type: "line", lineStyle: { color: colours.muted } },
    formatter,
  };
}

function lines(/** @type {string} */ head, /** @type {[string, string, string][]} */ rows) {
  return [plain(head), ...rows.map(([mark, name, text]) => `${mark}${plain(name)}  ${plain(text)}`)].join("\n");
}

function textOf(/** @type {any} */ data, /** @type {any} */ item) {
  return data.series[item.seriesIndex]?.texts[item.dataIndex] ?? word("chart.none");
}

/** Braces would be read as styles of drawn text; a character that is not seen keeps them from it. */
function plain(/** @type {string} */ text) {
  return String(text).replaceAll("{", "{\u200b");
}
