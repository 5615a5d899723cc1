// Paths on a 24 × 24 grid, drawn here, so that nothing is fetched.

export const ICONS = {
  ticket:
    'M3 8a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v1.5a2.5 2.5 0 0 0 0 5V16a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-1.5a2.5 2.5 0 0 0 0-5ZM14 6.5v2M14 11v2M14 15.5v2',
  browser: 'M5 4.500h14a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-11a2 2 0 0 1 2-2ZM3 9h18',
  server: 'M5.500 4h13v7h-13ZM5.500 13h13v7h-13ZM8.500 7.500h.01M8.500 16.500h.01',
  copy: 'M9 9h10v11H9ZM5 15V4h10',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  fold: 'M6 9l6 6 6-6',
} as const
