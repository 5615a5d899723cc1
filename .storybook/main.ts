import type { StorybookConfig } from '@storybook/react-vite'
import { mergeConfig } from 'vite'
import { aliases } from '../scripts/entries.ts'

const config: StorybookConfig = {
  framework: '@storybook/react-vite',
  stories: ['../stories/docs/*.mdx', '../stories/*.stories.tsx'],
  addons: ['@storybook/addon-docs', '@storybook/addon-vitest', '@storybook/addon-a11y'],
  core: { disableTelemetry: true, disableWhatsNewNotifications: true, enableCrashReports: false },
  // The stories import the published names and run on the sources.
  viteFinal: (vite) => mergeConfig(vite, { resolve: { alias: aliases } }),
}

export default config
