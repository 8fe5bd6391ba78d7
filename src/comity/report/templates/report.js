"use strict";
(function () {
  const all = JSON.parse(document.getElementById("chart-data").textContent);
  const FONT = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif';
  const INK = "var(--ink)", SOFT = "var(--soft)", LINE = "var(--line)", PAPER = "var(--paper)", QUIET = "var(--quiet)";
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const PRINT_WIDTH = 700, PRINT_SMALL = 218, PRINT_HALF = 335;

  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => "&#" + c.charCodeAt(0) + ";");
  const grouped = (number, digits) => {
    const [whole, part] = Math.abs(number).toFixed(digits || 0).split(".");
    return (number < 0 ? "\u2212" : "") + whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + (part ? "." + part : "");
  };
  const amount = (number) => grouped(number, number !== 0 && Math.abs(number) < 1000 ? 1 : 0);
  const monthName = (index) => MONTHS[((index % 12) + 12) % 12] + " " + Math.floor(index / 12);
  const pen = document.createElement("canvas").getContext("2d"), measured = new Map();
  // How wide a text is in the font that this machine has; `font` is a weight and size such as "600 12px".
  const wide = (text, font) => {
    const key = font + text;
    if (!measured.has(key)) {
      pen.font = font + " " + FONT;
      measured.set(key, pen.measureText(text).width);
    }
    return measured.get(key);
  };
  const cut = (text, width, size, weight) => {
    const font = (weight || "") + " " + size + "px";
    if (wide(text, font.trim()) <= width) return text;
    let kept = text;
    while (kept && wide(kept + "…", font.trim()) > width) kept = kept.slice(0, -1);
    return kept ? kept.trimEnd() + "…" : "";
  };
  // A label inside its bar: whole, or so much that it still says something, or none.
  const within = (text, width, size) => {
    const kept = cut(text, width, size);
    return kept === text || kept.length > 5 ? kept : "";
  };
  // A text in at most so many lines, broken between words; the last is cut.
  const lines = (text, width, size, most, weight) => {
    const font = ((weight || "") + " " + size + "px").trim(), made = [];
    let rest = text.split(" ");
    while (rest.length && made.length < most - 1 && wide(rest.join(" "), font) > width) {
      let n = rest.length - 1;
      while (n > 1 && wide(rest.slice(0, n).join(" "), font) > width) n -= 1;
      made.push(cut(rest.slice(0, n).join(" "), width, size, weight));
      rest = rest.slice(n);
    }
    if (rest.length) made.push(cut(rest.join(" "), width, size, weight));
    return made.join("\n");
  };
  // Years or months along an axis of months, at round places.
  const monthAxis = (values, width) => {
    const low = Math.floor(Math.min(...values)), high = Math.ceil(Math.max(...values)) + 1, most = Math.max(2, Math.floor(width / 78));
    const step = [1, 2, 3, 6, 12, 24, 60, 120, 240].find((s) => (high - low) / s + 1 <= most) || 480;
    const min = Math.floor(low / step) * step;
    return { min, max: Math.max(min + step, Math.ceil(high / step) * step), interval: step, label: (v) => (step % 12 ? monthName(Math.round(v)) : String(Math.round(v / 12))) };
  };
  const tip = (title, lines) => '<div class="tip"><b>' + escape(title) + "</b>" + lines.map(escape).join("<br>") + "</div>";
  const text = (size, colour) => ({ fontFamily: FONT, fontSize: size || 12, color: colour || SOFT });
  const axis = (more) => Object.assign({
    axisLabel: text(11), axisLine: { lineStyle: { color: QUIET } }, axisTick: { show: false },
    splitLine: { lineStyle: { color: LINE } }, nameTextStyle: text(11), nameLocation: "middle",
  }, more);
  const hover = {
    backgroundColor: PAPER, borderColor: LINE, textStyle: { color: INK, fontFamily: FONT, fontSize: 12 }, confine: true,
    extraCssText: "box-shadow:0 4px 16px rgba(0,0,0,.16);max-width:300px;white-space:normal;",
  };

  function gantt(d, width) {
    const phone = width < 560, lane = 15, bar = 11;
    const left = phone ? 16 : Math.min(width * .24, 24 + Math.max(...d.rows.map((r) => wide(r.name, "12px"))));
    let y = 0;
    const labels = [], bars = [], windows = [], marks = [];
    d.rows.forEach((row) => {
      const head = phone ? 17 : 0, top = y;
      row.windows.forEach((w) => windows.push([w[0], w[1], top + head, row.lanes * lane]));
      row.bars.forEach((b) => {
        bars.push({ value: [b.from, b.to, top + head + b.lane * lane + 2], b });
        if (b.launch) marks.push({ value: [b.from, top + head + b.lane * lane + 2 + bar / 2, 0], name: b.label, text: "Launch, " + b.dates });
      });
      if (row.delivery !== undefined)
        marks.push({ value: [row.delivery, top + head + row.deliveryLane * lane + 2 + bar / 2, 1], name: row.name, text: "Science delivered, " + row.deliveryText });
      labels.push({ value: [0, top, head + row.lanes * lane + 5], name: phone ? cut(row.name, width - 20, 12, "600") : lines(row.name, left - 14, 12, Math.min(3, row.lanes)) });
      y += head + row.lanes * lane + 5;
    });
    const shape = (api, x, yy, w, h, style, more) => Object.assign({ type: "rect", shape: { x, y: yy, width: w, height: h, r: 2 }, style }, more);
    const at = (api, x, yy) => api.coord([x, yy]);
    const step = width < 560 || d.months > 300 ? 60 : d.months > 150 ? 24 : 12;
    const shift = (13 - d.firstMonth) % 12;
    return {
      height: y + 46,
      option: {
        grid: { left, right: 14, top: 24, bottom: 8 },
        tooltip: hover,
        xAxis: axis({
          type: "value", min: -shift % 12 && d.firstMonth > 1 ? shift - 12 : 0, max: d.months, position: "top", interval: 12, axisLine: { show: false },
          axisLabel: Object.assign(text(11), { showMaxLabel: false, formatter: (v) => {
            const year = d.firstYear + (v + d.firstMonth - 1) / 12;
            return (v - (d.firstMonth > 1 ? shift - 12 : 0)) % step === 0 ? String(Math.round(year)) : "";
          } }),
        }),
        yAxis: { type: "value", min: 0, max: y, inverse: true, show: false },
        series: [
          { type: "custom", silent: true, data: labels, renderItem: (p, api) => {
            const from = at(api, 0, api.value(1)), h = api.value(2), children = [];
            children.push({ type: "line", shape: { x1: 0, x2: width - 14, y1: from[1] + h - 1, y2: from[1] + h - 1 }, style: { stroke: LINE, lineWidth: 1 } });
            children.push({ type: "text", style: { text: labels[p.dataIndex].name, x: 0, lineHeight: 14, y: from[1] + 2, fill: INK, font: (phone ? "600 " : "") + "12px " + FONT } });
            return { type: "group", children };
          } },
          { type: "custom", silent: true, data: windows, renderItem: (p, api) => {
            const a = at(api, api.value(0), api.value(2)), b = at(api, api.value(1), api.value(2));
            return shape(api, a[0], a[1], Math.max(1.5, b[0] - a[0]), api.value(3), { fill: "var(--window)" });
          } },
          { type: "custom", data: bars, clip: true, renderItem: (p, api) => {
            const a = at(api, api.value(0), api.value(2)), b = at(api, Math.min(api.value(1), d.months), api.value(2));
            const one = bars[p.dataIndex].b, w = Math.max(2, b[0] - a[0] - 1);
            return { type: "group", children: [
              shape(api, a[0], a[1], w, bar, { fill: PAPER }),
              shape(api, a[0], a[1], w, bar, { fill: one.colour, opacity: .28 }),
              shape(api, a[0], a[1], Math.min(3, w), bar, { fill: one.colour }),
              { type: "text", style: { text: within(one.label, w - 9, 9), x: a[0] + 6, y: a[1] + 1.4, fill: INK, font: "9px " + FONT } },
            ] };
          }, tooltip: { formatter: (i) => { const b = bars[i.dataIndex].b; return tip(b.mission, [b.label, b.by, b.dates, b.cost]); } } },
          { type: "custom", data: marks, renderItem: (p, api) => {
            const c = at(api, api.value(0), api.value(1)), kind = api.value(2), r = kind ? 4.6 : 4.4;
            const points = kind ? [[0, -r], [r, 0], [0, r], [-r, 0]] : [[0, -r], [r, r * .8], [-r, r * .8]];
            return { type: "polygon", shape: { points: points.map((q) => [c[0] + q[0], c[1] + q[1]]) }, style: { fill: INK, stroke: PAPER, lineWidth: 1 } };
          }, tooltip: { formatter: (i) => tip(marks[i.dataIndex].name, [marks[i.dataIndex].text]) } },
        ],
      },
    };
  }

  function spending(d, width) {
    const line = d.budget.map((v) => v);
    return { height: 140, option: {
      grid: { left: 44, right: 6, top: 8, bottom: 22 },
      tooltip: Object.assign({ trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: "var(--window)" } },
        formatter: (s) => tip(d.years[s[0].dataIndex], ["spent " + amount(d.spent[s[0].dataIndex]) + " " + d.unit, "budget " + amount(d.budget[s[0].dataIndex]) + " " + d.unit]) }, hover),
      xAxis: axis({ type: "category", data: d.years.map(String), axisLabel: Object.assign(text(10), { interval: Math.max(0, Math.ceil(d.years.length / (width < 200 ? 2 : 4)) - 1) }) }),
      yAxis: axis({ type: "value", splitNumber: 2, axisLine: { show: false }, axisLabel: Object.assign(text(10), { formatter: (v) => grouped(v, v && Math.abs(v) < 2 ? 1 : 0) }) }),
      series: [
        { type: "bar", data: d.spent, barCategoryGap: "22%", itemStyle: { color: d.colour } },
        { type: "line", data: line, step: "middle", symbol: "none", lineStyle: { color: INK, width: 1.3 }, silent: true },
      ],
    } };
  }

  function matrix(d, width) {
    const phone = width < 560, row = 17;
    const left = phone ? 118 : Math.min(width * .32, 16 + Math.max(...d.missions.map((m) => wide(m, "11px"))));
    const most = d.most || 1, cell = (width - left - 8) / d.partners.length;
    const strength = (v) => .14 + .86 * Math.sqrt(v / most);
    return { height: d.missions.length * row + 118, option: {
      grid: { left, right: 8, top: 112, bottom: 4 },
      tooltip: Object.assign({ formatter: (p) => tip(d.missions[p.value[1]], [d.partners[p.value[0]] + ": " + amount(p.value[2]) + " " + d.unit]) }, hover),
      xAxis: axis({ type: "category", data: d.partners, position: "top", axisLine: { show: false }, splitLine: { show: true, interval: 0, lineStyle: { color: LINE } },
        axisLabel: Object.assign(text(cell < 13 ? 10 : 11), { rotate: cell < 13 ? 90 : 60, interval: 0, formatter: (v) => cut(v, 104, cell < 13 ? 10 : 11) }) }),
      yAxis: axis({ type: "category", data: d.missions, inverse: true, axisLine: { show: false }, splitLine: { show: true, interval: 0, lineStyle: { color: LINE } },
        axisLabel: Object.assign(text(11, INK), { interval: 0, align: "left", margin: left - 2, formatter: (v) => cut(v, left - 12, 11) }) }),
      series: [{ type: "custom", data: d.cells, renderItem: (p, api) => {
        const c = api.coord([api.value(0), api.value(1)]), s = api.size([1, 1]), v = api.value(2), children = [];
        children.push({ type: "rect", shape: { x: c[0] - s[0] / 2 + 1, y: c[1] - s[1] / 2 + 1, width: s[0] - 2, height: s[1] - 2, r: 2 }, style: { fill: "var(--won)", opacity: strength(v) } });
        if (cell > 30) children.push({ type: "text", style: { text: grouped(v), x: c[0], y: c[1], align: "center", verticalAlign: "middle", fill: strength(v) > .55 ? PAPER : INK, font: "9px " + FONT } });
        return { type: "group", children };
      } }],
    } };
  }

  function flow(d, width, height) {
    const phone = width < 560, size = phone ? 9 : 11, colours = {};
    const side = (depth) => Math.min(phone ? 84 : width * .24, 14 + Math.max(0, ...d.nodes.filter((n) => n.depth === depth).map((n) => wide(n.name, size + "px"))));
    const last = d.columns - 1, left = side(0), right = side(last);
    const names = {}, unit = d.unit;
    d.nodes.forEach((n) => { names[n.id] = n.name; colours[n.id] = n.colour; });
    return { height, option: {
      tooltip: Object.assign({ formatter: (p) => p.dataType === "edge"
        ? tip(names[p.data.source] + " → " + names[p.data.target], [amount(p.data.value) + " " + unit])
        : tip(names[p.name], [amount(p.value) + " " + unit]) }, hover),
      series: [{
        type: "sankey", left, right, top: 6, bottom: 6, nodeWidth: 9, nodeGap: phone ? 9 : 12, draggable: false, layoutIterations: 48,
        emphasis: { focus: "adjacency" }, lineStyle: { opacity: .3, curveness: .5 },
        data: d.nodes.map((n) => ({ name: n.id, depth: n.depth, itemStyle: { color: n.colour, borderWidth: 0 },
          label: { show: true, position: n.depth === 0 ? "left" : "right", fontFamily: FONT, fontSize: phone ? 9 : 11, color: INK, textBorderWidth: n.depth % last ? 3 : 0, textBorderColor: PAPER,
            formatter: () => cut(n.name, n.depth === 0 ? left - 8 : n.depth === last ? right - 8 : (width - left - right) / last - 16, size) } })),
        links: d.links.map((l) => ({ source: l.from, target: l.to, value: l.amount, lineStyle: { color: colours[l.from.slice(0, 2) === "p:" ? l.from : l.to] } })),
      }],
    } };
  }

  function science(d, width) {
    const phone = width < 560, row = phone ? 34 : 22, left = phone ? 16 : Math.min(width * .42, 34 + Math.max(...d.rows.map((r) => 14 * r.depth + wide(r.name, (r.leaf ? "" : "600 ") + "12px"))));
    const right = 18 + Math.max(...d.rows.map((r) => wide(r.text, "11px")));
    const rows = d.rows, names = rows.map((r, i) => i);
    const bars = (key, colour, h, dy) => ({ type: "custom", name: key, data: rows.map((r, i) => [r[key] === null ? 0 : r[key], i]), renderItem: (p, api) => {
      const r = rows[p.dataIndex], a = api.coord([0, api.value(1)]), b = api.coord([api.value(0), api.value(1)]), full = api.coord([100, api.value(1)]);
      const y = a[1] + (phone ? 7 : 0) + dy, children = [];
      if (key === "together") {
        children.push({ type: "text", style: { text: cut(r.name, phone ? width - 12 - 14 * r.depth : left - 20 - 14 * r.depth, 12, r.leaf ? "" : "600"), x: 14 * r.depth, y: phone ? a[1] - 14 : a[1] - 6, fill: INK, font: (r.leaf ? "" : "600 ") + "12px " + FONT } });
        children.push({ type: "rect", shape: { x: a[0], y, width: full[0] - a[0], height: h, r: 2 }, style: { fill: "var(--wash)" } });
        children.push({ type: "text", style: { text: r.text, x: full[0] + 10, y: y + h / 2, verticalAlign: "middle", fill: SOFT, font: "11px " + FONT } });
      }
      if (api.value(0) > 0) children.push({ type: "rect", shape: { x: a[0], y, width: Math.max(1, b[0] - a[0]), height: h, r: 2 }, style: { fill: colour, opacity: key === "together" && !r.leaf ? 1 : key === "together" ? .72 : 1 } });
      return { type: "group", children };
    } });
    const series = [bars("together", "var(--won)", d.alone ? 8 : 11, d.alone ? -5.5 : -5.5)];
    if (d.alone) series.push(bars("alone", "var(--alone)", 3, 3.5));
    return { height: rows.length * row + 68, option: {
      grid: { left, right, top: d.alone ? 46 : 30, bottom: 6 },
      tooltip: Object.assign({ formatter: (p) => { const r = rows[p.dataIndex]; return tip(r.name, ["together " + grouped(r.together, 1) + " %"].concat(r.alone === null ? [] : ["alone " + grouped(r.alone, 1) + " %"], [r.text + " points"])); } }, hover),
      xAxis: axis({ type: "value", min: 0, max: 100, position: "top", axisLine: { show: false }, interval: phone ? 50 : 25, axisLabel: Object.assign(text(11), { formatter: "{value} %" }) }),
      yAxis: { type: "category", data: names, inverse: true, show: false },
      graphic: d.alone ? [{ type: "group", left, top: 2, children: [
        { type: "rect", shape: { x: 0, y: 2, width: 10, height: 8, r: 2 }, style: { fill: "var(--won)" } }, { type: "text", style: { x: 14, y: 0, text: "together", fill: SOFT, font: "11px " + FONT } },
        { type: "rect", shape: { x: 64, y: 4, width: 10, height: 3 }, style: { fill: "var(--alone)" } }, { type: "text", style: { x: 78, y: 0, text: "alone", fill: SOFT, font: "11px " + FONT } }] }] : [],
      series,
    } };
  }

  function front(d, width, height) {
    const ys = d.points.map((p) => p.y), low = Math.min.apply(null, ys), high = Math.max.apply(null, ys);
    return { height, option: {
      grid: { left: 62, right: 24, top: 34, bottom: 46 },
      tooltip: Object.assign({ formatter: (p) => { const q = d.points[p.dataIndex]; return tip(q.label || "Plan", [grouped(q.y, 1) + " points", amount(q.x) + " " + d.xUnit, "proven gap " + q.gap]); } }, hover),
      xAxis: axis({ type: "value", name: d.xName, nameGap: 28, scale: true, splitNumber: 4, axisLabel: Object.assign(text(11), { formatter: (v) => grouped(v), hideOverlap: true }) }),
      yAxis: axis({ type: "value", name: d.yName, nameGap: 44, scale: true, axisLine: { show: false }, axisLabel: Object.assign(text(11), { formatter: (v) => grouped(v, high - low < 5 ? 1 : 0) }) }),
      series: [{ type: "line", data: d.points.map((p) => ({ value: [p.x, p.y], symbol: "circle", symbolSize: p.chosen ? 15 : 8,
        itemStyle: p.chosen ? { color: PAPER, borderColor: "var(--alone)", borderWidth: 4 } : { color: "var(--won)" },
        label: { show: p.chosen, formatter: "this plan", position: (p.x - d.points[0].x) * 2 < d.points[d.points.length - 1].x - d.points[0].x ? "right" : "left", distance: 8, color: INK, fontFamily: FONT, fontSize: 11, fontWeight: 600 } })),
        lineStyle: { color: "var(--won)", width: 1.5 } }],
    } };
  }

  function joint(d, width, height) {
    const inside = d.sample.filter((s) => s[0] <= d.cost && s[1] <= d.date), outside = d.sample.filter((s) => s[0] > d.cost || s[1] > d.date);
    const dates = monthAxis(d.sample.map((s) => s[1]).concat(d.date), 600);
    const dots = (data, colour, name) => ({ type: "scatter", name, data, symbolSize: 4, silent: true, itemStyle: { color: colour, opacity: .42 } });
    const jitter = (data) => data.map((s, i) => [s[0], s[1] + ((i * 7919) % 100) / 100 - .5]);
    return { height, option: {
      grid: { left: 68, right: 24, top: 30, bottom: 46 },
      xAxis: axis({ type: "value", name: "Cost [" + d.unit + "]", nameGap: 28, scale: true, splitNumber: width < 560 ? 3 : 6, axisLabel: Object.assign(text(11), { formatter: (v) => grouped(v), hideOverlap: true }) }),
      yAxis: axis({ type: "value", min: dates.min, max: dates.max, interval: dates.interval, axisLine: { show: false }, axisLabel: Object.assign(text(11), { formatter: dates.label, hideOverlap: true }) }),
      series: [
        dots(jitter(outside), QUIET, "not kept"),
        dots(jitter(inside), "var(--won)", "kept"),
        ...d.lines.map((l) => ({ type: "line", data: l.points.slice().reverse(), symbol: "none", silent: true, lineStyle: { color: "var(--alone)", width: 1.6, type: "dashed" },
          endLabel: { show: true, formatter: l.name, color: INK, fontFamily: FONT, fontSize: 11, textBorderColor: PAPER, textBorderWidth: 3, distance: 3 } })),
        // The plan's own point, so that it is in the picture even where no draw comes near.
        { type: "scatter", data: [[d.cost, d.date]], symbol: "diamond", symbolSize: 13, silent: true, itemStyle: { color: INK, borderColor: PAPER, borderWidth: 1.5 },
          markLine: { silent: true, symbol: "none", lineStyle: { color: INK, type: "solid", width: 1.2 },
            label: { fontFamily: FONT, fontSize: 11, color: INK, textBorderColor: PAPER, textBorderWidth: 3 },
            data: [{ xAxis: d.cost, label: { formatter: "planned cost", position: "end" } }, { yAxis: d.date, label: { formatter: "planned date", position: "insideMiddleTop" } }] } },
      ],
      graphic: d.corners.map(([name, chance], k) => ({ type: "text", z: 20, left: k < 2 ? 78 : null, right: k < 2 ? null : 30, bottom: k % 2 ? null : 56, top: k % 2 ? 38 : null,
        style: { text: width < 560 ? chance : name + ": " + chance, fill: INK, stroke: PAPER, lineWidth: 4, font: "600 " + (width < 560 ? 11 : 13) + "px " + FONT } })),
    } };
  }

  function curve(d, width, height) {
    const dates = d.months ? monthAxis(d.points.map((p) => p[0]).concat(d.plan), width - 76) : null;
    return { height, option: {
      grid: { left: 52, right: 24, top: 30, bottom: 46 },
      tooltip: Object.assign({ trigger: "axis", formatter: (s) => tip(s[0].value[1] + " %", [d.months ? monthName(s[0].value[0]) : amount(s[0].value[0])]) }, hover),
      xAxis: axis(Object.assign({ type: "value", name: d.xName, nameGap: 28 }, d.months
        ? { min: dates.min, max: dates.max, interval: dates.interval, axisLabel: Object.assign(text(11), { formatter: dates.label, hideOverlap: true }) }
        : { scale: true, splitNumber: 3, axisLabel: Object.assign(text(11), { formatter: (v) => grouped(v), hideOverlap: true }) })),
      yAxis: axis({ type: "value", min: 0, max: 100, axisLine: { show: false }, axisLabel: Object.assign(text(11), { formatter: "{value} %" }) }),
      series: [{ type: "line", data: d.points, symbol: "none", smooth: d.months ? false : .2, lineStyle: { color: "var(--won)", width: 2.2 } },
        { type: "scatter", data: [[d.plan, d.held]], symbol: "diamond", symbolSize: 11, silent: true, itemStyle: { color: INK, borderColor: PAPER, borderWidth: 1.5 },
        markLine: { silent: true, symbol: "none", lineStyle: { color: INK, type: "solid", width: 1.2 }, label: { formatter: "plan", fontFamily: FONT, fontSize: 11, color: INK }, data: [{ xAxis: d.plan }] } }],
    } };
  }

  const draw = { gantt, spending, matrix, flow, science, front, joint, curve };
  const charts = [];

  function show(entry, printing) {
    const place = entry.place, small = place.closest(".multiples"), half = place.closest(".halves");
    const width = printing ? (small ? PRINT_SMALL : half ? PRINT_HALF : PRINT_WIDTH) : place.clientWidth;
    if (!width || width === entry.width) return;
    entry.width = width;
    const made = draw[entry.data.kind](entry.data, width, entry.data.height);
    place.style.height = made.height + "px";
    if (!entry.chart) entry.chart = echarts.init(place, null, { renderer: "svg", width, height: made.height });
    else entry.chart.resize({ width, height: made.height, silent: true });
    made.option.animation = false;
    made.option.textStyle = { fontFamily: FONT };
    entry.chart.setOption(made.option, { notMerge: true });
    const svg = place.querySelector("svg");
    if (svg) svg.setAttribute("viewBox", "0 0 " + width + " " + made.height);
  }

  for (const id of Object.keys(all)) {
    const entry = { place: document.getElementById("chart-" + id), data: all[id], width: 0 };
    charts.push(entry);
    show(entry, false);
  }
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => charts.forEach((entry) => show(entry, false)), 120);
  });
  window.addEventListener("beforeprint", () => charts.forEach((entry) => show(entry, true)));
  window.addEventListener("afterprint", () => charts.forEach((entry) => show(entry, false)));
  document.documentElement.dataset.ready = "yes";
})();
