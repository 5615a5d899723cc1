import type { Preview } from '@storybook/react-vite'
import { INITIAL_TOOLBAR, TOOLBAR_TYPES } from '../stories/support/toolbar.ts'
import { tellAnew } from './tell-anew.ts'
import '../demo/page/styles/index.css'
import './stories.css'

void tellAnew()

const preview: Preview = {
  parameters: {
    layout: 'fullscreen',
    // A violation that axe finds fails the story's test.
    a11y: { test: 'error' },
    options: {
      storySort: {
        order: ['Introduction', 'Lifecycle', 'Fallback chain', 'Chat', 'Scenarios', 'Hooks', 'Vanilla', 'Inspector'],
      },
    },
  },
  globalTypes: TOOLBAR_TYPES,
  initialGlobals: { ...INITIAL_TOOLBAR },
}

export default preview
