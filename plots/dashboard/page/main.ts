/** Starts the page: unpacks its data, shows them, and says so where that is not possible. */
import { startApp } from './app.ts';
import { element } from './element.ts';
import { readPayload } from './page-data.ts';

async function main(): Promise<void> {
  const root = element('div', { id: 'page' });
  document.body.append(root);
  try {
    const data = await readPayload();
    await startApp(root, data);
    if (data.payload.watched) reloadWithRuns();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    root.replaceChildren(element('p', { role: 'alert' }, `This dashboard cannot be shown: ${why}.`));
    throw error;
  }
}

/** Where the page stands is in its address, so loading it again leaves the reader there. */
function reloadWithRuns(): void {
  new EventSource('/events').addEventListener('runs', () => location.reload());
}

void main();
