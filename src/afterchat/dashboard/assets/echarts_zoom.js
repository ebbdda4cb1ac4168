/** The parts of ECharts with which a long trend can be looked at piece by piece. */
import { use } from "echarts/core";
import { install as inside } from "echarts/lib/component/dataZoom/installDataZoomInside.js";
import { install as slider } from "echarts/lib/component/dataZoom/installDataZoomSlider.js";

use([inside, slider]);
