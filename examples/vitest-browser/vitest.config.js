import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

// Playwright's own Chromium, unless the environment names another one.
const { CHROMIUM_PATH: executablePath } = process.env

export default defineConfig({
  test: {
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: executablePath ? { executablePath, args: ['--no-sandbox'] } : {} }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
