// Parameters over one axis of time: a panel each, zoomed together.
(() => {
  const given = JSON.parse(document.getElementById("lines").textContent);
  const place = document.getElementById("telemetry");
  const PANEL = 118, HEAD = 30, FOOT = 84, LEFT = 92, RIGHT = 24, GAP = 40;
  const lines = given.lines, count = lines.length;
  const height = HEAD + count * PANEL + (count - 1) * GAP + FOOT;
  place.style.height = height + "px";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (value) => {
    if (!Number.isFinite(value)) return "";
    const size = Math.abs(value);
    if (size && (size >= 1e10 || size < 1e-4)) return value.toExponential(2);
    return Number(value.toPrecision(7)).toLocaleString("en", { maximumSignificantDigits: 7 });
  };

  const chart = echarts.init(place, null, { renderer: "svg", height });

  function option() {
    const ink = colour("--ink"), soft = colour("--soft"), rule = colour("--line");
    const every = lines.map((_, i) => i);
    return {
      animation: false,
      useUTC: true,
      textStyle: { fontFamily: "system-ui, sans-serif", color: ink },
      title: lines.map((line, i) => ({
        text: line.name + "  {packet|" + line.packet + "}",
        left: LEFT, top: HEAD + i * (PANEL + GAP) - 24, padding: 0,
        textStyle: { fontSize: 13, fontWeight: 600, color: ink, rich: { packet: { fontSize: 11, color: soft } } },
      })),
      grid: every.map((i) => ({ left: LEFT, right: RIGHT, top: HEAD + i * (PANEL + GAP), height: PANEL })),
      axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: soft } },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colour("--paper"), borderColor: rule,
        textStyle: { color: ink, fontSize: 12 },
        formatter: (points) => {
          const at = points[0].axisValue;
          const when = given.timed ? new Date(at).toISOString().replace("T", " ") : "packet " + at;
          return when + "\n" + points.map((p) => {
            const line = lines[p.seriesIndex];
            return line.name + "  " + (line.labels.length ? line.labels[p.value[1]] : number(p.value[1]));
          }).join("\n");
        } },
      xAxis: every.map((i) => ({
        type: given.timed ? "time" : "value", gridIndex: i, min: "dataMin", max: "dataMax",
        axisLine: { onZero: false, lineStyle: { color: rule } }, axisTick: { lineStyle: { color: rule } },
        axisLabel: { show: i === count - 1, color: soft, hideOverlap: true }, splitLine: { show: false },
      })),
      yAxis: lines.map((line, i) => line.labels.length
        ? { type: "value", gridIndex: i, min: -0.5, max: line.labels.length - 0.5, interval: 1, splitLine: { lineStyle: { color: rule } },
            axisLabel: { color: soft, width: LEFT - 14, overflow: "truncate", showMinLabel: false,
              formatter: (v) => line.labels[Math.round(v + 0.5)] ?? "" } }
        : { type: "value", gridIndex: i, scale: true, splitNumber: 3, splitLine: { lineStyle: { color: rule } },
            axisLabel: { color: soft, formatter: number } }),
      dataZoom: [
        { type: "inside", xAxisIndex: every, filterMode: "none" },
        { type: "slider", xAxisIndex: every, filterMode: "none", bottom: 12, height: 22, left: LEFT, right: RIGHT, borderColor: rule,
          showDataShadow: false, textStyle: { color: soft } },
      ],
      series: lines.map((line, i) => ({
        type: "line", xAxisIndex: i, yAxisIndex: i, data: line.points, showSymbol: line.points.length < 60, symbolSize: 5,
        step: line.labels.length ? "end" : false, lineStyle: { width: 1.4 }, color: colour("--c" + (i % 8)), connectNulls: false,
      })),
    };
  }

  chart.setOption(option());
  dark.addEventListener("change", () => chart.setOption(option(), { notMerge: true }));
  window.addEventListener("resize", () => chart.resize({ width: place.clientWidth, height, silent: true }));
  document.documentElement.dataset.ready = "yes";
})();
