/** Of a thousand schedules at least so many must reach this: else a green run would say little. */
export const INTERESTING: Readonly<Record<string, number>> = {
  'open by ticket': 800,
  'open by jwt': 120,
  lost: 500,
  failed: 50,
  'a renewal sent': 50,
}
