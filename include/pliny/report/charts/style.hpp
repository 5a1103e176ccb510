// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace pliny::report {

/// The colours, for light and for dark surroundings: c0 is grey, c1 to c6 tell things apart, also for readers
/// who see colours differently.
inline constexpr std::string_view colours = R"css(
:root { color-scheme: light dark;
  --paper: #f4f5f7; --card: #ffffff; --ink: #1a1f26; --soft: #58626e; --line: #dde1e6; --band: #f3f5f8;
  --track: #dbe4ee; --good: #0a7048; --warn: #8a5a00; --bad: #b3261e;
  --c0: #7c8691; --c1: #0b63b5; --c2: #c2560c;
  --c3: #0a7d5a; --c4: #8347b8; --c5: #93690a; --c6: #b82e63 }
@media (prefers-color-scheme: dark) { :root {
  --paper: #101317; --card: #191e24; --ink: #e7eaee; --soft: #a0aab5; --line: #2d343c; --band: #1f252c;
  --track: #2c3844; --good: #56cf9d; --warn: #f0c05a; --bad: #ff8a80;
  --c0: #87919c; --c1: #62b1f3; --c2: #f49a5e;
  --c3: #4bcb9f; --c4: #bd99ec; --c5: #e0b547; --c6: #f2829f } }
)css";

/// The looks of charts, inside a page and in a file of their own.
inline constexpr std::string_view chart_style = R"css(
svg text { fill: var(--soft); font: 11px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
  font-variant-numeric: tabular-nums }
svg .title { fill: var(--ink); font-size: 13px; font-weight: 600 }
svg .strong { fill: var(--ink) }
svg .start { text-anchor: start } svg .middle { text-anchor: middle } svg .end { text-anchor: end }
svg .halo { paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round }
svg .grid { stroke: var(--line) } svg .axis { stroke: var(--c0) }
svg .band { fill: var(--band) } svg .track { fill: var(--track) }
svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
svg .faint { stroke-width: 1; stroke-opacity: .45 } svg .dashed { stroke-dasharray: 5 4 }
svg .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 4 } svg .limit-name { fill: var(--bad) }
svg .s0 { stroke: var(--c0) } svg .s1 { stroke: var(--c1) } svg .s2 { stroke: var(--c2) }
svg .s3 { stroke: var(--c3) } svg .s4 { stroke: var(--c4) } svg .s5 { stroke: var(--c5) }
svg .s6 { stroke: var(--c6) }
svg .f0 { fill: var(--c0) } svg .f1 { fill: var(--c1) } svg .f2 { fill: var(--c2) } svg .f3 { fill: var(--c3) }
svg .f4 { fill: var(--c4) } svg .f5 { fill: var(--c5) } svg .f6 { fill: var(--c6) }
svg .hollow { fill: var(--card); stroke-width: 2 } svg .target { fill: transparent }
)css";

} // namespace pliny::report
