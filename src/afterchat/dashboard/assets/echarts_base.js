/**
 * The parts of ECharts that nearly every chart needs: lines and bars on a grid.
 *
 * The parts are named one by one: what they share is bundled once, and what only one kind of chart needs stays in a
 * file of its own that only pages with such a chart load (echarts_flow.js, echarts_heat.js, echarts_zoom.js).
 */
import { init, use } from "echarts/core";
import { install as bar } from "echarts/lib/chart/bar/install.js";
import { install as line } from "echarts/lib/chart/line/install.js";
import { install as aria } from "echarts/lib/component/aria/install.js";
import { install as grid } from "echarts/lib/component/grid/install.js";
import { install as legend } from "echarts/lib/component/legend/installLegendPlain.js";
import { install as markLine } from "echarts/lib/component/marker/installMarkLine.js";
import { install as tooltip } from "echarts/lib/component/tooltip/install.js";
import { install as canvas } from "echarts/lib/renderer/installCanvasRenderer.js";

use([aria, bar, canvas, grid, legend, line, markLine, tooltip]);

export { init };
