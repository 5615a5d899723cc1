import type { Preview } from '@storybook/react-vite'
import '../demo/page/styles/index.css'

const preview: Preview = {
  parameters: {
    // A violation that axe finds fails the story's test.
    a11y: { test: 'error' },
  },
  globalTypes: {
    ticketAuth: {
      description: 'The feature flag: whether tickets are used',
      toolbar: {
        title: 'Ticket authentication',
        icon: 'key',
        items: [
          { value: 'off', title: 'Ticket authentication off' },
          { value: 'on', title: 'Ticket authentication on' },
        ],
        dynamicTitle: true,
      },
    },
  },
  // Off, as in the package.
  initialGlobals: { ticketAuth: 'off' },
}

export default preview
