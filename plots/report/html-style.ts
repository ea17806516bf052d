/**
 * The looks of report.html: one column of text, wider tables and charts where the window has room for them, readable on a
 * phone, light or dark as the reader's system is, and black on white on paper, A4 or Letter.
 */
import { fontStack } from '../render/font-stack.ts';
import { darkRules } from '../render/theme.ts';

const darkScreen = 'screen and (prefers-color-scheme: dark)';

export const stylesheet = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #ffffff; --line: #d8dde2; --tint: #f5f7f9; --shade: rgb(31 35 40 / 0.28); --accent: #0072b2; --alarm: #a24300; }
@media ${darkScreen} {
  :root { --ink: #e6e9ec; --soft: #a3adb8; --paper: #14171a; --line: #353b41; --tint: #1d2126; --shade: rgb(0 0 0 / 0.75); --accent: #56b4e9; --alarm: #f0a060; }
${darkRules('figure svg')}
}
* { box-sizing: border-box; }
html { scroll-padding-top: 12px; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 ${fontStack}; font-kerning: none; }
main { max-width: 860px; margin: 0 auto; padding: 32px 20px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 21px; margin: 48px 0 12px; padding-top: 12px; border-top: 1px solid var(--line); }
.part { font-size: 26px; margin: 72px 0 0; }
p, li { overflow-wrap: anywhere; }
a { color: var(--accent); }
a:focus-visible, button:focus-visible, .scroll:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; margin: 6px 0; font-size: 14px; }
.answer { font-size: 20px; line-height: 1.4; font-weight: 600; }
.note, .caption { color: var(--soft); font-size: 14px; }
.warning { border-left: 4px solid var(--alarm); padding: 4px 0 4px 12px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
figure { margin: 24px 0 8px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
figure svg { display: block; width: 100%; height: auto; border-radius: 8px; }
.caption { margin: 12px 0 6px; }
/* Shadows stand where there is more to scroll to; the covers in front of them move with the table and hide them at its ends. */
.scroll { overflow: auto; max-height: 85vh; margin: 0 0 28px; border-bottom: 1px solid var(--line); scrollbar-width: thin;
  background:
    linear-gradient(to right, var(--paper) 40%, transparent) left / 40px 100% no-repeat local,
    linear-gradient(to left, var(--paper) 40%, transparent) right / 40px 100% no-repeat local,
    linear-gradient(to top, var(--paper) 40%, transparent) bottom / 100% 36px no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 14px 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / 14px 100% no-repeat scroll,
    linear-gradient(to top, var(--shade), transparent) bottom / 100% 12px no-repeat scroll,
    var(--paper); }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; max-width: 320px; }
tbody tr:last-child > * { border-bottom: 0; }
th { font-weight: 600; }
thead th { min-width: 76px; position: sticky; top: 0; z-index: 2; background: var(--paper); vertical-align: bottom; }
tr > :first-child { position: sticky; left: 0; z-index: 1; background: var(--paper); box-shadow: 1px 0 0 var(--line); padding-left: 2px; max-width: 38vw; }
thead tr > :first-child { z-index: 3; }
tr > :not(:first-child) { padding-left: 10px; }
tbody th { font-weight: 400; }
.right { text-align: right; font-variant-numeric: tabular-nums; }
@media screen {
  td.right { white-space: nowrap; }
  td.prose { min-width: 240px; }
}
th button { all: unset; cursor: pointer; box-sizing: border-box; }
th button:hover { text-decoration: underline; }
th button::after { content: "\\2195"; color: var(--soft); font-weight: 400; padding-left: 4px; }
th[aria-sort="ascending"] button::after { content: "\\2191"; color: var(--accent); }
th[aria-sort="descending"] button::after { content: "\\2193"; color: var(--accent); }
.commands { display: flex; align-items: flex-start; gap: 8px; margin: 16px 0; }
pre { flex: 1; min-width: 0; margin: 0; background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; overflow-x: auto; font-size: 13px; }
.commands button { flex: none; margin-top: 6px; font: inherit; font-size: 13px; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 5px; padding: 1px 9px; cursor: pointer; }
.commands button:hover { border-color: var(--accent); }
@media screen and (max-width: 599px) {
  figure { margin-left: -20px; margin-right: -20px; border-width: 1px 0; border-radius: 0; }
  .commands { flex-direction: column; align-items: stretch; }
  .commands button { align-self: flex-end; margin-top: 0; }
}
@media screen and (min-width: 900px) {
  .captioned, figure { position: relative; left: 50%; translate: -50% 0; min-width: 100%; }
  .captioned { width: max-content; max-width: min(1160px, 100vw - 40px); }
  /* As wide as the table, which alone says how wide that is. */
  .captioned .caption { width: 0; min-width: 100%; }
  figure { width: min(1000px, 100vw - 40px); }
}
@page { margin: 14mm; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; line-height: 1.4; }
  main { max-width: none; padding: 0; }
  nav, button, th button::after { display: none; }
  th button { display: inline; }
  h1 { font-size: 18pt; }
  h2 { font-size: 13pt; margin: 18pt 0 6pt; break-after: avoid; }
  .part { font-size: 16pt; margin: 24pt 0 0; break-after: avoid; }
  .answer { font-size: 13pt; }
  .note, .caption { font-size: 8.5pt; }
  .caption { break-after: avoid; margin: 6pt 0 3pt; }
  .first { break-after: page; }
  .first + * > h2 { border-top: 0; margin-top: 0; }
  p { margin: 5pt 0; orphans: 3; widows: 3; }
  figure { margin: 8pt 0 4pt; break-inside: avoid; }
  figure { overflow: hidden; }
  figure svg { width: auto; max-width: 100%; max-height: 220mm; margin: 0 auto; }
  .scroll { overflow: visible; max-height: none; background: none; margin-bottom: 12pt; }
  table { font-size: 8pt; line-height: 1.3; }
  .wide table { font-size: 6.6pt; }
  th, td, tr > :first-child, tr > :not(:first-child) { padding: 2pt 4pt; max-width: none; }
  thead th, tr > :first-child { position: static; background: none; box-shadow: none; }
  td, th { overflow-wrap: anywhere; min-width: 4.2em; }
  thead th { min-width: 0; }
  tr > :first-child { min-width: 7em; }
  .right { overflow-wrap: normal; }
  tr, pre, .warning, li { break-inside: avoid; }
  .first { font-size: 8.5pt; line-height: 1.3; }
  .first p { margin: 3.5pt 0; }
  .first h1 { font-size: 16pt; }
  .first h2 { margin-top: 8pt; padding-top: 5pt; }
  .first .answer { font-size: 11.5pt; }
  .first .note, .first .caption { font-size: 7.5pt; }
  .first figure svg { max-height: 78mm; }
  .first table { font-size: 7pt; }
  .first th, .first td { padding: 1pt 4pt; }
  .first .scroll { margin-bottom: 5pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 8pt; }
  .commands { display: block; margin: 8pt 0; }
}
`;
