// A browser is found on the system, or installed on request with `npx puppeteer browsers install chrome`.
module.exports = { skipDownload: true };
