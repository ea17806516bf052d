/** The names of the fonts, for whoever draws without having their files. */

/** The family name inside the files. */
export const fontFamily = 'Inter';

/** What a browser without Inter falls back to; its letters have nearly the same widths. */
export const fontStack = `${fontFamily}, "Helvetica Neue", Arial, sans-serif`;
