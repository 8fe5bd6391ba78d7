"use strict";
(function () {
  const all = JSON.parse(document.getElementById("chart-data").textContent);
  const FONT = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif';
  const INK = "var(--ink)", SOFT = "var(--soft)", LINE = "var(--line)", PAPER = "var(--paper)", QUIET = "var(--quiet)";
  const LANE = 19, BAR = 14, PRINT_WIDTH = 700, HOUR = 3600;
  const RIGHT = 30;  // half of a label such as `Mar 2018`, which may stand at the very end
  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => "&#" + c.charCodeAt(0) + ";");
  const pen = document.createElement("canvas").getContext("2d");
  const wide = (text, font) => {
    pen.font = font + " " + FONT;
    return pen.measureText(text).width;
  };
  // A name inside its bar, whole or not at all (a cut `DSS-6` would be another antenna); of an array, its first antenna.
  const within = (text, width, font) => {
    const first = text.split("+")[0] + "+…";
    return wide(text, font) <= width ? text : text.includes("+") && wide(first, font) <= width ? first : "";
  };
  const cut = (text, width, font) => {
    let kept = text;
    while (kept.length > 1 && wide(kept + "…", font) > width) kept = kept.slice(0, -1);
    return wide(text, font) <= width ? text : kept + "…";
  };
  const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
  const hours = (seconds) => seconds >= 14 * 24 * HOUR ? (seconds / 86400).toFixed(1) + " days" : (seconds / HOUR).toFixed(2) + " h";
  const tip = (title, lines) => '<div class="tip"><b>' + escape(title) + "</b>" + lines.filter(Boolean).map(escape).join("<br>") + "</div>";
  const hover = {
    backgroundColor: PAPER, borderColor: LINE, textStyle: { color: INK, fontFamily: FONT, fontSize: 12 }, confine: true,
    extraCssText: "box-shadow:0 4px 16px rgba(0,0,0,.16);max-width:300px;white-space:normal;",
  };
  let chosen = null;

  // `w` of a bar: track start, track end, busy start, busy end [s], lane; times on the axis are milliseconds.
  function gantt(d, width, printing) {
    const phone = width < 560;
    const notes = d.rows.map((r) => r.note || "");
    const side = Math.max(0, ...notes.map((n) => n ? wide(n, "11px") + 10 : 0));
    const left = phone ? 20 : Math.min(width * .26, 18 + Math.max(...d.rows.map((r) => wide(r.name, "12px"))) + side);
    const labels = [], bars = [], outs = [];
    let y = 0;
    d.rows.forEach((row) => {
      const head = phone ? 17 : 0, top = y, high = head + row.lanes * LANE + 3;
      row.bars.forEach((b) => bars.push({ value: [b.w[0] * 1000, b.w[1] * 1000, top + head + b.w[4] * LANE + 2, b.w[2] * 1000, b.w[3] * 1000], b }));
      row.outs.forEach((o) => outs.push({ value: [o.w[0] * 1000, o.w[1] * 1000, top + head + 1, row.lanes * LANE - 1], o, row }));
      labels.push({ value: [d.start * 1000, top, high], row });
      y += high;
    });
    const dim = (user) => chosen && user !== chosen;
    const rect = (x, yy, w, h, style) => ({ type: "rect", shape: { x, y: yy, width: w, height: h, r: Math.min(2, w / 2) }, style });
    const both = { xAxis: "x", encode: { x: [0, 1], y: 2 } };
    return {
      height: y + (printing ? 34 : 74),
      option: {
        useUTC: true, grid: { left, right: RIGHT, top: 28, bottom: printing ? 6 : 44 }, tooltip: hover,
        xAxis: {
          type: "time", min: d.start * 1000, max: d.end * 1000, position: "top", axisLine: { show: false }, axisTick: { show: false },
          splitNumber: phone ? 4 : 8, splitLine: { show: true, lineStyle: { color: LINE } },
          axisLabel: { fontFamily: FONT, fontSize: 11, color: SOFT, hideOverlap: true, showMaxLabel: false, formatter: { year: "{MMM} {yyyy}", month: "{MMM} {yyyy}", day: "{d} {MMM}", hour: "{HH}:{mm}", minute: "{HH}:{mm}" } },
        },
        yAxis: { type: "value", min: 0, max: y, inverse: true, show: false },
        dataZoom: printing ? [] : [
          { type: "inside", filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
          { type: "slider", filterMode: "none", height: 18, bottom: 8, left, right: RIGHT, showDetail: false, brushSelect: false, borderColor: LINE, backgroundColor: "transparent",
            fillerColor: "var(--window)", handleStyle: { color: PAPER, borderColor: QUIET }, moveHandleStyle: { color: QUIET }, dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } }, selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } } },
        ],
        series: [
          { type: "custom", silent: true, clip: false, data: labels, encode: { x: 0, y: 1 }, renderItem: (p, api) => {
            const at = api.coord([d.start * 1000, api.value(1)])[1], h = api.value(2), row = labels[p.dataIndex].row, faint = row.user && dim(row.user) ? .3 : 1;
            const children = [
              { type: "line", shape: { x1: 0, x2: width - RIGHT, y1: at + h - .5, y2: at + h - .5 }, style: { stroke: LINE, lineWidth: 1 } },
              { type: "text", style: { text: phone ? row.name : cut(row.name, left - side - 8, "12px"), x: 0, y: at + 4, fill: INK, opacity: faint, font: (phone ? "600 " : "") + "12px " + FONT } },
            ];
            if (row.note) children.push({ type: "text", style: { text: row.note, x: phone ? width - RIGHT : left - 10, y: at + 5, align: "right", fill: SOFT, opacity: faint, font: "11px " + FONT } });
            return { type: "group", children };
          } },
          Object.assign({ type: "custom", clip: true, data: outs, renderItem: (p, api) => {
            const a = api.coord([api.value(0), api.value(2)]), b = api.coord([api.value(1), api.value(2)]);
            return rect(a[0], a[1], Math.max(1, b[0] - a[0]), api.value(3), { fill: QUIET, opacity: .3 });
          }, tooltip: { formatter: (i) => { const o = outs[i.dataIndex]; return tip(o.row.name + ": " + o.o.reason, [clock(o.o.w[0]) + " to " + clock(o.o.w[1])]); } } }, { encode: both.encode }),
          Object.assign({ type: "custom", clip: true, data: bars, renderItem: (p, api) => {
            const one = bars[p.dataIndex].b, a = api.coord([api.value(0), api.value(2)]), b = api.coord([api.value(1), api.value(2)]);
            const c = api.coord([api.value(3), api.value(2)])[0], e = api.coord([api.value(4), api.value(2)])[0];
            const w = Math.max(1.5, b[0] - a[0]), faint = dim(one.user) ? .18 : 1, from = Math.max(a[0], left), shown = Math.min(b[0], width - RIGHT) - from;
            return { type: "group", children: [
              rect(c, a[1] + BAR - 3, Math.max(0, e - c), 3, { fill: one.colour, opacity: .5 * faint }),
              rect(a[0], a[1], w, BAR, { fill: PAPER }),
              rect(a[0], a[1], w, BAR, { fill: one.colour, opacity: .42 * faint }),
              rect(a[0], a[1], Math.min(2.5, w), BAR, { fill: one.colour, opacity: faint }),
              { type: "text", style: { text: within(one.label, shown - 7, "10px"), x: from + 5, y: a[1] + 2.6, fill: INK, opacity: faint, font: "10px " + FONT } },
            ] };
          }, tooltip: { formatter: (i) => { const b = bars[i.dataIndex].b; return tip(b.user + " on " + b.on, [clock(b.w[0]) + " to " + clock(b.w[1]) + ", " + hours(b.w[1] - b.w[0]), "busy from " + clock(b.w[2]) + " to " + clock(b.w[3]), "request " + b.request, b.agency]); } } }, { encode: both.encode }),
        ],
      },
    };
  }

  const charts = [];
  function show(entry, printing, again) {
    const width = printing ? PRINT_WIDTH : entry.place.clientWidth;
    if (!width || (width === entry.width && !again)) return;
    entry.width = width;
    const made = gantt(entry.data, width, printing);
    entry.place.style.height = made.height + "px";
    if (!entry.chart) entry.chart = echarts.init(entry.place, null, { renderer: "svg", width, height: made.height });
    else entry.chart.resize({ width, height: made.height, silent: true });
    const kept = entry.chart.getOption();
    if (again && kept && kept.dataZoom) made.option.dataZoom.forEach((z, k) => { z.start = kept.dataZoom[k].start; z.end = kept.dataZoom[k].end; });
    made.option.animation = false;
    made.option.textStyle = { fontFamily: FONT };
    entry.chart.setOption(made.option, { notMerge: true });
    const svg = entry.place.querySelector("svg");
    if (svg) svg.setAttribute("viewBox", "0 0 " + width + " " + made.height);
  }
  for (const id of Object.keys(all)) {
    const entry = { place: document.getElementById("chart-" + id), data: all[id], width: 0 };
    charts.push(entry);
    show(entry, false);
  }
  document.querySelectorAll(".chips button").forEach((button) => button.addEventListener("click", () => {
    chosen = chosen === button.dataset.user ? null : button.dataset.user;
    document.querySelectorAll(".chips button").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.user === chosen)));
    charts.forEach((entry) => show(entry, false, true));
  }));
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => charts.forEach((entry) => show(entry, false)), 120);
  });
  window.addEventListener("beforeprint", () => charts.forEach((entry) => show(entry, true, true)));
  window.addEventListener("afterprint", () => charts.forEach((entry) => show(entry, false, true)));
  document.documentElement.dataset.ready = "yes";
})();
