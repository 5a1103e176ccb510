// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace pliny::report {

/// The looks of a page: one column on a phone, up to three on a desktop; wide tables scroll in their box.
inline constexpr std::string_view page_style = R"css(
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif }
main { max-width: 1240px; margin: 0 auto; padding: 32px 20px 40px }
header { margin-bottom: 22px }
h1 { font-size: clamp(1.4rem, 1.1rem + 1.6vw, 2.1rem); line-height: 1.2; margin: 0; letter-spacing: -.015em;
  overflow-wrap: anywhere }
h2 { font-size: 1.05rem; margin: 0 0 12px }
p { margin: 0 0 8px }
.eyebrow { color: var(--soft); font-size: .88rem; margin: 0 0 6px; overflow-wrap: anywhere }
.lead { color: var(--soft); margin: 10px 0 0; overflow-wrap: anywhere }
.note { color: var(--soft); font-size: .85rem } main > .note { margin: 14px 2px 0 } .scroll + .note { margin-top: 12px }
section > .note:last-child { margin-bottom: 0 }
.note + .charts { margin-top: 14px }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .82rem }
pre { margin: 0 0 14px; padding: 10px 14px; background: var(--paper); border: 1px solid var(--line);
  border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.45 }
footer { color: var(--soft); font-size: .8rem; margin-top: 20px }

section, .tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px }
section { padding: 18px 20px 20px; margin-top: 16px }
.columns { columns: 2 440px; column-gap: 16px; margin-top: 16px }
.columns > section { break-inside: avoid; margin: 0 0 16px }
.columns > section:last-child { margin-bottom: 0 }
details > summary { cursor: pointer; font-weight: 600; font-size: 1.05rem }
section:has(> details:not([open])) { padding-block: 14px }
details[open] > summary { margin-bottom: 12px }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 140px), 1fr)); gap: 12px }
.tile { padding: 14px 16px 16px; display: flex; flex-direction: column; min-width: 0 }
.what, .tile .note { color: var(--soft); font-size: .82rem; line-height: 1.4 }
.value { font-size: 1.6rem; font-weight: 650; line-height: 1.35; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
.value small { font-size: .9rem; font-weight: 500; letter-spacing: 0; color: var(--soft) }
.meter { margin-top: auto; padding-top: 10px }
.meter > i { display: block; height: 5px; border-radius: 3px; background: var(--track); overflow: hidden }
.meter b { display: block; height: 100%; background: var(--c1); border-radius: 3px }
.good { color: var(--good) } .warn { color: var(--warn) } .bad { color: var(--bad) }
.warning { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--warn);
  border-radius: 12px; padding: 12px 16px; margin: 16px 0 0; overflow-wrap: anywhere }

section svg { display: block; width: 100%; height: auto; max-width: 500px }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 310px), 1fr)); gap: 22px 28px }
@media (min-width: 1080px) {
  .charts.two { grid-template-columns: 500px 500px; gap: 28px 80px }
}

.stack { display: flex; gap: 2px; height: 14px; margin: 2px 0 12px }
.stack i { border-radius: 3px; min-width: 3px }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 8px }
.b0 { background: var(--c0) } .b1 { background: var(--c1) } .b2 { background: var(--c2) }
.b3 { background: var(--c3) } .b4 { background: var(--c4) } .b5 { background: var(--c5) }
.b6 { background: var(--c6) }

.scroll { overflow-x: auto; max-width: 100% }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--c1); outline-offset: 3px; border-radius: 4px }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums }
th, td { padding: 6px 0 6px 18px; text-align: right; white-space: nowrap; vertical-align: baseline;
  border-bottom: 1px solid var(--line) }
th { font-weight: 500; color: var(--soft) }
tbody th { font-weight: 400; color: var(--ink) }
th.long { white-space: normal; min-width: min(13em, 36vw) }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
.scroll th:first-child { position: sticky; left: 0; background: var(--card) }
tbody tr:last-child > * { border-bottom: 0; padding-bottom: 0 }
td.aside-note { text-align: left; padding-left: .5em; color: var(--soft); font-size: .74rem }
.words th, .words td { text-align: left }
.wraps td, .wraps thead th { white-space: normal; overflow-wrap: anywhere }
.wraps td { min-width: 7.2em }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 20px; margin: 0; font-size: .88rem }
dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }

@media (max-width: 560px) {
  main { padding: 20px 12px 28px }
  section { padding: 14px 14px 16px; border-radius: 10px }
  .tiles { gap: 10px }
  .tiles > :first-child:nth-last-child(odd) { grid-column: 1 / -1 }
  .tile { padding: 12px 14px 14px; border-radius: 10px }
  .value { font-size: 1.4rem }
  table { font-size: .79rem }
  th, td { padding-left: 9px }
}
@media print { section, .tile { break-inside: avoid } }
)css";

} // namespace pliny::report
