/** The parts of ECharts that a flow (a Sankey diagram) needs beside echarts_base.js. */
import { use } from "echarts/core";
import { install as sankey } from "echarts/lib/chart/sankey/install.js";

use([sankey]);
