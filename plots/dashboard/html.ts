/** The HTML around the page's code and data. Its policy allows this very script and nothing from anywhere else. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pageCode } from './bundle.ts';
import { payloadElement } from './payload.ts';

/** @param data base64. @param watched whether the page may ask the server that it came from */
export async function dashboardHtml(data: string, watched: boolean): Promise<string> {
  const code = await pageCode();
  const style = readFileSync(new URL('./page/style.css', import.meta.url), 'utf8');
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${createHash('sha256').update(code).digest('base64')}'`,
    // Charts set colours and sizes of their parts.
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    ...(watched ? ["connect-src 'self'"] : []),
  ].join('; ');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>Tokenlap dashboard</title>',
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<noscript>This page draws its charts with a script, which this browser does not run.</noscript>',
    `<script type="text/plain" id="${payloadElement}">${data}</script>`,
    `<script>${code}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
