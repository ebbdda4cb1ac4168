/** The parts of ECharts that a heatmap needs beside echarts_base.js. */
import { use } from "echarts/core";
import { install as heatmap } from "echarts/lib/chart/heatmap/install.js";
import { install as visualMap } from "echarts/lib/component/visualMap/installVisualMapContinuous.js";

use([heatmap, visualMap]);
