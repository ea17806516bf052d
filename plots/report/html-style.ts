/** The looks of report.html: one column, readable on a phone, light or dark as the reader's system is. */
import { fontStack } from '../render/fonts.ts';

export const stylesheet = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #ffffff; --line: #d8dde2; --tint: #f5f7f9; --accent: #0072b2; --alarm: #a24300; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --soft: #a3adb8; --paper: #14171a; --line: #353b41; --tint: #1d2126; --accent: #56b4e9; --alarm: #f0a060; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 ${fontStack}; }
main { max-width: 780px; margin: 0 auto; padding: 32px 20px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 21px; margin: 48px 0 12px; padding-top: 12px; border-top: 1px solid var(--line); }
p, li { overflow-wrap: anywhere; }
a { color: var(--accent); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; font-size: 14px; }
.answer { font-size: 20px; line-height: 1.4; font-weight: 600; }
.note, caption { color: var(--soft); font-size: 14px; }
.warning { border-left: 4px solid var(--alarm); padding: 4px 0 4px 12px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
figure { margin: 24px 0 8px; background: #ffffff; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
figure svg { display: block; width: 100%; height: auto; }
.table { overflow-x: auto; margin: 12px 0 28px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; padding-bottom: 6px; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; max-width: 320px; }
th { font-weight: 600; }
.right { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; overflow-x: auto; font-size: 13px; }
@media print { nav { display: none; } figure, table { break-inside: avoid; } h2 { break-after: avoid; } }
`;
