/** Variables that every engine process is started with: it reports to nobody. docs/privacy.md says what leaves the machine. */
export const quietEnvironment: Readonly<Record<string, string>> = {
  // A common wish: https://consoledonottrack.com
  DO_NOT_TRACK: '1',
};
