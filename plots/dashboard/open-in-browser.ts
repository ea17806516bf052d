/** Hands an address to the browser of the system, which goes on when this process has ended. */
import { spawn } from 'node:child_process';
import { say } from '../../scripts/command-line/terminal.ts';

/** By platform; the address comes last. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** @param url of a file or of this machine. A system without a browser is said, and is no error */
export function openInBrowser(url: string, platform = process.platform): void {
  const [program, ...words] = openers[platform] ?? ['xdg-open'];
  const opener = spawn(program, [...words, url], { detached: true, stdio: 'ignore' });
  opener.on('error', () => say(`${program} is not there to open it: open ${url} by hand.`));
  opener.unref();
}
