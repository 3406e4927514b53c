"""The report's looks: one style sheet for light, dark and paper, no font and no picture from elsewhere.

Colours are named by what they mean and have one value for each scheme; the plots use the same names.  Words
stand beside every colour that means something, so that the report reads in grey and aloud too.
"""

from __future__ import annotations

__all__ = ["STYLE"]

_LIGHT = """
  --page: #f5f6f8; --card: #ffffff; --ink: #18202b; --soft: #5a6676; --line: #d9dee6; --grid: #e8ebf0;
  --data: #2563c9; --data-soft: #2563c933; --good: #17743a; --good-soft: #17743a1a; --bad: #bb2525;
  --bad-soft: #bb25251a; --warn: #8a5a00; --warn-soft: #f2b84b40; --mark: #7a3fb8;
"""

_DARK = """
  --page: #0f141b; --card: #171e28; --ink: #e7ebf1; --soft: #9aa7b8; --line: #2c3644; --grid: #242d39;
  --data: #6ea4ff; --data-soft: #6ea4ff33; --good: #5fcf86; --good-soft: #5fcf8622; --bad: #ff7d74;
  --bad-soft: #ff7d7422; --warn: #f2b84b; --warn-soft: #f2b84b2b; --mark: #c79bf5;
"""

_PAGE = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 60px; }
header { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; margin-bottom: 16px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; flex: 1 1 420px; }
h2 { font-size: 17px; margin: 0 0 4px; }
p { margin: 0 0 12px; }
.lead { color: var(--soft); flex-basis: 100%; margin: 0; }
.note { color: var(--soft); font-size: 13px; max-width: 85ch; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin: 0 0 16px; }
.verdict { font-size: 20px; font-weight: 700; letter-spacing: .04em; padding: 6px 18px; border-radius: 999px;
  border: 2px solid currentColor; }
.pass { color: var(--good); } .fail { color: var(--bad); } .other { color: var(--warn); }
.verdict.pass { background: var(--good-soft); } .verdict.fail { background: var(--bad-soft); }
.verdict.other { background: var(--warn-soft); }
.simulated { border: 2px dashed var(--warn); background: var(--warn-soft); border-radius: 10px;
  padding: 10px 16px; margin: 0 0 16px; }
.simulated strong { letter-spacing: .08em; color: var(--warn); }
"""

_PARTS = """
.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr));
  margin: 0 0 16px; padding: 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile dt { color: var(--soft); font-size: 13px; }
.tile dd { margin: 0; font-size: 24px; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile dd + dd { font-size: 13px; font-weight: 400; color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding-bottom: 8px; }
th, td { padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: top; white-space: nowrap; }
th { font-weight: 600; }
thead th { color: var(--soft); font-size: 13px; }
.text { text-align: left; white-space: normal; overflow-wrap: break-word; min-width: 8em; }
thead .text { white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
.state { font-weight: 700; white-space: nowrap; text-align: left; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 14px 24px; }
figure { margin: 8px 0 0; } figcaption { font-size: 13px; font-weight: 600; }
figcaption span { font-weight: 400; color: var(--soft); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg.bar { width: 120px; height: 14px; display: inline-block; vertical-align: -2px; margin-right: 8px; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 0; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
details summary { cursor: pointer; font-weight: 600; }
pre { overflow-x: auto; font-size: 12.5px; background: var(--page); padding: 12px; border-radius: 8px; }
footer { color: var(--soft); font-size: 13px; }
"""

_PLOTS = """
svg text { fill: var(--soft); font: 11px system-ui, "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--grid); } svg .rail { fill: var(--line); } svg .axis { stroke: var(--line); }
svg .dot { fill: var(--data); fill-opacity: .75; } svg .range { stroke: var(--data); stroke-opacity: .35; }
svg .curve { fill: none; stroke: var(--data); stroke-width: 1.6; stroke-linejoin: round; }
svg .column { fill: var(--data); } svg .band { fill: var(--data-soft); }
svg .failed { stroke: var(--bad); stroke-width: 1.6; }
svg .median { stroke: var(--ink); stroke-opacity: .65; }
svg .high { stroke: var(--mark); stroke-dasharray: 4 3; }
svg .limit { stroke: var(--bad); stroke-dasharray: 2 2; stroke-width: 1.4; }
svg .change { stroke: var(--warn); stroke-dasharray: 2 3; }
svg text.on-median { fill: var(--ink); } svg text.on-high { fill: var(--mark); }
svg text.on-limit { fill: var(--bad); } svg text.on-change { fill: var(--warn); }
"""

_PAPER = """
  body { background: #ffffff; font-size: 10.5pt; } main { max-width: none; padding: 0; }
  section, .tile { border-color: #c5cbd4; } .plan { display: none; }
  figure, tr, .tile { break-inside: avoid; } h2, caption { break-after: avoid; }
  .pair { grid-template-columns: 1fr 1fr; } .wide { overflow: visible; } table { font-size: 8.5pt; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
"""

STYLE = (
    f":root {{ color-scheme: light dark;{_LIGHT}}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{{_DARK}}} }}\n"
    f"{_PAGE}{_PARTS}{_PLOTS}@page {{ margin: 14mm; }}\n@media print {{{_PAPER}}}\n"
)
"""The whole style sheet."""
